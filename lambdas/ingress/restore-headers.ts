// Decides which headers the client itself sent. API Gateway and CloudFront drop, rewrite and add headers; our edge
// function copied the client's own beforehand. Trusts the copies (the origin secret was checked); every value in them
// is caller-controlled all the same.

import {
  COPIED_HEADERS,
  COPY_HEADER_PREFIX,
  EDGE_HEADER_PREFIX,
  VIEWER_IP_HEADER,
} from "../model/edge-headers.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { WireHeaders } from "../model/wire-request.ts";
import type { EventMap } from "./event-map.ts";

const MAX_HEADERS = 100;
const MAX_HEADER_BYTES = 10 * 1024; // API Gateway's own limit for all of them

const COPIED: ReadonlySet<string> = new Set<string>(COPIED_HEADERS);
// Written by CloudFront or API Gateway on the way, so never the client's word, and hop-by-hop names (RFC 9110 7.6.1).
const EDGE_ADDED = new Set([
  "via",
  "forwarded",
  "cdn-loop",
  "x-amz-cf-id",
  "x-amzn-trace-id",
  "x-real-ip",
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);
const EDGE_ADDED_PREFIXES = ["x-forwarded-", "cloudfront-", "x-amzn-remapped-", "proxy-"];
// No AWS operation is chosen by these, and some HTTP stacks act on them: not to be seen by any later step.
const METHOD_OVERRIDES = new Set(["x-http-method-override", "x-method-override", "x-http-method"]);

// Before folding: some letters outside ASCII fold into it (the Kelvin sign into `k`).
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
const VALUE = /^[\t\x20-\x7e]*$/;
const IP_ADDRESS = /^[0-9a-fA-F:.]{2,45}$/;

/** The address that CloudFront saw, or `undefined` when it is not there exactly once. */
export function viewerIpOf(arrived: EventMap): string | undefined {
  const values = [...arrived]
    .filter(([name]) => name.toLowerCase() === VIEWER_IP_HEADER)
    .flatMap(([, all]) => all);
  const [address] = values;
  return values.length === 1 && address !== undefined && IP_ADDRESS.test(address) ? address : undefined;
}

/** Returns the client's headers under their own lower-case names, values trimmed. */
export function restoreHeaders(
  arrived: EventMap,
): { readonly kind: "headers"; readonly headers: WireHeaders } | Refusal {
  const copies = new Map<string, readonly string[]>();
  const plain = new Map<string, readonly string[]>();
  for (const [sent, values] of arrived) {
    const copied = sent.toLowerCase().startsWith(COPY_HEADER_PREFIX);
    const own = sent.slice(copied ? COPY_HEADER_PREFIX.length : 0);
    const name = own.toLowerCase();
    if (isDropped(name, copied)) continue;
    const headers = copied ? copies : plain;
    const problem = headerProblem(own, values) ?? (headers.has(name) ? doubtful(name) : undefined);
    if (problem !== undefined) return problem;
    headers.set(
      name,
      values.map((value) => value.trim()),
    );
  }
  // A copy replaces whatever arrived under the plain name.
  const headers = new Map([...plain, ...copies]);
  return overLimits(headers) ?? { kind: "headers", headers };
}

function isDropped(name: string, copied: boolean): boolean {
  if (METHOD_OVERRIDES.has(name) || name.startsWith(EDGE_HEADER_PREFIX)) return true;
  if (copied) return false;
  return (
    COPIED.has(name) || EDGE_ADDED.has(name) || EDGE_ADDED_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

function headerProblem(name: string, values: readonly string[]): Refusal | undefined {
  if (!NAME.test(name)) return refuse("InvalidRequest", "the name of a header is not an HTTP token");
  if (values.every((value) => VALUE.test(value))) return undefined;
  return refuse(
    "ValidationError",
    `the header \`${name}\` holds characters other than printable ASCII: encode them (RFC 2047, or percent-encoding)`,
  );
}

// Two spellings of one name: the order of their values is lost, and with it their meaning.
function doubtful(name: string): Refusal {
  return refuse("InvalidRequest", `the header \`${name}\` arrived under two spellings: send it once`);
}

function overLimits(headers: WireHeaders): Refusal | undefined {
  let count = 0;
  let bytes = 0;
  for (const [name, values] of headers) {
    count += values.length;
    for (const value of values) bytes += name.length + value.length;
  }
  if (count > MAX_HEADERS)
    return refuse("InvalidRequest", "more than 100 headers: the gateway cannot take them");
  if (bytes > MAX_HEADER_BYTES) {
    return refuse("InvalidRequest", "the headers are over 10 KB in all: the gateway cannot take them");
  }
  return undefined;
}
