// Decides whether every chunk of a signed stream, and its trailer, was signed in this order by the holder of the key.
// Starts from the signature of the request, which is verified by then.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html

import type { Frame } from "./aws-chunked.ts";
import { credentialScope, equalsSignature, type ScopeOfSignature, sha256Hex, sign } from "./signing-key.ts";

const EMPTY_SHA256 = sha256Hex("");
const TRAILER_SIGNATURE = "x-amz-trailer-signature";

export interface SignedStream extends ScopeOfSignature {
  readonly signingKey: Buffer;
  /** The request's own signature: the chain begins with it. */
  readonly signature: string;
}

/** Returns the frame without the trailer's signature when the whole chain holds, else `undefined`. */
export function verifiedStream(frame: Frame, stream: SignedStream, withTrailer: boolean): Frame | undefined {
  const prefix = `${stream.timestamp}\n${credentialScope(stream)}`;
  let previous = stream.signature;
  for (const { content, signature } of frame.chunks) {
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${prefix}\n${previous}\n${EMPTY_SHA256}\n${sha256Hex(content)}`;
    if (!equalsSignature(sign(stream.signingKey, text), signature)) return undefined;
    previous = signature;
  }
  if (!withTrailer) return frame;
  const [last] = frame.trailers.slice(-1);
  if (last === undefined || last[0] !== TRAILER_SIGNATURE || !/^[0-9a-f]{64}$/.test(last[1]))
    return undefined;
  const trailers = frame.trailers.slice(0, -1);
  const lines = trailers.map(([name, value]) => `${name}:${value}\n`).join("");
  const text = `AWS4-HMAC-SHA256-TRAILER\n${prefix}\n${previous}\n${sha256Hex(lines)}`;
  return equalsSignature(sign(stream.signingKey, text), last[1]) ? { ...frame, trailers } : undefined;
}
