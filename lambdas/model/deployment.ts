// The configuration of one deployment, as lib/config.ts parsed it from cdk.json and the bundle carries it.

import type { RoleArn } from "./ids.ts";

export type JwtAlgorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512" | "EdDSA";

export interface IssuerConfig {
  /** `iss`, byte for byte. */
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audience: string;
  readonly algorithms: readonly [JwtAlgorithm, ...JwtAlgorithm[]];
  /** The claim that holds the groups, or `null` where the issuer sends none. */
  readonly groupsClaim: string | null;
  /** Claims that policy may read under `context.claims`. */
  readonly claims: readonly string[];
  /** True ends the session with the token; false (default) lets it live for `sessionSeconds`. */
  readonly capAtTokenExpiry: boolean;
}

export interface AgentConfig {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  /** The person who answers for the agent. */
  readonly owner: string;
  readonly team: string | null;
}

export interface RoleConfig {
  readonly arn: RoleArn;
  readonly externalId: string;
}

export interface ResourceSetConfig {
  readonly name: string;
  /** ARNs; a `*` at the end means "everything that begins with this". */
  readonly arns: readonly string[];
}

export interface Deployment {
  readonly issuers: readonly [IssuerConfig, ...IssuerConfig[]];
  readonly agents: readonly AgentConfig[];
  readonly roles: readonly [RoleConfig, ...RoleConfig[]];
  readonly resourceSets: readonly ResourceSetConfig[];
  readonly sessionSeconds: number;
  readonly retentionDays: number;
}
