// Conditions on the time and the source, through the whole local cloud with unmodified SDKs, and what `policy explain` makes
// of recorded calls: the same decision as the one that was recorded. Conditions on parameters and tags, and budgets, are
// in policy-engines.e2e.test.ts.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, describe, expect, it } from "vitest";
import type { Intent, Outcome, RecordedDecision } from "../../lambdas/model/record.ts";
import { deploymentOf, parseConfig } from "../../lib/config.ts";
import { readRules } from "../../lib/emergency-orders.ts";
import { forbidCommand } from "../../lib/forbid-command.ts";
import { ADMIN_ROLE, AUDIENCE, demoConfig, REGION } from "../../lib/local/demo-world.ts";
import { localRecords } from "../../lib/local/records-client.ts";
import { bundlePolicies } from "../../lib/policy-bundle.ts";
import { policyCommand } from "../../lib/policy-command.ts";
import { type Explained, explainRequest } from "../../lib/policy-explain.ts";
import { recordedRequest } from "../../lib/policy-recorded.ts";
import { type AgentClients, agentClients, failureOf, forwarded, useDemo } from "./demo.ts";
import { latestSession, readSession, type StoredRecord } from "./sessions-table.ts";

const DAY_MS = 86_400_000;
const policies = mkdtempSync(join(tmpdir(), "conditions-"));
cpSync(join(import.meta.dirname, "engine-policies"), policies, { recursive: true });
writeFileSync(join(policies, "windows.cedar"), windows());
afterAll(() => rmSync(policies, { recursive: true }));

const demo = useDemo(() => ({ policies }));

/** Windows around this moment and away from it: far enough from their ends, whenever the test runs. */
function windows(): string {
  const day = (offset: number): string => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);
  const hour = new Date().getUTCHours();
  const between = (from: number, to: number): string =>
    `context.now.toTime() >= duration("${from}h") && context.now.toTime() < duration("${to}h")`;
  const outside = (from: number, to: number): string =>
    `context.now.toTime() < duration("${from}h") || context.now.toTime() >= duration("${to}h")`;
  const [open, shut] =
    hour >= 6 && hour < 17 ? [between(4, 20), outside(3, 21)] : [outside(8, 15), between(9, 14)];
  const forbid = (id: string, action: string, reason: string, condition: string): string =>
    `@id("${id}") @reason("${reason}") forbid(principal, action == AWS::Action::"${action}", resource) ${condition};`;
  return [
    `@id("windows") permit(principal, action in [AWS::Action::"dynamodb:PutItem", AWS::Action::"dynamodb:UpdateItem", AWS::Action::"dynamodb:Query", AWS::Action::"dynamodb:Scan", AWS::Action::"s3:ListBucket"], resource);`,
    forbid(
      "frozen",
      "dynamodb:PutItem",
      `orders are frozen until ${day(2)}: write them after it`,
      `when { context.now >= datetime("${day(-2)}") && context.now < datetime("${day(2)}") }`,
    ),
    forbid("thawed", "dynamodb:UpdateItem", "over", `when { context.now < datetime("${day(-2)}") }`),
    forbid("other-hours", "dynamodb:Query", "query at other hours only, in UTC", `unless { ${shut} }`),
    forbid("these-hours", "dynamodb:Scan", "never now", `unless { ${open} }`),
    forbid(
      "this-machine",
      "s3:ListBucket",
      "from this machine",
      `unless { context.sourceIp.isInRange(ip("127.0.0.0/8")) }`,
    ),
  ].join("\n");
}

const item = (id: string) => ({ TableName: "orders", Key: { id: { S: id } } });
const query = new QueryCommand({
  TableName: "orders",
  KeyConditionExpression: "id = :id",
  ExpressionAttributeValues: { ":id": { S: "A-0" } },
});
const put = new PutItemCommand({ TableName: "orders", Item: { id: { S: "mcp-server-reports" } } });

describe("a window", () => {
  it("of days refuses while it is open, in the policy's own words, and not once it is over", async () => {
    const { dynamodb } = agentClients(demo());
    const since = demo().cloud.aws.requests.length;
    const { name, message, attempts } = await failureOf(dynamodb.send(put));
    expect([name, attempts]).toEqual(["AccessDeniedException", 1]);
    expect(message).toMatch(/^orders are frozen until \d{4}-\d\d-\d\d: write them after it$/);
    expect(forwarded(demo(), since)).toEqual([]);
    await dynamodb.send(new UpdateItemCommand(item("W-1")));
  });

  it("of hours lets calls through inside it, and refuses outside", async () => {
    const { dynamodb } = agentClients(demo());
    await dynamodb.send(new ScanCommand({ TableName: "orders" }));
    expect((await failureOf(dynamodb.send(query))).message).toBe("query at other hours only, in UTC");
  });
});

describe("a network", () => {
  it("lets calls through that come from it", async () => {
    const { s3 } = agentClients(demo());
    await s3.send(new ListObjectsV2Command({ Bucket: "reports" }));
  });
});

