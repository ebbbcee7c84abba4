// Which services follow S3's own rules of SigV4. Facts from the endpoint rules and service models of AWS's SDKs.

// The signing names whose endpoint rules say `disableDoubleEncoding`: the path is signed as sent, never normalised.
// `s3express` is one more, and is refused: its requests carry credentials that only CreateSession hands out.
const S3_SIGNING_NAMES: ReadonlySet<string> = new Set(["s3", "s3-object-lambda", "s3-outposts"]);

/** True when the path of this service is signed as sent: encoded once, not normalised. */
export function signsRawPath(service: string): boolean {
  return S3_SIGNING_NAMES.has(service);
}

/**
 * True when this service takes a body that the signature does not cover (UNSIGNED-PAYLOAD) or covers in chunks. The
 * models of a few others (ebs, lex, mediastore, omics) allow UNSIGNED-PAYLOAD for single operations: when recognition
 * checks that per operation, from `SignatureClaim.payload`, their signing names may join here, and not before.
 */
export function takesLiteralPayload(service: string): boolean {
  return S3_SIGNING_NAMES.has(service);
}
