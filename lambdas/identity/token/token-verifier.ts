// Decides who a token speaks of. Trusts the configuration, the issuers' keys and the clock it is given; every byte of the
// token is caller-controlled. Rate limits stand before this, revocation and policy behind.

import type { IssuerConfig } from "../../model/deployment.ts";
import type { Principal } from "../../model/principal.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import { createKeyring, type JwksFetcher, type Keyring } from "./keyring.ts";
import { checkClaims } from "./token-claims.ts";
import { checkHeader } from "./token-header.ts";
import { principalOf } from "./token-principal.ts";
import { createSignatureVerifier, type SignatureVerifier } from "./token-signature.ts";
import { parseTokenText, type UnverifiedToken } from "./token-text.ts";

export { type JwksFetcher, JwksUnavailable } from "./keyring.ts";

export interface VerifiedToken {
  readonly kind: "verified";
  readonly principal: Principal;
  /** Epoch seconds: the first second at which the token is over. */
  readonly expiresAt: number;
}

export interface TokenVerifier {
  /**
   * Verifies a token. Refuses with `InvalidIdentityToken` (bad, or of nobody we know), `ExpiredTokenException`, or
   * `IDPCommunicationError` (its issuer's keys cannot be had). No message holds token text or a claim's value.
   */
  verify(unverifiedToken: string): Promise<VerifiedToken | Refusal>;
}

interface Issuer {
  readonly config: IssuerConfig;
  readonly keyring: Keyring;
  readonly signatures: SignatureVerifier;
}

/** `now` gives epoch seconds. Throws when one issuer is configured twice. */
export function createTokenVerifier(options: {
  readonly issuers: readonly IssuerConfig[];
  readonly fetcher: JwksFetcher;
  readonly now: () => number;
}): TokenVerifier {
  const issuers = wireIssuers(options);
  return {
    async verify(unverifiedToken) {
      const token = parseTokenText(unverifiedToken);
      if (token.kind === "refused") {
        return token;
      }
      // Byte-equal: no case, slash or port makes two issuers one.
      const claimedIssuer = token.unverifiedPayload.get("iss");
      const issuer = typeof claimedIssuer === "string" ? issuers.get(claimedIssuer) : undefined;
      if (issuer === undefined) {
        return refuse(
          "InvalidIdentityToken",
          "the token's issuer is not configured here: use one of this deployment's identity providers",
        );
      }
      return verifyWith(issuer, token, options.now);
    },
  };
}

async function verifyWith(
  issuer: Issuer,
  token: UnverifiedToken,
  now: () => number,
): Promise<VerifiedToken | Refusal> {
  const header = checkHeader(token.unverifiedHeader, issuer.config);
  if (header.kind === "refused") {
    return header;
  }
  const found = await issuer.keyring.find(header.kid);
  if (found.kind === "refused") {
    return found;
  }
  const signatureRefusal = issuer.signatures.refusalOf(token, header, found.key);
  if (signatureRefusal !== undefined) {
    return signatureRefusal;
  }
  // INVARIANT: from here on the payload is what the issuer signed. No claim but `iss` was used before.
  const claims = checkClaims(token.unverifiedPayload, issuer.config, now());
  if (claims.kind === "refused") {
    return claims;
  }
  const made = principalOf(token.unverifiedPayload, claims.subject, issuer.config);
  return made.kind === "refused"
    ? made
    : { kind: "verified", principal: made.principal, expiresAt: claims.expiresAt };
}

/** Keys are found by (issuer, kid): an issuer's tokens meet the keys of its own address only. */
function wireIssuers(options: {
  readonly issuers: readonly IssuerConfig[];
  readonly fetcher: JwksFetcher;
  readonly now: () => number;
}): ReadonlyMap<string, Issuer> {
  const { fetcher, now } = options;
  const keyrings = new Map<string, Keyring>();
  const issuers = new Map<string, Issuer>();
  for (const config of options.issuers) {
    if (issuers.has(config.issuer)) {
      throw new Error(`issuer \`${config.issuer}\` is configured twice`);
    }
    const keyring = keyrings.get(config.jwksUri) ?? createKeyring({ uri: config.jwksUri, fetcher, now });
    keyrings.set(config.jwksUri, keyring);
    issuers.set(config.issuer, { config, keyring, signatures: createSignatureVerifier(config) });
  }
  return issuers;
}