/** The calls of the session that opened last, one record of each in the order of `countersign show`. */
async function latestCalls(): Promise<{
  readonly session: string;
  readonly calls: readonly (Intent | Outcome)[];
}> {
  const { client, table } = localRecords(demo().directory);
  const session = (await latestSession(client, table)) ?? "";
  const byKey = Map.groupBy(await readSession(client, table, session), ({ sk }) =>
    sk.replace(/#(INTENT|OUTCOME)$/, ""),
  );
  const calls = [...byKey.values()].flatMap((group) => group.at(-1)?.record ?? []);
  return { session, calls: calls.filter((record) => record.phase !== "OPEN") };
}

function read(_: string | undefined, session: string): Promise<StoredRecord[]> {
  const { client, table } = localRecords(demo().directory);
  return readSession(client, table, session);
}

async function explained(session: string, call: number, ...more: readonly string[]) {
  const args = ["explain", "--session", session, "--call", `${call}`, "--policies", policies, ...more];
  const { lines } = await policyCommand(args, {
    readSession: read,
    readEmergency: () => {
      const { client, stateTable } = localRecords(demo().directory);
      return readRules({ client, table: stateTable });
    },
    now: Date.now,
  });
  return lines.join("\n");
}

async function callAll({ s3, dynamodb, ssm, secrets }: AgentClients): Promise<void> {
  const calls = [
    () => s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" })),
    () => s3.send(new PutObjectCommand({ Bucket: "reports", Key: "agents/c.txt", Body: "x" })),
    () => s3.send(new PutObjectCommand({ Bucket: "reports", Key: "c.txt", Body: "x" })),
    () => s3.send(new ListObjectsV2Command({ Bucket: "reports" })),
    () => dynamodb.send(new GetItemCommand(item("mcp-server-reports"))),
    () => dynamodb.send(new GetItemCommand(item("A-0"))),
    () => dynamodb.send(put),
    () => dynamodb.send(query),
    () => dynamodb.send(new ScanCommand({ TableName: "orders" })),
    () => ssm.send(new GetParameterCommand({ Name: "/orders/currency" })),
    () => ssm.send(new GetParameterCommand({ Name: "/orders/token" })),
    () => secrets.send(new DescribeSecretCommand({ SecretId: "orders/api" })),
  ];
  for (const call of calls) await call().catch(() => undefined);
}

function decisionOf(explained: Explained): RecordedDecision | undefined {
  if (explained.kind !== "explained") return undefined;
  const { decision } = explained.explanation;
  const { kind, policies: by, policyVersion } = decision;
  const reason = decision.kind === "deny" ? decision.reason : null;
  return { decision: kind, reason, policies: by, policyVersion, enforced: true };
}

describe("a recorded call", () => {
  it("is explained as it was decided, for every call of a session", async () => {
    await callAll(agentClients(demo()));
    const { session, calls } = await latestCalls();
    expect(calls.map(({ decision }) => decision?.reason ?? decision?.decision)).toEqual([
      ...["permit", "permit", "forbidden", "permit", "permit", "forbidden"],
      ...["forbidden", "forbidden", "permit", "permit", "forbidden", "permit"],
    ]);
    const records = await read(undefined, session);
    const { issuer = "" } = calls[0]?.caller ?? {};
    const config = demoConfig({ issuer, jwksUri: `${issuer}/jwks`, audience: AUDIENCE });
    const deployment = deploymentOf(parseConfig(config));
    const bundle = bundlePolicies(policies, deployment);
    for (const [index, { decision, call }] of calls.entries()) {
      const { request, asker } = recordedRequest(records, `${index + 1}`);
      expect(request).toMatchObject({ service: call?.service, operation: call?.operation });
      const tagged = { request, asker: { ...asker, tags: { tier: "usual" } } };
      expect(decisionOf(explainRequest(tagged, bundle, deployment))).toEqual(decision);
    }
  });

  it("under a used up budget says that the policies alone would permit it", async () => {
    const { secrets } = agentClients(demo());
    for (let n = 0; n < 3; n += 1) {
      await secrets.send(new DescribeSecretCommand({ SecretId: "orders/api" })).catch(() => undefined);
    }
    const { session, calls } = await latestCalls();
    expect(calls.at(-1)?.decision?.reason).toBe("limit_reached");
    const text = await explained(session, calls.length);
    expect(text).toMatch(/^PERMIT by few-secrets/);
    expect(text).toContain("a budget was used up then: above is what the policies say");
  });

  it("of instances was permitted within both bounds, and is permitted when it is explained", async () => {
    const { s3 } = agentClients(demo(), { role: ADMIN_ROLE });
    const ec2 = new EC2Client({
      endpoint: `${demo().cloud.gatewayUrl}/aws`,
      region: REGION,
      credentials: s3.config.credentials,
      maxAttempts: 1,
    });
    const run = (InstanceType: "t3.micro" | "t3.large", MaxCount: number) =>
      failureOf(ec2.send(new RunInstancesCommand({ ImageId: "ami-1", InstanceType, MinCount: 1, MaxCount })));
    await run("t3.micro", 2);
    await run("t3.large", 2);
    const { session, calls } = await latestCalls();
    expect(calls.map(({ decision }) => [decision?.decision, decision?.policies])).toEqual([
      ["permit", ["runs-instances", "use-roles"]],
      ["deny", ["small-and-few"]],
    ]);
    expect(await explained(session, 1)).toMatch(/^PERMIT by runs-instances, use-roles/);
    expect(await explained(session, 2)).toMatch(/^DENY: forbidden by small-and-few/);
  });

  it("is explained with the emergency rules of this moment when they are asked for", async () => {
    const { client, stateTable } = localRecords(demo().directory);
    const order = (...args: string[]) =>
      forbidCommand(args, () => ({ client, table: stateTable }), Date.now());
    await agentClients(demo()).s3.send(new ListObjectsV2Command({ Bucket: "reports" }));
    const { session } = await latestCalls();
    await order("--action", "s3:ListBucket", "--reason", "leak under inquiry", "--by", "ana");
    expect(await explained(session, 1)).toMatch(/^PERMIT/);
    // A rule counts from the moment of the call, and it was written after it.
    expect(await explained(session, 1, "--emergency")).toMatch(/^DENY: forbidden by emergency:/);
    await order("--lift", "all");
  });
});
