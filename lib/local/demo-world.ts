// The world of the first run: a deployment's configuration, a target account with two roles, and what lies in it.
// Everything is made up for one machine; the account numbers are those of AWS's own examples.

import type { Mode } from "../../lambdas/model/deployment.ts";
import type { PolicyDocument, RoleSpec, SmallAws } from "./aws/contract.ts";
import { secretArn } from "./aws/secrets-manager.ts";
import { ADMINISTRATORS, DEMO_ADMIN, demoReaders } from "./demo-readers.ts";
import type { LocalIssuer } from "./issuer.ts";
import { rolesOfTarget } from "./target-account.ts";

export const REGION = "eu-west-1";
export const GATEWAY_ACCOUNT = "111122223333";
export const TARGET_ACCOUNT = "444455556666";
export const AUDIENCE = "countersign";

export interface DemoAgent {
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export const REPORTS_AGENT: DemoAgent = {
  subject: "mcp-server-reports",
  name: "Reports MCP server",
  groups: ["mcp-readers", "mcp-writers"],
};

/** What it deletes is held until a person of `prod-approvers` decides. */
export const CLEANUP_AGENT: DemoAgent = {
  subject: "mcp-server-cleanup",
  name: "Cleanup MCP server",
  groups: ["mcp-readers", "mcp-maintainers"],
};

export const DEMO_AGENTS: readonly DemoAgent[] = [REPORTS_AGENT, CLEANUP_AGENT];

/** Answers for the agents: she may sign in, and decides about nothing that they ask. */
const OWNER = { subject: "owner@example.com", name: "Olga Owner", groups: [], slackUser: null };

/** Who signs in at the approvers' pages on this machine. */
export const DEMO_PEOPLE = [
  { subject: "ana", name: "Ana Approver", groups: [], slackUser: "U0ANA0001" },
  { subject: "ben", name: "Ben Approver", groups: [], slackUser: "U0BEN0001" },
  { subject: "eve", name: "Eve Oncall", groups: [], slackUser: null },
  OWNER,
  DEMO_ADMIN,
] as const;
export const APPROVERS_CLIENT = "countersign-approvals";
export const SLACK_SECRET = {
  name: "countersign/slack",
  botToken: "xoxb-local-0000000000",
  signingSecret: "local-signing-secret-0000",
};

const SLACK_APP = { teamId: "T0LOCAL01", appId: "A0LOCAL01" };
/** Who decides in unattended runs, by Slack. */
export const DEMO_APPROVER = {
  name: "Ana Approver",
  slack: { ...SLACK_APP, signingSecret: SLACK_SECRET.signingSecret, user: "U0ANA0001" },
};

export const READER_ROLE = roleArn("mcp-reader");
export const ADMIN_ROLE = roleArn("mcp-admin");
export const OPERATOR_ROLE = `arn:aws:iam::${GATEWAY_ACCOUNT}:role/records-reader`;

/** What cdk.json has under `countersign`, for a deployment on this machine. */
export function demoConfig({
  issuer,
  jwksUri,
  audience,
  mode = "enforce",
}: Pick<LocalIssuer, "issuer" | "jwksUri" | "audience"> & { readonly mode?: Mode }): unknown {
  return {
    mode,
    issuers: [
      {
        issuer,
        jwksUri,
        audience,
        algorithms: ["RS256"],
        groupsClaim: "groups",
        claims: [],
        token: { type: "at+jwt" },
      },
    ],
    agents: DEMO_AGENTS.map(({ subject, name }) => ({
      issuer,
      subject,
      name,
      owner: OWNER.name,
      team: null,
    })),
    roles: [
      { arn: READER_ROLE, externalId: EXTERNAL_ID },
      { arn: ADMIN_ROLE, externalId: EXTERNAL_ID },
    ],
    resourceSets: [{ name: "critical", arns: ["arn:aws:s3:::ledger", "arn:aws:s3:::ledger/*"] }],
    administrators: { issuer, group: ADMINISTRATORS },
    readers: demoReaders({ issuer, jwksUri }),
    approvals: demoApprovals(issuer),
    domain: null,
    limits: ONE_MACHINE,
  };
}

function demoApprovals(issuer: string): unknown {
  const GROUPS: Readonly<Record<string, readonly string[]>> = {
    eve: ["prod-oncall"],
    [DEMO_ADMIN.subject]: [],
  };
  const groupsOf = (subject: string): readonly string[] => GROUPS[subject] ?? ["prod-approvers"];
  return {
    login: { issuer, clientId: APPROVERS_CLIENT, clientSecretArn: null, groupsClaim: null },
    people: DEMO_PEOPLE.map(({ subject, name, slackUser }) => ({
      name,
      identities: [{ issuer, subject }],
      slackUser,
      groups: groupsOf(subject),
    })),
    groups: [
      {
        name: "prod-approvers",
        emails: ["prod-approvers@example.com"],
        slackChannel: "C0PROD001",
        remindMinutes: 15,
        escalateTo: "prod-oncall",
      },
      { name: "prod-oncall", emails: ["prod-oncall@example.com"] },
    ],
    mailFrom: "countersign@example.com",
    slack: {
      ...SLACK_APP,
      secretArn: secretArn(GATEWAY_ACCOUNT, REGION, SLACK_SECRET.name),
    },
  };
}

/** What an operator fills in by hand: the secrets of the Slack app. */
export function seedGatewayAccount({ seed }: SmallAws): void {
  const { name, botToken, signingSecret } = SLACK_SECRET;
  seed.secret(GATEWAY_ACCOUNT, { name, value: JSON.stringify({ botToken, signingSecret }) });
}

/** One process here stands for a fleet of instances, and one address for everybody: a load test must not meet them. */
const ONE_MACHINE = {
  exchangesPerMinutePerSource: 60_000,
  exchangesPerMinutePerIssuer: 60_000,
  failuresPerMinutePerSource: 60_000,
  callsPerSecondPerAgent: 10_000,
  callBurstPerAgent: 100_000,
  callsPerSecondPerSession: 10_000,
  callBurstPerSession: 100_000,
  refusalRecordsPerMinutePerSource: 60_000,
  refusalRecordsPerMinute: 60_000,
};

/** The two roles of the target account, by the stack that a target account deploys. */
export function targetRoles(): readonly RoleSpec[] {
  return rolesOfTarget(demoTarget(), { account: TARGET_ACCOUNT, region: REGION });
}

export interface OperatorPlaces {
  readonly sessionsTable: string;
  readonly stateTable: string;
  readonly machineArn: string;
  readonly checkpointBucket: string;
  readonly checkpointKeyArn: string;
}

/**
 * Who reads records and approvals, forbids in an emergency and restarts what a stop of this machine left open: in a real
 * account, people with credentials of their own.
 */
export function operatorRole(places: OperatorPlaces): RoleSpec {
  const { sessionsTable, stateTable, machineArn, checkpointBucket, checkpointKeyArn } = places;
  const table = (name: string): string => `arn:aws:dynamodb:${REGION}:${GATEWAY_ACCOUNT}:table/${name}`;
  const read = {
    Effect: "Allow",
    Action: ["dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem"],
    Resource: [table(sessionsTable), `${table(sessionsTable)}/index/*`],
  };
  const bucket = `arn:aws:s3:::${checkpointBucket}`;
  const sealed = {
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [bucket, `${bucket}/*`],
  };
  const key = { Effect: "Allow", Action: "kms:GetPublicKey", Resource: checkpointKeyArn };
  const order = {
    Effect: "Allow",
    Action: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"],
    Resource: table(stateTable),
  };
  const inbox = {
    Effect: "Allow",
    Action: "dynamodb:Query",
    Resource: `${table(stateTable)}/index/inbox`,
  };
  const resume = { Effect: "Allow", Action: "states:StartExecution", Resource: machineArn };
  const decrypt = {
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: `arn:aws:kms:${REGION}:${GATEWAY_ACCOUNT}:key/*`,
    Condition: { StringEquals: { "kms:ViaService": `dynamodb.${REGION}.amazonaws.com` } },
  };
  return {
    arn: OPERATOR_ROLE,
    trust: policy([TRUST_OWN_ACCOUNT]),
    policies: [policy([read, sealed, key, order, inbox, resume, decrypt])],
  };
}

const TRUST_OWN_ACCOUNT = {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${GATEWAY_ACCOUNT}:root` },
  Action: "sts:AssumeRole",
};

function policy(Statement: readonly PolicyDocument[]): PolicyDocument {
  return { Version: "2012-10-17", Statement };
}

function demoTarget(): unknown {
  const allow = (Action: string[], Resource: string[]): PolicyDocument => ({
    Effect: "Allow",
    Action,
    Resource,
  });
  return {
    gatewayAccount: GATEWAY_ACCOUNT,
    account: TARGET_ACCOUNT,
    region: REGION,
    roles: [
      {
        name: "mcp-reader",
        externalId: EXTERNAL_ID,
        statements: [
          allow(
            ["s3:*", "dynamodb:*", "secretsmanager:*", "ssm:*", "iam:List*", "iam:Get*", "tag:GetResources"],
            ["*"],
          ),
          allow(["kms:Decrypt", "kms:GenerateDataKey"], [KEY.arn]),
        ],
      },
      { name: "mcp-admin", externalId: EXTERNAL_ID, statements: [allow(["*"], ["*"])] },
    ],
  };
}

const EXTERNAL_ID = "countersign-local";
const KEY_ID = "0f3c8a52-6b1d-4e7f-9a3b-2c5d8e1f4a70";
const KEY = { keyId: KEY_ID, arn: `arn:aws:kms:${REGION}:${TARGET_ACCOUNT}:key/${KEY_ID}` };

/** Puts the first run's data into the target account. What agents changed is put back. */
export async function seedTargetAccount({ seed }: SmallAws): Promise<void> {
  seed.key(TARGET_ACCOUNT, KEY);
  seed.bucket(TARGET_ACCOUNT, {
    name: "reports",
    objects: [
      { key: "2026/q2.csv", body: "region,revenue\nnorth,118\nsouth,97\n", contentType: "text/csv" },
      { key: "2026/q3.csv", body: "region,revenue\nnorth,124\nsouth,103\n", contentType: "text/csv" },
    ],
  });
  seed.bucket(TARGET_ACCOUNT, {
    name: "vault",
    kmsKeyArn: KEY.arn,
    objects: [
      { key: "forecast.txt", body: "encrypted under a key of this account\n", contentType: "text/plain" },
    ],
  });
  seed.bucket(TARGET_ACCOUNT, { name: "ledger", objects: [{ key: "2026.csv", body: "id,amount\n1,10\n" }] });
  await seed.table(
    TARGET_ACCOUNT,
    {
      name: "orders",
      keySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      attributes: [{ AttributeName: "id", AttributeType: "S" }],
      indexes: [],
    },
    [{ id: { S: "A-0" }, total: { N: "17" } }],
  );
  seed.secret(TARGET_ACCOUNT, { name: "orders/api", value: "example-secret-value", kmsKeyArn: KEY.arn });
  seed.parameter(TARGET_ACCOUNT, { name: "/orders/currency", value: "EUR" });
  seed.parameter(TARGET_ACCOUNT, {
    name: "/orders/token",
    value: "example-parameter-value",
    kmsKeyArn: KEY.arn,
  });
  seed.user(TARGET_ACCOUNT, "ana");
}

function roleArn(name: string): string {
  return `arn:aws:iam::${TARGET_ACCOUNT}:role/${name}`;
}
