// Issues test tokens: well-formed by default, and wrong in exactly the one way that a vector asks for.

import type { IssuerConfig, TokenRules } from "../../../lambdas/model/deployment.ts";
import { BAD_KEYS, jwksDocument, KEYS, publicJwk, signatureOf, type TestKey } from "./keys.ts";

/** The time of every vector, in epoch seconds. The machine's clock plays no part. */
export const NOW = 1_800_000_000;
export const ISSUER = "https://idp.example.com/realms/agents";
export const OTHER_ISSUER = "https://idp.example.com/realms/other";
const AUDIENCE = "countersign";
const JWKS_URI = "https://idp.example.com/realms/agents/keys";
export const OTHER_JWKS_URI = "https://idp.example.com/realms/other/keys";

const STRICT_DEFAULTS: TokenRules = {
  type: null,
  audienceClaim: null,
  authorizedParties: null,
  subjects: null,
  requiredClaims: null,
  groupsForm: null,
};

export const ISSUER_CONFIG: IssuerConfig = {
  issuer: ISSUER,
  jwksUri: JWKS_URI,
  audience: AUDIENCE,
  algorithms: ["RS256", "ES256", "ES384", "ES512", "EdDSA"],
  groupsClaim: "groups",
  claims: ["team", "level", "email", "constructor", "__proto__"],
  capAtTokenExpiry: false,
};

export function withRules(rules: Partial<TokenRules>): IssuerConfig {
  return { ...ISSUER_CONFIG, token: { ...STRICT_DEFAULTS, ...rules } };
}

type Members = Readonly<Record<string, unknown>>;

export const HEADER: Members = { alg: "RS256", typ: "JWT", kid: "rsa-1" };
export const CLAIMS: Members = {
  iss: ISSUER,
  sub: "agent-7f3a",
  aud: AUDIENCE,
  iat: NOW - 10,
  nbf: NOW - 10,
  exp: NOW + 300,
  jti: "c0ffee",
  groups: ["readers", "payments"],
  team: "payments",
};

export function base64url(bytes: string | Buffer): string {
  return Buffer.from(bytes).toString("base64url");
}

/** Signs the two segments as they are, whatever they hold. */
export function signSegments(header: string, payload: string, key: TestKey = KEYS.rsa, alg?: string): string {
  return `${header}.${payload}.${base64url(signatureOf(`${header}.${payload}`, key, alg))}`;
}

/** Signs two texts as header and claims. */
export function signTexts(header: string | Buffer, payload: string | Buffer, key?: TestKey): string {
  return signSegments(base64url(header), base64url(payload), key);
}

/** A good token but for these claims; a member that is `undefined` is left out. */
export function withClaims(claims: Members): string {
  return signTexts(JSON.stringify(HEADER), JSON.stringify({ ...CLAIMS, ...claims }));
}

/** A good token whose claims have this JSON text in place of the last brace. */
export function withClaimsText(tail: string): string {
  return signTexts(JSON.stringify(HEADER), `${JSON.stringify(CLAIMS).slice(0, -1)}${tail}`);
}

/** A good token but for these header members. */
export function withHeader(header: Members, key: TestKey = KEYS.rsa, alg?: string): string {
  const segment = base64url(JSON.stringify({ ...HEADER, ...header }));
  return signSegments(segment, base64url(JSON.stringify(CLAIMS)), key, alg);
}

/** Everything but the signature, for vectors that make their own. */
export function unsigned(header: Members, claims: Members = CLAIMS): string {
  return `${base64url(JSON.stringify({ ...HEADER, ...header }))}.${base64url(JSON.stringify(claims))}`;
}

export function goodToken(): string {
  return withClaims({});
}

const DOCUMENTS: Readonly<Record<string, Buffer>> = {
  [JWKS_URI]: jwksDocument(),
  // The same kid as ours, with another key: keys belong to an issuer, not to a name.
  [OTHER_JWKS_URI]: Buffer.from(
    JSON.stringify({ keys: [publicJwk(BAD_KEYS.otherIssuer), publicJwk(BAD_KEYS.attacker)] }),
  ),
};

/** The documents that the issuers of the vectors publish. */
export function documentOf(uri: string): Buffer {
  return DOCUMENTS[uri] ?? Buffer.alloc(0);
}
