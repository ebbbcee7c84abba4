// The held request as it is sealed for `run=stored`: all that is needed to make the call again without its caller. Written
// and read by us alone, inside a seal that breaks when a byte changes; what is read back is recognised and decided anew.

import { CountersignError } from "../boundary/errors.ts";
import type { Session } from "../model/principal.ts";
import type { SignedRequest } from "../model/signed-request.ts";
import type { QueryParameter, WireRequest } from "../model/wire-request.ts";

/** A table item holds 400 KB; base64 and the approval's own record take their part. */
const MOST_BYTES = 200_000;
const VERSION = 1;

export interface HeldRequest {
  readonly session: Session;
  readonly signed: SignedRequest;
  /** Without its body, where that is the signed one. */
  readonly request: WireRequest;
}

interface Stored {
  readonly version: number;
  readonly session: Session;
  readonly signed: Omit<SignedRequest, "headers" | "body"> & StoredParts;
  readonly request: Omit<WireRequest, "headers" | "body"> & StoredParts;
}

interface StoredParts {
  readonly query: readonly QueryParameter[];
  readonly headers: readonly (readonly [string, readonly string[]])[];
  /** Base64; null where it is the other request's body. */
  readonly body: string | null;
}

export function sealableRequest(
  { session, signed }: Pick<HeldRequest, "session" | "signed">,
  request: WireRequest,
): Uint8Array | "too_large" {
  const same = Buffer.from(request.body).equals(signed.body);
  const stored: Stored = {
    version: VERSION,
    session,
    signed: { ...signed, headers: [...signed.headers], body: base64(signed.body) },
    request: {
      ...request,
      headers: [...request.headers].filter(([name, values]) => !isCredential(name, values)),
      body: same ? null : base64(request.body),
    },
  };
  const bytes = Buffer.from(JSON.stringify(stored), "utf8");
  return bytes.length > MOST_BYTES ? "too_large" : bytes;
}

/** @throws CountersignError when it is of another version */
export function heldRequestOf(unsealed: Uint8Array): HeldRequest {
  const stored: Stored = JSON.parse(Buffer.from(unsealed).toString("utf8"));
  if (stored.version !== VERSION) {
    throw new CountersignError("record_failed", "a held request is of a version that is not known");
  }
  const { session, signed, request } = stored;
  const body = Buffer.from(signed.body ?? "", "base64");
  return {
    session,
    signed: { ...signed, headers: new Map(signed.headers), body },
    request: {
      ...request,
      headers: new Map(request.headers),
      body: request.body === null ? body : Buffer.from(request.body, "base64"),
    },
  };
}

/**
 * INVARIANT: no token is stored, sealed or not. Who asked was verified when the call was held. A signature is none, and
 * says in which form errors are told. The run's record has the digest of the request without them.
 */
function isCredential(name: string, values: readonly string[]): boolean {
  if (name === "x-amz-security-token") return true;
  return name === "authorization" && !values.every((value) => value.startsWith("AWS4-"));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
