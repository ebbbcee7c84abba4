// Decides whether the claims of a token, whose signature holds, are meant for us and for now. Trusts the configuration
// and the clock it is given. Who the claims speak of is token-principal.ts's.

import type { IssuerConfig } from "../../model/deployment.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { JsonObject, JsonValue } from "./strict-json.ts";

/** For issuers whose clock is ahead of ours. Expiry has no leeway: our clock is the judge of it. */
const LEEWAY_SECONDS = 60;
/** A token that lives longer is a password. Kubernetes' longest, for compatibility, is a year. */
const MAX_LIFETIME_SECONDS = 366 * 86_400;

export interface CheckedClaims {
  readonly kind: "claims";
  readonly subject: string;
  /** Epoch seconds: the first second at which the token is over. */
  readonly expiresAt: number;
}

// OpenID Connect Core, section 2: at most 255 ASCII characters. No control characters, so that a record stays one line.
const SUBJECT = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** `now` in epoch seconds. Refuses with `ExpiredTokenException` for a token that is over, else `InvalidIdentityToken`. */
export function checkClaims(claims: JsonObject, issuer: IssuerConfig, now: number): CheckedClaims | Refusal {
  if (claims.get("iss") !== issuer.issuer) {
    return bad("the token's issuer is not configured here");
  }
  const subject = claims.get("sub");
  if (typeof subject !== "string" || !SUBJECT.test(subject)) {
    return bad("the token has no `sub` of 1 to 255 printable ascii characters");
  }
  if (!isForUs(claims, issuer)) {
    return bad(`the token is not for the audience \`${issuer.audience}\` alone: request one that is`);
  }
  if (!isAuthorizedParty(claims.get("azp"), subject, issuer)) {
    return bad("the token was issued to a party (`azp`) that is not configured for its issuer");
  }
  const expiresAt = checkTimes(claims, now);
  if (typeof expiresAt !== "number") {
    return expiresAt;
  }
  const refusal = refusalOfKind(claims, issuer);
  return refusal ?? { kind: "claims", subject, expiresAt };
}

function isForUs(claims: JsonObject, issuer: IssuerConfig): boolean {
  const name = issuer.token?.audienceClaim ?? "aud";
  const aud = claims.get("aud");
  if (name === "client_id") {
    // A token with an audience of its own is meant for that one.
    return isOneOf(claims.get("client_id"), issuer) && (aud === undefined || isOnly(aud, issuer.audience));
  }
  return isOnly(aud, issuer.audience);
}

/** With several audiences, each of them could show the token to us (RFC 8725, 3.9): exactly one. */
function isOnly(aud: JsonValue | undefined, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.length === 1 && aud[0] === audience);
}

/** A party that shows a token about itself needs no configuration; any other that is not the audience does. */
function isAuthorizedParty(azp: JsonValue | undefined, subject: string, issuer: IssuerConfig): boolean {
  return azp === undefined || azp === subject || isOneOf(azp, issuer);
}

function isOneOf(party: JsonValue | undefined, issuer: IssuerConfig): boolean {
  const parties = [issuer.audience, ...(issuer.token?.authorizedParties ?? [])];
  return typeof party === "string" && parties.includes(party);
}

function checkTimes(claims: JsonObject, now: number): number | Refusal {
  const exp = numericDate(claims.get("exp"));
  const iat = numericDate(claims.get("iat"));
  const nbf = claims.has("nbf") ? numericDate(claims.get("nbf")) : iat;
  if (exp === undefined || iat === undefined || nbf === undefined) {
    return bad("the token must have `exp` and `iat`, and `nbf` if present, as whole seconds");
  }
  if (now >= exp) {
    return refuse("ExpiredTokenException", "the token has expired: get a new one from its issuer");
  }
  if (iat > now + LEEWAY_SECONDS || nbf > now + LEEWAY_SECONDS) {
    return bad("the token is not valid yet: check its issuer's clock");
  }
  if (exp <= iat || exp <= nbf || exp - iat > MAX_LIFETIME_SECONDS) {
    return bad("the token's lifetime is empty or over a year: have its issuer make it shorter");
  }
  return exp;
}

function numericDate(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function refusalOfKind(claims: JsonObject, issuer: IssuerConfig): Refusal | undefined {
  if (claims.has("events")) {
    return bad("the token is a logout or security event, not an identity"); // OIDC Back-Channel Logout, 2.4
  }
  if (claims.has("cnf")) {
    return bad("the token is bound to a key (`cnf`): have its issuer send a bearer token"); // RFC 7800, 9449, 8705
  }
  const jti = claims.get("jti");
  if (jti !== undefined && typeof jti !== "string") {
    return bad("the token's `jti` is not a string");
  }
  const required = Object.entries(issuer.token?.requiredClaims ?? {});
  if (!required.every(([name, value]) => claims.get(name) === value)) {
    return bad("the token lacks a claim that the configuration of its issuer requires");
  }
  return undefined;
}

function bad(message: string): Refusal {
  return refuse("InvalidIdentityToken", message);
}
