// Builds the smallest world that policy needs: a deployment, an agent, calls, and bundles from policy texts.

import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type {
  AccessLevel,
  AwsCall,
  AwsResource,
  ParameterTree,
  RequiredAction,
} from "../../lambdas/model/aws-call.ts";
import type { ApproverGroup, Deployment } from "../../lambdas/model/deployment.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import type { Principal, Session } from "../../lambdas/model/principal.ts";
import { createPolicy, type Policy, type RequestContext } from "../../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../../lambdas/policy/policy-bundle.ts";
import { limitsSchema } from "../../lib/config-limits.ts";
import { iamActions } from "../../lib/iam-actions.ts";
import { factsOf } from "../../lib/policy-syntax.ts";

export { cedar };

export const ISSUER = "https://idp.example.com";
export const READER = "arn:aws:iam::111122223333:role/mcp-reader" as RoleArn;
export const ADMIN = "arn:aws:iam::111122223333:role/mcp-admin" as RoleArn;
export const USE_ROLES = `@id("use-roles") permit(principal, action == Countersign::Action::"AssumeRole", resource);`;

export const DEPLOYMENT: Deployment = {
  mode: "enforce",
  issuers: [
    {
      issuer: ISSUER,
      jwksUri: `${ISSUER}/jwks`,
      audience: "countersign",
      algorithms: ["RS256"],
      groupsClaim: "groups",
      claims: ["team", "teams"],
      capAtTokenExpiry: false,
    },
  ],
  agents: [],
  roles: [
    { arn: READER, externalId: "external-1" },
    { arn: ADMIN, externalId: "external-2" },
  ],
  resourceSets: [
    {
      name: "critical",
      arns: [
        "arn:aws:s3:::ledger",
        "arn:aws:s3:::ledger/*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/Ledger",
      ],
    },
    { name: "public", arns: ["arn:aws:s3:::site/*"] },
  ],
  sessionSeconds: 3600,
  retentionDays: 30,
  limits: limitsSchema.parse({}),
  readers: null,
  administrators: { issuer: "https://idp.example.com", group: "countersign-administrators" },
  detectors: [],
  approvals: {
    login: { issuer: ISSUER, clientId: "c", clientSecretArn: null, scopes: ["openid"], groupsClaim: null },
    people: [],
    groups: [approverGroup("ops"), approverGroup("prod-approvers"), approverGroup("security")],
    mailFrom: "gateway@example.com",
    slack: null,
  },
};

export function approverGroup(name: string): ApproverGroup {
  return { name, emails: [`${name}@example.com`], slackChannel: null, remindMinutes: 15, escalateTo: null };
}

export const CONTEXT: RequestContext = {
  sourceIp: "192.0.2.7",
  userAgent: "Boto3/1.40",
  now: 1_795_000_000,
  sessionOpenedAt: 1_794_999_000,
};

export function agent(groups: readonly string[] = [], claims: Principal["claims"] = {}): Principal {
  return { issuer: ISSUER, subject: "agent-1", groups, claims };
}

export function sessionOf(principal: Principal, role: RoleArn): Session {
  return {
    id: "AAAAAAAAAAAAAAAAAAAAAAAAAA" as Session["id"],
    principal,
    role,
    keyArn: "arn:aws:kms:eu-west-1:111122223333:key/k",
    sourceIp: CONTEXT.sourceIp,
    userAgent: CONTEXT.userAgent,
    openedAt: 1_794_999_000,
    expiresAt: 1_795_002_600,
  };
}

/** An exact ARN, or the literals of a pattern. */
type ResourceText = string | readonly string[];

export interface CallText {
  readonly operation?: string;
  readonly actions: Readonly<Record<string, readonly ResourceText[]>>;
  readonly parameters?: ParameterTree;
  readonly candidates?: readonly string[];
  readonly vendsCredentials?: boolean;
  readonly levels?: Readonly<Record<string, AccessLevel>>;
}

/** A call as recognition would give it; services and access levels come from the actions. */
export function callOf({
  operation,
  actions,
  parameters,
  candidates,
  vendsCredentials,
  levels,
}: CallText): AwsCall {
  const required = Object.entries(actions).map(([action, arns]): RequiredAction => {
    const [service = ""] = action.split(":");
    const accessLevel = levels?.[action] ?? iamActions(service).get(action);
    if (accessLevel === undefined) throw new Error(`no such action: ${action}`);
    return {
      action,
      accessLevel,
      resources: arns.map((arn) => resourceOf(service, arn)) as unknown as RequiredAction["resources"],
    };
  });
  const [first] = Object.keys(actions);
  const [service = "", name = ""] = (first ?? "").split(":");
  const own = { service, operation: operation ?? name };
  return {
    ...own,
    protocol: "json-1.0",
    signingName: service,
    region: "eu-west-1",
    partition: "aws",
    account: "111122223333",
    candidates: [own, ...(candidates ?? []).map((each) => ({ service, operation: each }))],
    actions: required as unknown as AwsCall["actions"],
    parameters: parameters ?? {},
    sensitiveParameters: [],
    idempotencyTokens: [],
    vendsCredentials: vendsCredentials ?? false,
    upstream: { method: "POST", host: "", path: "/", query: [], headers: [], body: new Uint8Array() },
  };
}

function resourceOf(service: string, text: ResourceText): AwsResource {
  const literals = (typeof text === "string" ? [text] : text) as AwsResource["literals"];
  const [, , , region = "", account = ""] = literals[0].split(":");
  return { literals, type: literals[0] === "" ? "" : "thing", service, account, region };
}

/** A bundle from texts that need not pass the checks of synth. Ids: `@id`, else `p<position from 0>`. */
export function bundleOf(...texts: readonly string[]): PolicyBundle {
  const policies = texts.map((text, index) => {
    const parsed = cedar.policyToJson(text);
    if (parsed.type === "failure") throw new Error(`${text}: ${parsed.errors[0]?.message}`);
    const annotations = parsed.json.annotations ?? {};
    return {
      id: annotations.id ?? `p${index}`,
      text,
      file: "test.cedar",
      annotations,
      facts: factsOf(parsed.json),
    };
  });
  return { version: "test", schema: {}, policies, warnings: [] };
}

/** A policy of these texts, under which every role may be used. */
export function policyOf(...texts: readonly string[]): Policy {
  return createPolicy(bundleOf(USE_ROLES, ...texts), DEPLOYMENT, cedar);
}

export interface Asking {
  readonly principal?: Principal;
  readonly role?: RoleArn;
  readonly context?: Partial<RequestContext>;
}

export function decide(
  policy: Policy,
  call: AwsCall,
  { principal = agent(), role = READER, context }: Asking = {},
) {
  const session = sessionOf(principal, role);
  return policy.decideCall({ principal, role, session, call, context: { ...CONTEXT, ...context } });
}
