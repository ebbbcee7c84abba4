// Decides whether a token's header fits its issuer: algorithm, type and key id. Trusts the configuration only.
// A key or the address of a key in the header (jwk, jku, x5u, x5c, x5t) is never looked at: keys come from jwksUri.

import type { IssuerConfig, JwtAlgorithm } from "../../model/deployment.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { JsonObject, JsonValue } from "./strict-json.ts";

export interface CheckedHeader {
  readonly kind: "header";
  readonly algorithm: JwtAlgorithm;
  readonly kid: string;
}

const KID = /^[\x20-\x7e]{1,255}$/;

// crit: an extension that we do not know (RFC 7515, 4.1.11). b64: another signing input (RFC 7797). cty: a token inside
// the token. enc, zip: encryption and compression, which a signed token has not.
const REFUSED_MEMBERS = ["crit", "b64", "cty", "enc", "zip"] as const;

const ACCESS_TOKEN_TYPES: ReadonlySet<string> = new Set(["at+jwt", "application/at+jwt"]);

/** Returns algorithm and key id, or refuses with `InvalidIdentityToken`. */
export function checkHeader(unverifiedHeader: JsonObject, issuer: IssuerConfig): CheckedHeader | Refusal {
  const refused = REFUSED_MEMBERS.find((member) => unverifiedHeader.has(member));
  if (refused !== undefined) {
    return refuse("InvalidIdentityToken", `the token's header has \`${refused}\`, which is not supported`);
  }
  const alg = unverifiedHeader.get("alg");
  const algorithm = issuer.algorithms.find((allowed) => allowed === alg);
  if (algorithm === undefined) {
    return refuse("InvalidIdentityToken", "the token's algorithm is not one configured for its issuer");
  }
  if (!isOfType(unverifiedHeader.get("typ"), issuer.token?.type ?? "jwt")) {
    return refuse("InvalidIdentityToken", "the token's `typ` is not the one configured for its issuer");
  }
  const kid = unverifiedHeader.get("kid");
  if (typeof kid !== "string" || !KID.test(kid)) {
    return refuse("InvalidIdentityToken", "the token's header names no key: `kid` is required");
  }
  return { kind: "header", algorithm, kid };
}

/** RFC 8725, 3.11: logout tokens, DPoP proofs and others differ from an identity only in `typ`. */
function isOfType(typ: JsonValue | undefined, type: "jwt" | "at+jwt"): boolean {
  if (typ === undefined) {
    return type === "jwt"; // EKS, Okta and Cognito send none
  }
  if (typeof typ !== "string") {
    return false;
  }
  return type === "jwt" ? typ.toUpperCase() === "JWT" : ACCESS_TOKEN_TYPES.has(typ.toLowerCase());
}
