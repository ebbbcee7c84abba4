// Which signed headers mean something. A header is a member of the model, part of the protocol, harmless (dropped), or
// unknown: then the call is refused by name (R1), because AWS may act on it while policy could not see it.

import type { WireHeaders } from "../model/wire-request.ts";
import { Malformed, shown } from "./malformed.ts";

/** They say nothing about the call, or belong to the hop, the signature or the SDK. Not forwarded. */
const HARMLESS = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "authorization",
  "cache-control",
  "connection",
  "content-length",
  "date",
  "expect",
  "host",
  "keep-alive",
  "pragma",
  "te",
  "traceparent",
  "tracestate",
  "baggage",
  "transfer-encoding",
  "user-agent",
  "x-amz-api-version",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-decoded-content-length",
  "x-amz-security-token",
  "x-amz-trailer",
  "x-amz-user-agent",
  "x-amzn-trace-id",
]);

const CHECKSUM = /^x-amz-checksum-(?:crc32|crc32c|crc64nvme|md5|sha1|sha256|sha512)$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isHarmless(name: string): boolean {
  return HARMLESS.has(name) || name.startsWith("amz-sdk-");
}

/** Every header must be single and hold nothing but printable bytes: what a second reader might split is refused. */
export function singleHeaders(headers: WireHeaders): ReadonlyMap<string, string> {
  const single = new Map<string, string>();
  for (const [name, values] of headers) {
    const [value = ""] = values;
    if (values.length !== 1) throw new Malformed(`the header ${shown(name)} stands more than once`);
    if (!VALUE.test(value)) throw new Malformed(`the header ${shown(name)} holds a control character`);
    single.set(name, value);
  }
  return single;
}

/** The protocol's own headers that go upstream unchanged, besides content-type. */
export function isProtocolHeader(name: string, service: string): boolean {
  if (name === "content-md5") return true;
  if (service === "glacier") return name === "x-amz-glacier-version" || name === "x-amz-sha256-tree-hash";
  return CHECKSUM.test(name) && (service === "s3" || service === "s3control");
}

/** `content-encoding` without the chunk framing that ingress removed; `undefined` when nothing is left. */
export function contentEncoding(value: string | undefined): string | undefined {
  const codings = (value ?? "").split(",").map((coding) => coding.trim());
  const left = codings.filter((coding) => coding !== "aws-chunked" && coding !== "");
  return left.length === 0 ? undefined : left.join(",");
}

/** The media type without parameters; `charset=utf-8` is the only parameter that may stand on a structured body. */
export function mediaType(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [type = "", parameter, more] = value.split(";").map((part) => part.trim().toLowerCase());
  if (more !== undefined || (parameter !== undefined && parameter !== "" && parameter !== "charset=utf-8")) {
    throw new Malformed(`the content type ${shown(value)} has parameters other than \`charset=utf-8\``);
  }
  return type;
}

export function unknownHeader(name: string): Malformed {
  return new Malformed(
    `the model of this operation has no header ${shown(name)}; if it is newer than the model, run \`npm run models\``,
    "UnknownOperation",
  );
}
