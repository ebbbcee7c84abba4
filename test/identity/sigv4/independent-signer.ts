// Signs requests for tests, by its own reading of the SigV4 specification: it shares no code with the verifier. Lets a
// test sign what no SDK would (headers left out, other scopes, odd paths). Checked against @smithy/signature-v4.

import { createHash, createHmac } from "node:crypto";
import type { SentRequest } from "../../ingress/as-event.ts";

const SESSION = "ABCDEFGHIJKLMNOPQRSTUVWX23";
export const KEY_ID = `CSGN${SESSION}`;
export const SECRET = "fixed-secret-of-the-tests/not-used-anywhere";
export const TIMESTAMP = "20260131T120000Z";
export const NOW = Date.UTC(2026, 0, 31, 12) / 1000;

export interface SigningOptions {
  readonly service: string;
  readonly region?: string;
  readonly timestamp?: string;
  /** The day of the scope, when it is to differ from the timestamp's. */
  readonly date?: string;
  readonly keyId?: string;
  readonly secret?: string;
  /** Names that are there and are not to be signed; `authorization` and `user-agent` never are. */
  readonly leaveOut?: readonly string[];
  /** Names to put in SignedHeaders beside those that are there. */
  readonly putIn?: readonly string[];
  /** The canonical path, when it is not to be made from the request's. */
  readonly path?: string;
  /** Last line of the canonical request, when it is not x-amz-content-sha256 or the body's hash. */
  readonly payloadHash?: string;
}

export interface Signed {
  readonly request: SentRequest;
  readonly signature: string;
  readonly key: Buffer;
  readonly scope: string;
  readonly timestamp: string;
}

export function signRequest(request: SentRequest, options: SigningOptions): Signed {
  const { service, region = "eu-west-1", timestamp = TIMESTAMP, secret = SECRET, keyId = KEY_ID } = options;
  const day = options.date ?? timestamp.slice(0, 8);
  const scope = [day, region, service, "aws4_request"].join("/");
  const names = namesToSign(request, options);
  const payload = options.payloadHash ?? valuesOf(request, "x-amz-content-sha256")[0] ?? sha256(request.body);
  const canonical =
    `${request.method}\n${options.path ?? pathFor(service, request.path)}\n${sortedQuery(request.query)}\n` +
    `${names.map((name) => `${name}:${valuesOf(request, name).map(squeeze).join(",")}\n`).join("")}\n` +
    `${names.join(";")}\n${payload}`;
  const key = ["aws4_request"].reduce(
    hmac,
    [region, service].reduce(hmac, hmac(Buffer.from(`AWS4${secret}`), day)),
  );
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`).toString(
    "hex",
  );
  const authorization = `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const headers = [...request.headers, ["Authorization", authorization] as const];
  return { request: { ...request, headers }, signature, key, scope, timestamp };
}

/** One frame of a signed stream, and the signature that the next one continues from. */
export function signChunk(
  signed: Signed,
  previous: string,
  content: Uint8Array,
): { frame: Buffer; signature: string } {
  const text = `AWS4-HMAC-SHA256-PAYLOAD\n${signed.timestamp}\n${signed.scope}\n${previous}\n${sha256("")}\n${sha256(content)}`;
  const signature = hmac(signed.key, text).toString("hex");
  const head = `${content.byteLength.toString(16)};chunk-signature=${signature}\r\n`;
  const tail = content.byteLength === 0 ? "" : "\r\n";
  return { frame: Buffer.concat([Buffer.from(head), content, Buffer.from(tail)]), signature };
}

export function signTrailer(signed: Signed, previous: string, trailer: string): string {
  const text = `AWS4-HMAC-SHA256-TRAILER\n${signed.timestamp}\n${signed.scope}\n${previous}\n${sha256(`${trailer}\n`)}`;
  return `${trailer}\r\nx-amz-trailer-signature:${hmac(signed.key, text).toString("hex")}\r\n\r\n`;
}

function namesToSign(request: SentRequest, options: SigningOptions): readonly string[] {
  const skipped = new Set(["authorization", "user-agent", ...(options.leaveOut ?? [])]);
  const own = request.headers.map(([name]) => name.toLowerCase()).filter((name) => !skipped.has(name));
  return [...new Set([...own, ...(options.putIn ?? [])])].sort();
}

function pathFor(service: string, path: string): string {
  if (service.startsWith("s3")) return path;
  return path.split("/").map(uriEncode).join("/");
}

function sortedQuery(query: string): string {
  if (query === "") return "";
  const pairs = query.split("&").map((pair) => {
    const [name = "", ...rest] = pair.split("=");
    return [uriEncode(decodeURIComponent(name)), uriEncode(decodeURIComponent(rest.join("=")))] as const;
  });
  pairs.sort((a, b) => Buffer.compare(Buffer.from(a.join("\0")), Buffer.from(b.join("\0"))));
  return pairs.map((pair) => pair.join("=")).join("&");
}

function uriEncode(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

function valuesOf(request: SentRequest, name: string): readonly string[] {
  return request.headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
}

function squeeze(value: string): string {
  return value.trim().replaceAll(/[ \t]+/g, " ");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
