// The configuration of one deployment, as lib/config.ts parsed it from cdk.json and the bundle carries it.

import type { RoleArn } from "./ids.ts";
import type { Limits } from "./limits.ts";

export type JwtAlgorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512" | "EdDSA";

/** What a token of one issuer must show beyond the standard claims. A rule that is `null` takes its strict default. */
export interface TokenRules {
  /** The `typ` header. `jwt` (default): `JWT` or none. `at+jwt`: only access tokens of RFC 9068. */
  readonly type: "jwt" | "at+jwt" | null;
  /** The claim that equals `audience`: `aud` (default), or `client_id` for Cognito's access tokens without `aud`. */
  readonly audienceClaim: "aud" | "client_id" | null;
  /** Values of `azp` (and of `client_id`, where that is the audience) to accept besides the audience; `null`: none. */
  readonly authorizedParties: readonly string[] | null;
  /** Subjects that may come: exact, or with one `*` at the end; `null`: every subject of this issuer. */
  readonly subjects: readonly [string, ...string[]] | null;
  /** Claims that must be there with exactly this value, e.g. `{ "token_use": "access" }`; `null`: none. */
  readonly requiredClaims: Readonly<Record<string, string | boolean>> | null;
  /** How the groups claim is written: `array` of strings (default), or one string parted by `spaces`. */
  readonly groupsForm: "array" | "spaces" | null;
}

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
  /** `null` or absent: every rule takes its strict default. */
  readonly token?: TokenRules | null;
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

/** Who reads the records by the API, and how they sign in: a public client of an OIDC provider, code and PKCE. */
export interface ReadersConfig {
  /** `iss`, byte for byte. */
  readonly issuer: string;
  readonly jwksUri: string;
  /** The client that people sign in with: the audience of their ID tokens, and of no agent's token. */
  readonly clientId: string;
  readonly algorithms: readonly [JwtAlgorithm, ...JwtAlgorithm[]];
  /** The claim of the ID token with the person's groups, or `null` where the provider sends none. */
  readonly groupsClaim: string | null;
  /** Whoever is in one of these groups sees all records. */
  readonly auditors: readonly string[];
}

/** How approvers sign in: an OIDC provider with the authorization code flow and PKCE. */
export interface LoginConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** The secret in Secrets Manager that holds the client secret; `null` for a public client. */
  readonly clientSecretArn: string | null;
  readonly scopes: readonly string[];
  /** The claim of the ID token with the approver's groups; `null` where membership is configured below only. */
  readonly groupsClaim: string | null;
}

/** Ties the logins of one human together. People who are not listed vote under their one login. */
export interface PersonConfig {
  /** Also what `owner` of an agent names. */
  readonly name: string;
  readonly identities: readonly { readonly issuer: string; readonly subject: string }[];
  /** Slack's member id (`U...`), or `null`. */
  readonly slackUser: string | null;
  readonly groups: readonly string[];
}

export interface ApproverGroup {
  readonly name: string;
  readonly emails: readonly string[];
  /** Slack's channel id (`C...`), or `null`. */
  readonly slackChannel: string | null;
  /** Minutes without a decision after which the group is told again; 1 to 1440. */
  readonly remindMinutes: number;
  /** The group that may decide too, and is told, after the first reminder went unheard; `null`: none. */
  readonly escalateTo: string | null;
}

export interface ApprovalsConfig {
  readonly login: LoginConfig;
  readonly people: readonly PersonConfig[];
  readonly groups: readonly [ApproverGroup, ...ApproverGroup[]];
  /** The verified SES identity that mails come from; `null`: no mail. */
  readonly mailFrom: string | null;
  /** `null`: no Slack. The secret holds `{"botToken": "xoxb-...", "signingSecret": "..."}`. */
  readonly slack: { readonly teamId: string; readonly appId: string; readonly secretArn: string } | null;
}

/** `observe` lets calls pass that the policies deny, and records what would have been decided (flow/decide.ts). */
export type Mode = "enforce" | "observe";

export interface Deployment {
  readonly mode: Mode;
  readonly issuers: readonly [IssuerConfig, ...IssuerConfig[]];
  readonly agents: readonly AgentConfig[];
  readonly roles: readonly [RoleConfig, ...RoleConfig[]];
  readonly resourceSets: readonly ResourceSetConfig[];
  readonly sessionSeconds: number;
  readonly retentionDays: number;
  readonly limits: Limits;
  /** `null`: nobody reads records or gives orders by the API. */
  readonly readers: ReadersConfig | null;
  /** Who may ask and order for everybody: people of this issuer with this group. */
  readonly administrators: { readonly issuer: string; readonly group: string };
  /** Patterns of the deployment's own that look at every answer (masking/detectors/custom.ts). */
  readonly detectors: readonly { readonly name: string; readonly pattern: string }[];
  /** `null`: nobody can approve, and what a policy holds is refused. */
  readonly approvals: ApprovalsConfig | null;
}
