// Every signed byte of real requests is changed, one at a time: nothing that changed may come out with another meaning.

import { beforeAll, describe, expect, test, vi } from "vitest";
import { asEvent, type SentRequest } from "../../ingress/as-event.ts";
import { NOW } from "./independent-signer.ts";
import { judge, type Verdict } from "./judge.ts";
import { botocoreRequests } from "./recorded-requests.ts";
import { type SdkRequest, sdkRequests } from "./sdk-requests.ts";

interface Tally {
  mutations: number;
  readonly accepted: string[];
}

let corpus: readonly SdkRequest[] = [];

beforeAll(async () => {
  vi.useFakeTimers({ now: NOW * 1000, toFake: ["Date"] });
  const all = [...(await sdkRequests()), ...botocoreRequests()];
  vi.useRealTimers();
  // Every way of signing at least twice: a third of everything, and all that is framed.
  corpus = all.filter(
    ({ sent }, index) => index % 4 === 0 || sent.headers.some(([, value]) => value.startsWith("STREAMING")),
  );
});

describe("one changed byte", () => {
  test("is never accepted with another meaning, wherever the signature covers it", {
    timeout: 120_000,
  }, () => {
    const tally: Tally = { mutations: 0, accepted: [] };
    for (const { name, sent } of corpus) mutateAll(name, sent, tally);
    expect(tally.accepted).toEqual([]);
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    expect(tally.mutations).toBeGreaterThanOrEqual(30_000);
  });
});

function mutateAll(name: string, sent: SentRequest, tally: Tally): void {
  const honest = judge(asEvent(sent));
  expect(honest.end).toBe("verified");
  const meaning = meaningOf(honest);
  for (const [place, mutant] of mutants(sent, honest.payload === "unsigned")) {
    tally.mutations++;
    const verdict = judgeOrRefused(mutant);
    if (verdict.end === "verified" && meaningOf(verdict) !== meaning)
      tally.accepted.push(`${name}: ${place}`);
  }
}

function judgeOrRefused(mutant: SentRequest): Verdict {
  try {
    return judge(asEvent(mutant));
  } catch (error) {
    // Only the playing edge may fail here: API Gateway answers 400 to a query it cannot decode.
    if (error instanceof URIError && !(error.stack ?? "").includes("lambdas/"))
      return { end: "edge", message: "" };
    throw error;
  }
}

function meaningOf({ request }: Verdict): string {
  if (request === undefined) throw new Error("not verified");
  const headers = [...request.headers].sort(([a], [b]) => (a < b ? -1 : 1));
  const query = [...request.query].map((pair) => JSON.stringify(pair)).sort();
  return JSON.stringify({ ...request, headers, query, body: Buffer.from(request.body).toString("base64") });
}

function* mutants(sent: SentRequest, unsignedBody: boolean): Generator<[string, SentRequest]> {
  for (const field of ["method", "path", "query"] as const) {
    for (const [at, text] of changedTexts(sent[field])) yield [`${field} ${at}`, { ...sent, [field]: text }];
  }
  for (const [index, [name, value]] of sent.headers.entries()) {
    for (const [at, text] of changedTexts(value)) {
      const headers = sent.headers.with(index, [name, text]);
      yield [`${name} ${at}`, { ...sent, headers }];
    }
    yield [`${name} dropped`, { ...sent, headers: sent.headers.toSpliced(index, 1) }];
  }
  // UNSIGNED-PAYLOAD says that the body is not covered: AWS takes any, and so do we, for S3 only.
  if (unsignedBody) return;
  const step = Math.max(1, Math.floor(sent.body.byteLength / 150));
  for (let at = 0; at < sent.body.byteLength; at += step) {
    const body = Buffer.from(sent.body);
    body[at] = (body[at] ?? 0) ^ 1;
    yield [`body ${at}`, withLength({ ...sent, body })];
    yield [
      `body without ${at}`,
      withLength({ ...sent, body: Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]) }),
    ];
  }
}

function* changedTexts(text: string): Generator<[number, string]> {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const other = String.fromCharCode(code ^ 1);
    yield [at, text.slice(0, at) + other + text.slice(at + 1)];
    if (at % 4 === 0) yield [at, text.slice(0, at) + text.slice(at + 1)];
  }
}

// An attacker who shortens the body also corrects the length, which the client's signature may cover or not.
function withLength(sent: SentRequest): SentRequest {
  const headers = sent.headers.map(([name, value]): [string, string] => [
    name,
    name.toLowerCase() === "content-length" ? String(sent.body.byteLength) : value,
  ]);
  return { ...sent, headers };
}
