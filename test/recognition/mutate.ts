// Mutated requests for the fuzzers, from a seed: the same seed gives the same mutations.

import type { SignedRequest } from "../../lambdas/model/signed-request.ts";

/** A small generator of numbers from a seed (mulberry32), so that a failure can be run again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FRAGMENTS = [
  "%2F",
  "%2e",
  "..",
  "/",
  "?",
  "&",
  "=",
  "+",
  "%00",
  "{",
  "}",
  '"',
  "\\u0041",
  "<",
  ">",
  "&amp;",
  "é",
  "\u0000",
  ",",
  ";",
  "[]",
  ".1",
  "null",
  "-1",
  "1e999",
  "\ufeff",
];

/** One to three changes of method, path, query, headers or body. */
export function mutate(request: SignedRequest, random: () => number): SignedRequest {
  let changed = request;
  const times = 1 + Math.floor(random() * 3);
  for (let count = 0; count < times; count += 1) changed = change(changed, random);
  return changed;
}

function change(request: SignedRequest, random: () => number): SignedRequest {
  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(random() * values.length)];
  const spliced = (text: string): string => {
    const [at, length] = [Math.floor(random() * (text.length + 1)), Math.floor(random() * 4)];
    return text.slice(0, at) + (pick(FRAGMENTS) ?? "") + text.slice(at + length);
  };
  const headers = [...request.headers];
  switch (Math.floor(random() * 8)) {
    case 0:
      return { ...request, path: `/${spliced(request.path).replace(/^\//, "")}` };
    case 1:
      return {
        ...request,
        query: request.query.map(([name, value]) =>
          random() < 0.5 ? [spliced(name), value] : [name, spliced(value)],
        ),
      };
    case 2:
      return {
        ...request,
        query: [
          ...request.query,
          pick(request.query) ?? [pick(["acl", "delete", "policy", "Action", "x-id"]) ?? "", ""],
        ],
      };
    case 3:
      return {
        ...request,
        headers: new Map(
          headers.map(([name, values]) => [name, random() < 0.3 ? values.map(spliced) : values]),
        ),
      };
    case 4:
      return {
        ...request,
        headers: new Map([
          ...headers,
          [
            pick([
              "x-amz-copy-source",
              "x-amz-target",
              "smithy-protocol",
              "content-type",
              "x-amz-acl",
              "range",
            ]) ?? "",
            ["a/b"],
          ],
        ]),
      };
    case 5:
      return { ...request, method: pick(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"]) ?? "GET" };
    case 6:
      return { ...request, headers: new Map(headers.filter(() => random() < 0.8)) };
    default:
      return {
        ...request,
        body: Buffer.from(spliced(Buffer.from(request.body).toString("latin1")), "latin1"),
      };
  }
}
