// Decides in which form of AWS's protocols a refusal is written. Reads the request's unverified headers: they choose
// only the clothes of an error, never what is refused.

import type { RefusalCode } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";

/** One per way in which AWS services write errors. */
export type ErrorForm = "query" | "ec2" | "json" | "s3-xml" | "rest-xml" | "cbor";

const S3_NAMES = new Set(["s3", "s3-object-lambda", "s3-outposts", "s3express"]);
const REST_XML_NAMES = new Set(["cloudfront", "route53"]);
const CLAIMED_SERVICE =
  /^AWS4-HMAC-SHA256 Credential=[^,\s/]{1,128}\/[0-9]{8}\/[a-z0-9-]{1,32}\/([a-z0-9-]{1,64})\//;

/** Returns the error form that the client's SDK will parse. */
export function errorFormOf(request: WireRequest): ErrorForm {
  if (singleHeader(request.headers, "smithy-protocol") === "rpc-v2-cbor") return "cbor";
  if (request.headers.has("x-amz-target")) return "json";
  const authorization = singleHeader(request.headers, "authorization") ?? "";
  const claimedService = CLAIMED_SERVICE.exec(authorization)?.[1] ?? "";
  if (S3_NAMES.has(claimedService)) return "s3-xml";
  if (REST_XML_NAMES.has(claimedService)) return "rest-xml";
  if (claimedService === "ec2") return "ec2";
  const contentType = singleHeader(request.headers, "content-type") ?? "";
  if (contentType.startsWith("application/x-www-form-urlencoded")) return "query";
  return isLikeS3(request, contentType) ? "s3-xml" : "json";
}

/** Unsigned and with no JSON: an anonymous read or a presigned URL, which only clients of S3 send. */
function isLikeS3({ headers, path }: WireRequest, contentType: string): boolean {
  return !headers.has("authorization") && !contentType.includes("json") && path !== "/aws/credentials";
}

interface ErrorSpec {
  readonly query?: string;
  readonly status: number;
  /** AWS's name for the same thing in JSON and CBOR protocols, and in S3; the code itself where they agree. */
  readonly json?: string;
  readonly s3?: string;
}

// Statuses and names as AWS's "Common errors" and S3's "List of error codes" give them. 4xx codes here are outside
// the SDKs' retry lists, but for the throttling and availability ones, which are meant to be retried.
const SPECS: Record<RefusalCode, ErrorSpec> = {
  AccessDenied: { status: 403, json: "AccessDeniedException" },
  AnswerWithheld: { status: 422, json: "AnswerWithheldException" },
  ApprovalPending: { status: 503, query: "Throttling", json: "ThrottlingException", s3: "SlowDown" },
  ExpiredToken: { status: 403, json: "ExpiredTokenException" },
  ExpiredTokenException: { status: 400 },
  IDPCommunicationError: { status: 400 },
  IncompleteSignature: {
    status: 400,
    json: "IncompleteSignatureException",
    s3: "AuthorizationHeaderMalformed",
  },
  InternalFailure: { status: 500, s3: "InternalError" },
  InvalidAction: { status: 400 },
  InvalidClientTokenId: { status: 403, json: "UnrecognizedClientException", s3: "InvalidAccessKeyId" },
  InvalidIdentityToken: { status: 400 },
  InvalidRequest: { status: 400, json: "InvalidRequestException" },
  MissingAuthenticationToken: {
    status: 403,
    json: "MissingAuthenticationTokenException",
    s3: "AccessDenied",
  },
  RequestEntityTooLarge: { status: 413, s3: "EntityTooLarge" },
  RequestExpired: { status: 403, json: "RequestExpiredException", s3: "RequestTimeTooSkewed" },
  RequestInDoubt: { status: 400 },
  ServiceUnavailable: { status: 503, json: "ServiceUnavailableException" },
  SignatureDoesNotMatch: { status: 403, json: "InvalidSignatureException" },
  Throttling: { status: 400, json: "ThrottlingException", s3: "SlowDown" },
  UnknownOperation: { status: 403, json: "UnknownOperationException" },
  UpstreamUnavailable: { status: 503, json: "ServiceUnavailableException", s3: "ServiceUnavailable" },
  ValidationError: { status: 400, json: "ValidationException", s3: "InvalidRequest" },
};

/** Returns the HTTP status and the error name in AWS's spelling for that form. */
export function errorNameOf(code: RefusalCode, form: ErrorForm): { status: number; name: string } {
  const spec = SPECS[code];
  if (form === "s3-xml") return { status: spec.s3 === "SlowDown" ? 503 : spec.status, name: spec.s3 ?? code };
  const name = form === "json" || form === "cbor" ? spec.json : spec.query;
  return { status: spec.status, name: name ?? code };
}
