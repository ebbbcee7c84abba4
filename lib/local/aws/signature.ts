// Decides whether a request was signed by a key that this small AWS issued (Signature Version 4, header form).
// Trusts no header. Written apart from the signer that the gateway uses, so that both must agree with AWS's document:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// Presigned URLs and chunk signatures are refused. IAM is the evaluator's.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IssuedKey, KeyRing } from "./credentials.ts";
import { type AwsRequest, header } from "./wire.ts";

export type SignatureProblem =
  | "missing"
  | "malformed"
  | "unknown_key"
  | "bad_token"
  | "expired"
  | "skewed"
  | "wrong_scope"
  | "unsigned_header"
  | "mismatch";

export type SignatureVerdict =
  | { readonly kind: "signed"; readonly key: IssuedKey }
  | { readonly kind: "refused"; readonly problem: SignatureProblem; readonly message: string };

/** What the host name says; the credential scope must say the same. */
export interface Scope {
  readonly service: string;
  readonly region: string;
}

interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([\w]{16,128})\/([0-9]{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})$/;
const AMZ_DATE = /^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z$/;
const MAX_SKEW_MS = 15 * 60 * 1000; // AWS's own window for general services and S3
const MAX_CACHED_KEYS = 1_000;

/** Verifies requests against the ring. `now` gives epoch milliseconds. */
export function createVerifier(ring: KeyRing, now: () => number) {
  const signingKeys = new Map<string, Buffer>();
  return (request: AwsRequest, scope: Scope): SignatureVerdict => {
    const text = header(request, "authorization");
    if (text === undefined) return refused("missing", "Request is missing Authentication Token");
    const authorization = parseAuthorization(text);
    if (authorization === undefined) return refused("malformed", "Authorization header is not well formed");
    const key = ring.find(authorization.accessKeyId);
    if (key === undefined)
      return refused("unknown_key", "The security token included in the request is invalid.");
    const problem =
      scopeProblem(authorization, scope) ??
      dateProblem(request, authorization, now()) ??
      headerProblem(request, authorization) ??
      tokenProblem(request, key, now());
    if (problem !== undefined) return problem;
    const signingKey = cached(signingKeys, key, authorization);
    const expected = createHmac("sha256", signingKey).update(stringToSign(request, authorization)).digest();
    if (timingSafeEqual(expected, Buffer.from(authorization.signature, "hex")))
      return { kind: "signed", key };
    return refused(
      "mismatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  };
}

function refused(problem: SignatureProblem, message: string): SignatureVerdict {
  return { kind: "refused", problem, message };
}

function parseAuthorization(text: string): Authorization | undefined {
  const match = AUTHORIZATION.exec(text);
  if (match === null) return undefined;
  const [, accessKeyId = "", date = "", region = "", service = "", headers = "", signature = ""] = match;
  const signedHeaders = headers.split(";");
  const sorted = [...new Set(signedHeaders)].sort();
  if (sorted.join(";") !== headers) return undefined;
  return { accessKeyId, date, region, service, signedHeaders, signature };
}

function scopeProblem(authorization: Authorization, scope: Scope): SignatureVerdict | undefined {
  if (authorization.service !== scope.service) {
    return refused("wrong_scope", `Credential should be scoped to correct service: '${scope.service}'.`);
  }
  if (authorization.region !== scope.region) {
    return refused(
      "wrong_scope",
      `Credential should be scoped to a valid region, expecting '${scope.region}'.`,
    );
  }
  return undefined;
}

function dateProblem(
  request: AwsRequest,
  authorization: Authorization,
  now: number,
): SignatureVerdict | undefined {
  const text = header(request, "x-amz-date") ?? "";
  const match = AMZ_DATE.exec(text);
  if (match === null || text.slice(0, 8) !== authorization.date) {
    return refused(
      "malformed",
      "X-Amz-Date must be present, in ISO 8601 basic form, on the day of the scope",
    );
  }
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time) || Math.abs(now - time) > MAX_SKEW_MS) {
    return refused("skewed", `Signature expired or not yet current: ${text} is more than 15 minutes away.`);
  }
  return undefined;
}

function headerProblem(request: AwsRequest, { signedHeaders }: Authorization): SignatureVerdict | undefined {
  const signed = new Set(signedHeaders);
  const absent = signedHeaders.find((name) => !request.headers.has(name));
  if (absent !== undefined)
    return refused("unsigned_header", `the signed header \`${absent}\` is not in the request`);
  const unsigned = [...request.headers.keys()].find((name) => name.startsWith("x-amz-") && !signed.has(name));
  if (unsigned !== undefined) {
    return refused(
      "unsigned_header",
      `There were headers present in the request which were not signed: ${unsigned}`,
    );
  }
  return signed.has("host") ? undefined : refused("unsigned_header", "'Host' must be a 'SignedHeader'.");
}

function tokenProblem(request: AwsRequest, key: IssuedKey, now: number): SignatureVerdict | undefined {
  const token = header(request, "x-amz-security-token");
  if (token !== key.sessionToken) {
    return refused("bad_token", "The security token included in the request is invalid.");
  }
  if (now >= key.expiresAt) {
    return refused("expired", "The security token included in the request is expired");
  }
  return undefined;
}

function cached(keys: Map<string, Buffer>, key: IssuedKey, { date, region, service }: Authorization): Buffer {
  const name = `${key.accessKeyId}/${date}/${region}/${service}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  let derived: Buffer = Buffer.from(`AWS4${key.secretAccessKey}`);
  for (const part of [date, region, service, "aws4_request"]) {
    derived = createHmac("sha256", derived).update(part).digest();
  }
  if (keys.size >= MAX_CACHED_KEYS) keys.clear();
  keys.set(name, derived);
  return derived;
}

function stringToSign(request: AwsRequest, authorization: Authorization): string {
  const { date, region, service, signedHeaders } = authorization;
  const isS3 = service === "s3";
  const canonical = [
    request.method,
    // S3 encodes the key once; everyone else encodes what is already encoded once more
    request.rawPath
      .split("/")
      .map((segment) => encode(isS3 ? decode(segment) : segment))
      .join("/"),
    canonicalQuery(request.rawQuery),
    ...signedHeaders.map((name) => `${name}:${(request.headers.get(name) ?? []).map(collapse).join(",")}`),
    "",
    signedHeaders.join(";"),
    isS3 ? (header(request, "x-amz-content-sha256") ?? "") : sha256(request.body),
  ].join("\n");
  const time = header(request, "x-amz-date") ?? "";
  return ["AWS4-HMAC-SHA256", time, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join(
    "\n",
  );
}

function collapse(value: string): string {
  return value.trim().replaceAll(/ +/g, " ");
}

function canonicalQuery(raw: string): string {
  if (raw === "") return "";
  const pairs = raw.split("&").map((pair): readonly [name: string, value: string] => {
    const equals = pair.indexOf("=");
    const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    return [encode(decode(name)), encode(decode(value))];
  });
  // by name first: in "name=value" as one text, `a-b` would come before `a`
  const sorted = pairs.toSorted(([a, x], [b, y]) => order(a, b) || order(x, y));
  return sorted.map(([name, value]) => `${name}=${value}`).join("&");
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not UTF-8: the signature cannot match, which is the answer it deserves
  }
}

/** RFC 3986: everything but letters, digits, `-`, `.`, `_` and `~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
