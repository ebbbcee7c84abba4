// Decides whether a text is one signed token in its strict compact form (RFC 7515, section 3.1), and takes it apart.
// Trusts nothing. Nothing is verified here: what comes out says so in its name.

import { type Refusal, refuse } from "../../model/refusal.ts";
import { decodeBase64url } from "./base64url.ts";
import { type JsonObject, parseStrictObject } from "./strict-json.ts";

/** STS's own limit on WebIdentityToken. */
export const MAX_TOKEN_CHARACTERS = 20_000;
const MAX_DEPTH = 16;

export interface UnverifiedToken {
  readonly kind: "unverified";
  readonly text: string;
  readonly unverifiedHeader: JsonObject;
  readonly unverifiedPayload: JsonObject;
  readonly signature: Uint8Array;
}

/** Takes the token apart, or refuses it with `InvalidIdentityToken`. The header and the claims are still just claims. */
export function parseTokenText(text: string): UnverifiedToken | Refusal {
  // caller-controlled: the size comes first, so that nothing below works on more than 20,000 characters
  if (text.length > MAX_TOKEN_CHARACTERS) {
    return refuse("InvalidIdentityToken", "the token is over 20,000 characters: have its issuer put less in");
  }
  const parts = text.split(".");
  if (parts.length === 5) {
    return refuse("InvalidIdentityToken", "the token is encrypted: have its issuer send a signed one (JWS)");
  }
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || !header || !payload || !signature || signature.length === 0) {
    return refuse(
      "InvalidIdentityToken",
      "the token is not three parts of unpadded base64url with dots between",
    );
  }
  const unverifiedHeader = parseStrictObject(header, MAX_DEPTH);
  const unverifiedPayload = parseStrictObject(payload, MAX_DEPTH);
  if (!unverifiedHeader || !unverifiedPayload) {
    return refuse(
      "InvalidIdentityToken",
      "the header or the claims of the token are not strict json (duplicate keys, depth and encoding count)",
    );
  }
  return { kind: "unverified", text, unverifiedHeader, unverifiedPayload, signature };
}
