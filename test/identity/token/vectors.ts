// All attacks on a token as one table, and the way to run it against any build of the verifier, a weakened one included.

import type { TokenVerifier } from "../../../lambdas/identity/token/token-verifier.ts";
import type { IssuerConfig } from "../../../lambdas/model/deployment.ts";
import type { RefusalCode } from "../../../lambdas/model/refusal.ts";
import { documentOf, ISSUER_CONFIG, NOW, withClaims, withHeader, withRules } from "./issue.ts";
import { CLAIMS_ACCEPTED, CLAIMS_VECTORS } from "./vectors-claims.ts";
import { HEADER_ACCEPTED, HEADER_VECTORS } from "./vectors-header.ts";
import { PRINCIPAL_ACCEPTED, PRINCIPAL_VECTORS } from "./vectors-principal.ts";
import { SIGNATURE_ACCEPTED, SIGNATURE_VECTORS } from "./vectors-signature.ts";
import { TEXT_ACCEPTED, TEXT_VECTORS } from "./vectors-text.ts";

/** One attack. All else about its token is right, so that only the defence named stands in its way. */
export interface Vector {
  readonly attack: string;
  readonly token: string;
  readonly code: RefusalCode;
  /** The issuer's configuration, where it is not the usual one. */
  readonly issuer?: IssuerConfig;
  /** Further issuers of the deployment. */
  readonly others?: readonly IssuerConfig[];
}

export const VECTORS: readonly Vector[] = [
  ...TEXT_VECTORS,
  ...HEADER_VECTORS,
  ...SIGNATURE_VECTORS,
  ...CLAIMS_VECTORS,
  ...PRINCIPAL_VECTORS,
];

interface Accepted {
  readonly what: string;
  readonly token: string;
  readonly issuer: IssuerConfig;
}

/** Tokens that must pass, or the table above would prove nothing. */
export const ACCEPTED: readonly Accepted[] = [
  ...[...TEXT_ACCEPTED, ...HEADER_ACCEPTED, ...SIGNATURE_ACCEPTED, ...CLAIMS_ACCEPTED].map(
    ([what, token]) => ({
      what,
      token,
      issuer: ISSUER_CONFIG,
    }),
  ),
  ...PRINCIPAL_ACCEPTED.map(([what, token, issuer]) => ({ what, token, issuer })),
  {
    what: "an access token where they are configured",
    token: withHeader({ typ: "at+jwt" }),
    issuer: withRules({ type: "at+jwt" }),
  },
  {
    what: "a configured authorised party",
    token: withClaims({ azp: "agent-a" }),
    issuer: withRules({ authorizedParties: ["agent-a"] }),
  },
  {
    what: "client_id as audience",
    token: withClaims({ aud: undefined, client_id: "countersign" }),
    issuer: withRules({ audienceClaim: "client_id" }),
  },
  {
    what: "client_id of a configured party",
    token: withClaims({ aud: undefined, client_id: "agent-a" }),
    issuer: withRules({ audienceClaim: "client_id", authorizedParties: ["agent-a"] }),
  },
  {
    what: "client_id and aud as audience",
    token: withClaims({ client_id: "countersign" }),
    issuer: withRules({ audienceClaim: "client_id" }),
  },
];

export type CreateTokenVerifier = (options: {
  readonly issuers: readonly IssuerConfig[];
  readonly fetcher: { readonly fetch: (uri: string) => Promise<Uint8Array> };
  readonly now: () => number;
}) => TokenVerifier;

/** Returns a function that says what a build of the verifier makes of a token; one verifier per set of issuers. */
export function judge(
  create: CreateTokenVerifier,
): (token: string, issuers: readonly IssuerConfig[]) => Promise<string> {
  const verifiers = new Map<string, TokenVerifier>();
  return async (token, issuers) => {
    const configuration = JSON.stringify(issuers);
    const fetcher = { fetch: async (uri: string) => documentOf(uri) };
    const verifier = verifiers.get(configuration) ?? create({ issuers, fetcher, now: () => NOW });
    verifiers.set(configuration, verifier);
    try {
      const verdict = await verifier.verify(token);
      return verdict.kind === "verified" ? "verified" : verdict.code;
    } catch {
      return "threw";
    }
  };
}

export function issuersOf(vector: Vector): readonly IssuerConfig[] {
  return [vector.issuer ?? ISSUER_CONFIG, ...(vector.others ?? [])];
}
