// The language of the attack vectors: a base request, edits by its sender, a signature, edits on the way, an ending.
// The tables under vectors/ are data, so that the same attacks also run against verifiers with a planted weakness.

import { readFileSync } from "node:fs";
import { asEvent, type GatewayEvent, type SentRequest } from "../../ingress/as-event.ts";
import { bases } from "./bases.ts";
import { type SigningOptions, signChunk, signRequest, signTrailer } from "./independent-signer.ts";
import type { Verdict } from "./judge.ts";

/**
 * `method m`, `path p`, `query q`, `body text`; `set`, `add`, `drop` a header; `swap what from to` replaces text once in
 * `path`, `query`, `body` or a header; `cut-header name n` takes n characters off its end. After signing also `chunk-drop i`, `chunk-repeat i`, `chunk-swap i j`, `cut n`
 * bytes off the end of the body and `append text` to it.
 */
type Edit = readonly [operation: string, ...operands: (string | number)[]];

export interface Vector {
  /** What it attacks. */
  readonly name: string;
  readonly base: string;
  readonly before?: readonly Edit[];
  readonly sign?: Partial<SigningOptions>;
  readonly after?: readonly Edit[];
  /** Seconds between signing and arrival. */
  readonly later?: number;
  readonly expect: string;
  /** Text that the message must hold. */
  readonly says?: string;
  /** What must come out: the path, headers (`null` where there must be none) and the body as text. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, readonly string[] | null>>;
  readonly body?: string;
}

export interface Base {
  readonly service: string;
  readonly request: SentRequest;
  /** Signed-stream chunks; the empty last one is added. */
  readonly chunks?: readonly Uint8Array[];
  readonly trailer?: string;
}

export function readVectors<Kind>(file: string): readonly Kind[] {
  return JSON.parse(readFileSync(new URL(`./vectors/${file}`, import.meta.url), "utf8")) as readonly Kind[];
}

/** The event that the vector sends to the gateway. */
export function eventOf(vector: Vector): GatewayEvent {
  const base = bases[vector.base];
  if (base === undefined) throw new Error(`no base ${vector.base}`);
  const meant = edited(base.request, [], vector.before ?? []).request;
  const signed = signRequest(meant, { service: base.service, ...vector.sign });
  const frames: Buffer[] = [];
  let previous = signed.signature;
  for (const content of base.chunks === undefined ? [] : [...base.chunks, new Uint8Array()]) {
    const { frame, signature } = signChunk(signed, previous, content);
    frames.push(frame);
    previous = signature;
  }
  if (frames.length > 0) {
    frames.push(
      Buffer.from(base.trailer === undefined ? "\r\n" : signTrailer(signed, previous, base.trailer)),
    );
  }
  return asEvent(edited(signed.request, frames, vector.after ?? []).request);
}

/** What is wrong with a verdict on the vector: nothing, or sentences for the one who reads the failure. */
export function complaints(vector: Vector, { end, message, request }: Verdict): readonly string[] {
  const wrong: string[] = [];
  const must = (what: string, is: unknown, expected: unknown): void => {
    if (JSON.stringify(is) !== JSON.stringify(expected))
      wrong.push(`${what} is ${JSON.stringify(is)}: ${message}`);
  };
  must("the end", end, vector.expect);
  if (vector.says !== undefined) must("what it says", message.includes(vector.says), true);
  if (vector.path !== undefined) must("the path", request?.path, vector.path);
  if (vector.body !== undefined) must("the body", Buffer.from(request?.body ?? []).toString(), vector.body);
  for (const [name, values] of Object.entries(vector.headers ?? {})) {
    must(name, request?.headers.get(name) ?? null, values);
  }
  return wrong;
}

function edited(
  request: SentRequest,
  frames: readonly Buffer[],
  edits: readonly Edit[],
): { request: SentRequest } {
  const pieces = frames.length > 0 ? [...frames] : [Buffer.from(request.body)];
  let state: SentRequest = request;
  for (const [operation, ...operands] of edits) {
    const [first = "", second = "", third = ""] = operands.map(String);
    state = editedHead(state, operation, first, second, third);
    editBody(pieces, operation, first, second, third);
  }
  return { request: { ...state, body: Buffer.concat(pieces) } };
}

function editedHead(
  sent: SentRequest,
  operation: string,
  first: string,
  second: string,
  third: string,
): SentRequest {
  const others = sent.headers.filter(([name]) => name.toLowerCase() !== first.toLowerCase());
  switch (operation) {
    case "method":
    case "path":
    case "query":
      return { ...sent, [operation]: first };
    case "set":
      return { ...sent, headers: [...others, [first, second]] };
    case "add":
      return { ...sent, headers: [...sent.headers, [first, second]] };
    case "drop":
      return { ...sent, headers: others };
    case "cut-header":
      return {
        ...sent,
        headers: sent.headers.map(([name, value]) => [
          name,
          name.toLowerCase() === first ? value.slice(0, -Number(second)) : value,
        ]),
      };
    case "swap":
      return swapped(sent, first, second, third);
    default:
      return sent;
  }
}

function swapped(sent: SentRequest, where: string, from: string, to: string): SentRequest {
  const replace = (text: string): string => {
    if (!text.includes(from)) throw new Error(`\`${from}\` is not in ${where}`);
    return text.replace(from, () => to);
  };
  if (where === "body") return sent;
  if (where === "path" || where === "query") return { ...sent, [where]: replace(sent[where]) };
  const headers = sent.headers.map(([name, value]): [string, string] => [
    name,
    name.toLowerCase() === where ? replace(value) : value,
  ]);
  return { ...sent, headers };
}

function editBody(pieces: Buffer[], operation: string, first: string, second: string, third: string): void {
  const whole = (): Buffer => Buffer.concat(pieces);
  const at = (index: string): Buffer => pieces[Number(index)] ?? Buffer.alloc(0);
  if (operation === "body") pieces.splice(0, pieces.length, Buffer.from(first, "latin1"));
  if (operation === "append") pieces.push(Buffer.from(first, "latin1"));
  if (operation === "cut") pieces.splice(0, pieces.length, whole().subarray(0, -Number(first)));
  if (operation === "chunk-drop") pieces.splice(Number(first), 1);
  if (operation === "chunk-repeat") pieces.splice(Number(first), 0, at(first));
  if (operation === "chunk-swap") pieces.splice(Number(first), 2, at(second), at(first));
  if (operation === "swap" && first === "body") {
    const text = whole().toString("latin1");
    if (!text.includes(second)) throw new Error(`\`${second}\` is not in the body`);
    pieces.splice(
      0,
      pieces.length,
      Buffer.from(
        text.replace(second, () => third),
        "latin1",
      ),
    );
  }
}
