// A request whose signature held. It carries only what the signature covers (R3): recognition reads nothing else.

import type { QueryParameter, WireHeaders } from "./wire-request.ts";

export interface SignedRequest {
  readonly method: string;
  /** Raw, percent-encoded, with the gateway's own `/aws` prefix removed: begins with `/`. */
  readonly path: string;
  /** What stood before the gateway's own name in the signed host: `bucket.`, `data-`. Absent or empty: nothing. */
  readonly hostPrefix?: string;
  /** Percent-decoded, without the parameters of a presigned signature. */
  readonly query: readonly QueryParameter[];
  /** Signed headers only, lower-case names; the headers of the signature itself are left out. */
  readonly headers: WireHeaders;
  /** The payload: chunk framing of `aws-chunked` bodies removed and checked. */
  readonly body: Uint8Array;
  /** Service and region of the credential scope, as signed. */
  readonly signingName: string;
  readonly region: string;
}
