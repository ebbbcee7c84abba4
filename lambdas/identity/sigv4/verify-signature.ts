// Decides whether the holder of a secret signed this very request. Trusts the claim to be parseSignatureClaim's of the
// same request, and the secret to be the one of the claimed key. What comes out holds only signed bytes (R3); whether
// the session lives and what the call means is left to the flow and to recognition.

import { type Refusal, refuse } from "../../model/refusal.ts";
import type { SignedRequest } from "../../model/signed-request.ts";
import type { WireHeaders, WireRequest } from "../../model/wire-request.ts";
import { parseAwsChunked } from "./aws-chunked.ts";
import { canonicalRequests } from "./canonical-request.ts";
import { verifiedStream } from "./chunk-signatures.ts";
import type { SignatureClaim } from "./signature-claim.ts";
import { credentialScope, deriveSigningKey, equalsSignature, sha256Hex, sign } from "./signing-key.ts";
import { type Unframed, unframe } from "./trailers.ts";

const GATEWAY_PREFIX = "/aws";
// Part of the signature, of the framing or of the connection: upstream makes its own.
const LEFT_OUT: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "date",
  "host",
  "transfer-encoding",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-decoded-content-length",
  "x-amz-security-token",
  "x-amz-trailer",
]);

/**
 * Verifies the signature by https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * and then the body against what was signed. Refuses with SignatureDoesNotMatch, ValidationError (a path that
 * cannot be taken) or InvalidRequest (framing, trailers, checksums).
 */
export function verifySignature(
  request: WireRequest,
  claim: SignatureClaim,
  secretAccessKey: string,
): { readonly kind: "verified"; readonly request: SignedRequest } | Refusal {
  const payloadHash = claim.payloadHash ?? sha256Hex(request.body);
  const canonical = canonicalRequests(request, { ...claim, payloadHash });
  if (canonical.kind === "refused") return canonical;
  const signingKey = deriveSigningKey(secretAccessKey, claim);
  let matches = false;
  for (const text of canonical.texts) {
    const stringToSign = `AWS4-HMAC-SHA256\n${claim.timestamp}\n${credentialScope(claim)}\n${sha256Hex(text)}`;
    const equal = equalsSignature(sign(signingKey, stringToSign), claim.signature);
    matches = matches || equal;
  }
  if (!matches) return mismatch();
  // INVARIANT: the body is looked at only after the signature held, and is used only after it was checked.
  const payload = verifyPayload(request, claim, signingKey);
  if (payload.kind === "refused") return payload;
  const path = withoutPrefix(request.path);
  if (path === undefined) return refuse("InvalidAction", "the path does not begin with `/aws`");
  return {
    kind: "verified",
    request: {
      method: request.method,
      path,
      query: request.query,
      headers: signedHeadersOf(request.headers, claim.signedHeaders, payload.checksum),
      body: payload.body,
      signingName: claim.service,
      region: claim.region,
    },
  };
}

function verifyPayload(request: WireRequest, claim: SignatureClaim, signingKey: Buffer): Unframed | Refusal {
  switch (claim.payload) {
    case "hashed":
      // Without a claimed hash the body's own was signed.
      if (claim.payloadHash !== undefined && sha256Hex(request.body) !== claim.payloadHash) {
        return refuse(
          "SignatureDoesNotMatch",
          "the body is not the one that was signed: its sha256 is another",
        );
      }
      return { kind: "unframed", body: request.body, checksum: undefined };
    case "unsigned":
      return { kind: "unframed", body: request.body, checksum: undefined };
    case "streaming-unsigned-trailer": {
      const parsed = parseAwsChunked(request.body, false);
      return parsed.kind === "refused" ? parsed : unframe(parsed.frame, request.headers, true);
    }
    case "streaming-signed":
    case "streaming-signed-trailer": {
      const withTrailer = claim.payload === "streaming-signed-trailer";
      const parsed = parseAwsChunked(request.body, true);
      if (parsed.kind === "refused") return parsed;
      const frame = verifiedStream(parsed.frame, { ...claim, signingKey }, withTrailer);
      return frame === undefined ? mismatch() : unframe(frame, request.headers, withTrailer);
    }
  }
}

function withoutPrefix(path: string): string | undefined {
  if (path === GATEWAY_PREFIX) return "/";
  return path.startsWith(`${GATEWAY_PREFIX}/`) ? path.slice(GATEWAY_PREFIX.length) : undefined;
}

function signedHeadersOf(
  headers: WireHeaders,
  signedHeaders: readonly string[],
  checksum: readonly [name: string, value: string] | undefined,
): WireHeaders {
  const kept = new Map<string, readonly string[]>();
  for (const name of signedHeaders) {
    const values = headers.get(name);
    if (values !== undefined && !LEFT_OUT.has(name)) kept.set(name, values);
  }
  const codings = kept.get("content-encoding");
  if (codings !== undefined) {
    kept.delete("content-encoding");
    const others = withoutAwsChunked(codings);
    if (others !== "") kept.set("content-encoding", [others]);
  }
  if (checksum !== undefined) kept.set(checksum[0], [checksum[1]]);
  return kept;
}

// `aws-chunked` says how the bytes were framed here; the other codings say what the object is.
function withoutAwsChunked(values: readonly string[]): string {
  const codings = values.flatMap((value) => value.split(",")).map((coding) => coding.trim());
  return codings.filter((coding) => coding !== "" && coding.toLowerCase() !== "aws-chunked").join(",");
}

function mismatch(): Refusal {
  return refuse(
    "SignatureDoesNotMatch",
    "the signature is not that of this request: check that key id and secret belong together, and that nothing between client and gateway changes requests",
  );
}
