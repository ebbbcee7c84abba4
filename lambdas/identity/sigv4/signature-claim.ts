// Decides what a header-signed request claims: which key, when, for which service, over which headers and payload, and
// refuses every claim that could leave something steering uncovered. Pure and unproven: the claim holds only after
// verify-signature.ts. Presigned requests are refused whole (route.ts), and so is a query signature beside a header.

import { type Refusal, refuse } from "../../model/refusal.ts";
import { singleHeader, type WireRequest } from "../../model/wire-request.ts";
import { parseAuthorization } from "./authorization-header.ts";
import { type PayloadForm, parsePayloadForm } from "./payload-form.ts";
import { requiredHeadersProblem } from "./required-headers.ts";
import { parseSigningTime } from "./signing-time.ts";

export interface SignatureClaim {
  /** A Countersign key id by its form; whether its session exists is for the flow to look up. */
  readonly keyId: string;
  /** `YYYYMMDD'T'HHMMSS'Z'`, within 5 minutes of now. */
  readonly timestamp: string;
  /** `YYYYMMDD`, the day of `timestamp`. */
  readonly date: string;
  readonly region: string;
  /** The signing name, by its form: whether such a service exists is recognition's question. */
  readonly service: string;
  /** Lower-case, sorted, distinct, each present in the request (but perhaps content-length). */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex digits. */
  readonly signature: string;
  /** The session token, when one was sent: the flow compares it with the session's. */
  readonly securityToken: string | undefined;
  /** What the signature says about the body. `unsigned` needs the operation's model to allow it. */
  readonly payload: PayloadForm;
  /** The last line of the canonical request; `undefined` where the client leaves it to the body's own hash. */
  readonly payloadHash: string | undefined;
}

/**
 * Parses the claim of a SigV4 request at `now` (epoch seconds), by
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * Refuses with IncompleteSignature (grammar, coverage), InvalidClientTokenId (not our key), RequestExpired (clock),
 * InvalidRequest (contradictions) or MissingAuthenticationToken (unsigned).
 */
export function parseSignatureClaim(
  request: WireRequest,
  now: number,
): { readonly kind: "claim"; readonly claim: SignatureClaim } | Refusal {
  const twoForms = querySignatureProblem(request);
  if (twoForms !== undefined) return twoForms;
  const authorization = parseAuthorization(request);
  if (authorization.kind === "refused") return authorization;
  const { header } = authorization;
  const uncovered = requiredHeadersProblem(request.headers, header.signedHeaders) ?? foreignSession(request);
  if (uncovered !== undefined) return uncovered;
  const time = parseSigningTime(request.headers, header.date, now);
  if (time.kind === "refused") return time;
  const payload = parsePayloadForm(request, header.service);
  if (payload.kind === "refused") return payload;
  return {
    kind: "claim",
    claim: {
      ...header,
      timestamp: time.timestamp,
      securityToken: singleHeader(request.headers, "x-amz-security-token"),
      payload: payload.form,
      payloadHash: payload.hash,
    },
  };
}

// No modelled query parameter begins so. In a query these are a presigned signature, or headers that S3 would read
// from there: beside a header signature, two parsers could believe different ones.
function querySignatureProblem(request: WireRequest): Refusal | undefined {
  const found = request.query.find(([name]) => name.toLowerCase().startsWith("x-amz-"));
  if (found === undefined) return undefined;
  return refuse(
    "InvalidRequest",
    "the query holds an x-amz-* parameter: sign in the Authorization header, and send x-amz-* as headers only",
  );
}

function foreignSession(request: WireRequest): Refusal | undefined {
  if (request.headers.has("x-amz-s3session-token")) {
    return refuse("InvalidRequest", "S3 Express is not taken: its sessions carry credentials of their own");
  }
  if (request.headers.has("x-amz-region-set")) {
    return refuse("InvalidRequest", "signature version 4a is not taken: sign for one region with version 4");
  }
  return undefined;
}
