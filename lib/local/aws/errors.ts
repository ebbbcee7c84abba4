// Turns an AwsError into the error that the service would answer, and knows each service's codes for what happens
// before an operation runs: signatures, IAM, throttling. AWS's own wording, so that SDKs treat it as they treat AWS.

import type { SignatureProblem } from "./signature.ts";
import { AwsError, type AwsReply, type ErrorShape } from "./wire.ts";
import { element, elements } from "./xml.ts";

type CodeAndStatus = readonly [code: string, status: number];

const SIGNATURE_CODES: Record<ErrorShape, Record<SignatureProblem, CodeAndStatus>> = {
  json: {
    missing: ["MissingAuthenticationTokenException", 400],
    malformed: ["IncompleteSignatureException", 400],
    unknown_key: ["UnrecognizedClientException", 400],
    bad_token: ["UnrecognizedClientException", 400],
    expired: ["ExpiredTokenException", 400],
    skewed: ["InvalidSignatureException", 400],
    wrong_scope: ["InvalidSignatureException", 400],
    unsigned_header: ["InvalidSignatureException", 400],
    mismatch: ["InvalidSignatureException", 400],
  },
  query: {
    missing: ["MissingAuthenticationToken", 403],
    malformed: ["IncompleteSignature", 400],
    unknown_key: ["InvalidClientTokenId", 403],
    bad_token: ["InvalidClientTokenId", 403],
    expired: ["ExpiredToken", 403],
    skewed: ["SignatureDoesNotMatch", 403],
    wrong_scope: ["SignatureDoesNotMatch", 403],
    unsigned_header: ["SignatureDoesNotMatch", 403],
    mismatch: ["SignatureDoesNotMatch", 403],
  },
  s3: {
    missing: ["AccessDenied", 403],
    malformed: ["AuthorizationHeaderMalformed", 400],
    unknown_key: ["InvalidAccessKeyId", 403],
    bad_token: ["InvalidToken", 400],
    expired: ["ExpiredToken", 400],
    skewed: ["RequestTimeTooSkewed", 403],
    wrong_scope: ["AuthorizationHeaderMalformed", 400],
    unsigned_header: ["AccessDenied", 403],
    mismatch: ["SignatureDoesNotMatch", 403],
  },
};

export function signatureError(shape: ErrorShape, problem: SignatureProblem, message: string): AwsError {
  const [code, status] = SIGNATURE_CODES[shape][problem];
  return new AwsError(code, status, message);
}

export function accessDenied(shape: ErrorShape, message: string): AwsError {
  return shape === "json"
    ? new AwsError("AccessDeniedException", 400, message)
    : new AwsError("AccessDenied", 403, message);
}

export function throttled(shape: ErrorShape): AwsError {
  if (shape === "s3") return new AwsError("SlowDown", 503, "Please reduce your request rate.");
  return shape === "json"
    ? new AwsError("ThrottlingException", 400, "Rate exceeded")
    : new AwsError("Throttling", 400, "Rate exceeded");
}

export function internalFailure(shape: ErrorShape, message: string, status = 500): AwsError {
  return new AwsError(shape === "json" ? "InternalServerError" : "InternalFailure", status, message);
}

export function unknownOperation(shape: ErrorShape): AwsError {
  if (shape === "json")
    return new AwsError("UnknownOperationException", 400, "not served by the local cloud");
  if (shape === "s3") return new AwsError("NotImplemented", 501, "not served by the local cloud");
  return new AwsError("InvalidAction", 400, "not served by the local cloud");
}

/** The error as the service's protocol writes it. */
export function errorReply(shape: ErrorShape, error: AwsError, requestId: string): AwsReply {
  if (shape === "json") {
    const body = JSON.stringify({ __type: error.code, message: error.message, ...error.details });
    return {
      status: error.status,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: Buffer.from(body),
    };
  }
  const code = element("Code", error.code) + element("Message", error.message) + elements(error.details);
  const id = element("RequestId", requestId);
  const body =
    shape === "s3"
      ? `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${code}${id}</Error>`
      : `<ErrorResponse><Error><Type>${error.status < 500 ? "Sender" : "Receiver"}</Type>${code}</Error>${id}</ErrorResponse>`;
  return {
    status: error.status,
    headers: { "content-type": shape === "s3" ? "application/xml" : "text/xml" },
    body: Buffer.from(body),
  };
}
