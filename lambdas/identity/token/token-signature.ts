// Decides whether a signature holds, by aws-jwt-verify, which sees one token and the one key that was chosen for it.
// The library is also a second lock on issuer and audience. Time is not its business: it reads the machine's clock, while
// token-claims.ts checks with the clock it is given and is stricter.

import { JwtVerifier } from "aws-jwt-verify";
import { JwtInvalidAudienceError } from "aws-jwt-verify/error";
import type { IssuerConfig } from "../../model/deployment.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { VerificationKey } from "./jwks-document.ts";
import type { CheckedHeader } from "./token-header.ts";
import type { UnverifiedToken } from "./token-text.ts";

const NO_LIBRARY_TIME_CHECK = Number.MAX_SAFE_INTEGER;

export interface SignatureVerifier {
  /** Returns `undefined` when the signature over the token's text holds under the key, else `InvalidIdentityToken`. */
  refusalOf(token: UnverifiedToken, header: CheckedHeader, key: VerificationKey): Refusal | undefined;
}

export function createSignatureVerifier(issuer: IssuerConfig): SignatureVerifier {
  // One library verifier per key object: it caches parsed keys by kid alone, which would outlive a key replaced in place.
  const verifiers = new WeakMap<VerificationKey, { verifySync(token: string): unknown }>();

  function verifierOf(key: VerificationKey): { verifySync(token: string): unknown } {
    const existing = verifiers.get(key);
    if (existing !== undefined) {
      return existing;
    }
    const verifier = createLibraryVerifier(issuer, key);
    verifiers.set(key, verifier);
    return verifier;
  }

  return {
    refusalOf(token, header, key) {
      // The library would verify RS256 with an EC key, and ES256 on any curve.
      if (!key.algorithms.includes(header.algorithm)) {
        return refuse("InvalidIdentityToken", "the token's algorithm does not fit the key that it names");
      }
      if (token.signature.length !== key.signatureBytes) {
        return refuse("InvalidIdentityToken", "the token's signature has not the length of its algorithm");
      }
      try {
        verifierOf(key).verifySync(token.text);
        return undefined;
      } catch (error) {
        // Whatever it throws, the token is not verified: a signed nbf of 1e308 makes it throw a RangeError, for one.
        // The error's own text holds claim values: it goes nowhere.
        return refuse("InvalidIdentityToken", sentenceOf(error, issuer));
      }
    },
  };
}

function sentenceOf(error: unknown, issuer: IssuerConfig): string {
  return error instanceof JwtInvalidAudienceError
    ? `the token is for another audience: request one for \`${issuer.audience}\``
    : "the token's signature does not hold: get a new one from its issuer";
}

function createLibraryVerifier(issuer: IssuerConfig, key: VerificationKey) {
  const verifier = JwtVerifier.create({
    issuer: issuer.issuer,
    audience: (issuer.token?.audienceClaim ?? "aud") === "aud" ? issuer.audience : null,
    jwksUri: issuer.jwksUri,
    graceSeconds: NO_LIBRARY_TIME_CHECK,
    includeRawJwtInErrors: false,
  });
  verifier.cacheJwks({ keys: [{ ...key.jwk }] });
  return verifier;
}
