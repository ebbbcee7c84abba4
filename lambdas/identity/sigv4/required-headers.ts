// Decides whether the signature covers everything that could steer the call (R3), each of it said once. Whatever is
// unsigned and passes here is dropped by verify-signature.ts; this file refuses what must not be dropped in silence.

import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireHeaders } from "../../model/wire-request.ts";

// Headers without AWS's prefix that some operation of some service reads as a parameter (from the service models), or
// that change what is done. `accept`, `accept-encoding` and the tracing headers are not here: HTTP clients and
// instrumentation add them after signing, and without them the call means the same.
const STEERING: ReadonlySet<string> = new Set([
  "allow-revert",
  "authentication",
  "cache-control",
  "client-token",
  "date",
  "description",
  "expires",
  "grafana-token",
  "graphidentifier",
  "host",
  "inputsource",
  "instance-id",
  "latest-version-number",
  "match-for-version-type",
  "mcp-protocol-version",
  "mcp-session-id",
  "range",
  "response-content-type",
  "responsecontenttype",
  "smithy-protocol",
  "staging",
  "uniqueids",
  "useclientcertificateocspendpoint",
  "versionlabel",
  "x-client-token",
]);
// `x-amz` takes in x-amzn-*, which Lambda, SageMaker, Bedrock and others read.
const STEERING_PREFIXES = ["x-amz", "content-", "if-"];

// With two values, AWS and we could believe different ones. Lists such as x-amz-object-attributes may be repeated.
const SINGLE: ReadonlySet<string> = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "host",
  "range",
  "smithy-protocol",
  "x-amz-acl",
  "x-amz-bypass-governance-retention",
  "x-amz-content-sha256",
  "x-amz-copy-source",
  "x-amz-date",
  "x-amz-decoded-content-length",
  "x-amz-expected-bucket-owner",
  "x-amz-security-token",
  "x-amz-tagging",
  "x-amz-target",
  "x-amz-trailer",
]);
const SINGLE_PREFIXES = ["x-amz-checksum-", "x-amz-server-side-encryption", "x-amz-meta-", "if-"];

/** Returns the refusal, or `undefined` when everything that steers is signed, present and said once. */
export function requiredHeadersProblem(
  headers: WireHeaders,
  signedHeaders: readonly string[],
): Refusal | undefined {
  const signed = new Set(signedHeaders);
  if (!signed.has("host")) return unsigned("host");
  for (const [name, values] of headers) {
    if (steers(name) && !signed.has(name)) return unsigned(name);
    if (values.length !== 1 && mustBeSingle(name)) {
      return refuse("IncompleteSignature", `the header \`${name}\` is there more than once: send it once`);
    }
  }
  for (const name of signed) {
    const values = headers.get(name);
    // content-length is rebuilt from the body, so it need not have arrived.
    if (values === undefined && name !== "content-length") return lost(name);
    if (values?.some(hasBlankRun)) return blankRun(name);
  }
  return undefined;
}

function steers(name: string): boolean {
  if (name === "content-length") return false; // the edge's framing, not the client's word
  return STEERING.has(name) || STEERING_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function mustBeSingle(name: string): boolean {
  return SINGLE.has(name) || SINGLE_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function hasBlankRun(value: string): boolean {
  return value.includes("  ") || value.includes("\t");
}

// The AWS SDK for JavaScript never signs cache-control, although S3 stores it with an object. Taken unsigned, anybody on
// the way could choose it; dropped, the object would be stored without it and nobody would know.
function unsigned(name: string): Refusal {
  const way =
    name === "cache-control"
      ? "leave `CacheControl` out of the call, since the SDK for JavaScript never signs it (boto3 and the AWS CLI do)"
      : "sign it, or leave it out";
  return refuse("IncompleteSignature", `the header \`${name}\` is not covered by the signature: ${way}`);
}

function lost(name: string): Refusal {
  return refuse(
    "IncompleteSignature",
    `the signature covers the header \`${name}\`, which does not reach the gateway: leave it out of the signature`,
  );
}

// SigV4 signs runs of blanks as one blank, so the signature does not say how many there were.
function blankRun(name: string): Refusal {
  return refuse(
    "IncompleteSignature",
    `the header \`${name}\` holds two blanks in a row or a tab, which a signature cannot cover: write one blank`,
  );
}
