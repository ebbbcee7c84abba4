// Every call leaves its records, and every request that reaches AWS names the agent (R2, R4).

import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { describe, expect, test } from "vitest";
import {
  ADMIN_ROLE,
  READER_ROLE,
  REGION,
  REPORTS_AGENT,
  TARGET_ACCOUNT,
} from "../../lib/local/demo-world.ts";
import { type AgentClients, agentClients, assumed, failureOf, forwarded, useDemo } from "./demo.ts";
import { type Entry, entriesOf, intentsOf, outcomesOf } from "./ledger.ts";

const demo = useDemo();

/** The records that `work` leaves behind, and what reached AWS meanwhile. */
async function during(work: () => Promise<unknown>) {
  const before = new Set((await entriesOf(demo())).map(keyOf));
  const since = demo().cloud.aws.requests.length;
  await work();
  const entries = (await entriesOf(demo())).filter((entry) => !before.has(keyOf(entry)));
  return { entries, sent: forwarded(demo(), since), assumptions: assumed(demo(), since) };
}

function keyOf({ pk, sk }: Entry): string {
  return `${pk} ${sk}`;
}

describe("a permitted call", () => {
  test("leaves one Intent and one Outcome that say who, what, why and how it ended", async () => {
    const { s3 } = agentClients(demo());
    await s3.config.credentials();
    const { entries, sent } = await during(async () => {
      const answer = await s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }));
      await answer.Body?.transformToString();
    });
    expect(entries).toHaveLength(2);
    const [[intent], [outcome]] = [intentsOf(entries), outcomesOf(entries)];
    const facts = {
      caller: {
        issuer: demo().cloud.issuer.issuer,
        subject: REPORTS_AGENT.subject,
        agent: REPORTS_AGENT.name,
        owner: "Olga Owner",
        groups: REPORTS_AGENT.groups,
        session: expect.stringMatching(/^[A-Z2-7]{26}$/),
        sourceIp: "127.0.0.1",
        userAgent: expect.stringMatching(/^aws-sdk-js\/3/),
      },
      role: READER_ROLE,
      call: {
        service: "s3",
        operation: "GetObject",
        account: TARGET_ACCOUNT,
        region: REGION,
        actions: [
          {
            action: "s3:GetObject",
            accessLevel: "read",
            resources: ["arn:aws:s3:::reports/2026/q3.csv"],
            resourcesOmitted: 0,
          },
        ],
      },
      decision: {
        decision: "permit",
        policies: ["read-storage-and-data", "readers-use-mcp-reader"],
        policyVersion: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      requestDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      gatewayRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    };
    expect(intent).toMatchObject({ phase: "INTENT", ...facts });
    expect(outcome).toMatchObject({
      phase: "OUTCOME",
      ...facts,
      ending: "answered",
      status: 200,
      code: null,
      awsRequestId: sent[0]?.requestId,
      responseDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      responseBytes: "region,revenue\nnorth,124\nsouth,103\n".length,
    });
    expect(outcome?.gatewayRequestId).toBe(intent?.gatewayRequestId);
    expect(entries.map(({ sk }) => sk.replace(/(INTENT|OUTCOME)$/, ""))).toEqual([
      expect.stringMatching(/^CALL#[0-9a-f]{64}#$/),
      entries[0]?.sk.replace(/(INTENT|OUTCOME)$/, ""),
    ]);
  });

  test("is recorded before AWS sees it, and its outcome and kept answer after", async () => {
    const { dynamodb } = agentClients(demo());
    await dynamodb.config.credentials();
    const since = demo().cloud.aws.requests.length;
    await dynamodb.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: "first" } } }));
    const writes = demo()
      .cloud.aws.requests.slice(since)
      .filter(({ operation }) => operation === "PutItem")
      .map(({ resource }) => resource?.split("/").at(-1));
    expect(writes.slice(0, 2)).toEqual([demo().sessionsTable, "orders"]);
    // The two are written at once.
    expect(writes.slice(2).toSorted()).toEqual([demo().sessionsTable, demo().stateTable].toSorted());
  });

  test("that AWS answers with an error has an Outcome with AWS's status and code", async () => {
    const { dynamodb } = agentClients(demo());
    await dynamodb.config.credentials();
    const { entries } = await during(() =>
      failureOf(dynamodb.send(new GetItemCommand({ TableName: "missing", Key: { id: { S: "A-0" } } }))),
    );
    expect(intentsOf(entries)).toHaveLength(1);
    expect(outcomesOf(entries)).toMatchObject([
      { ending: "answered", status: 400, code: "ResourceNotFoundException" },
    ]);
  });
});

describe("a refused request", () => {
  test("by policy leaves one Outcome without an Intent, with the policy that forbids", async () => {
    const { s3 } = agentClients(demo());
    await s3.config.credentials();
    const { entries, sent, assumptions } = await during(() =>
      failureOf(s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }))),
    );
    expect(entries).toHaveLength(1);
    expect(outcomesOf(entries)).toMatchObject([
      {
        ending: "refused",
        status: 403,
        code: "AccessDenied",
        awsRequestId: null,
        mayHaveRun: false,
        role: READER_ROLE,
        caller: { subject: REPORTS_AGENT.subject },
        call: { operation: "DeleteObject" },
        decision: { decision: "deny", reason: "forbidden", policies: ["no-object-deletes"] },
      },
    ]);
    expect([...sent, ...assumptions]).toEqual([]);
  });

  test("before recognition leaves one Outcome that names no call", async () => {
    const keys = await agentClients(demo()).dynamodb.config.credentials();
    const client = new DynamoDBClient({
      endpoint: `${demo().cloud.gatewayUrl}/aws`,
      region: REGION,
      credentials: { ...keys, secretAccessKey: "not the secret" },
    });
    const { entries, sent } = await during(() =>
      failureOf(client.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: "A-0" } } }))),
    );
    expect(sent).toEqual([]);
    expect(entries.map(({ record }) => record)).toMatchObject([
      { phase: "OUTCOME", ending: "refused", code: "InvalidSignatureException", call: null, decision: null },
    ]);
    expect(entries[0]?.pk).toMatch(/^REFUSED#\d{4}-\d\d-\d\d#\d+$/);
  });

  test("at the exchange leaves one Outcome with the role that was asked for, and no session", async () => {
    const { s3 } = agentClients(demo(), { role: ADMIN_ROLE });
    const { entries } = await during(() => failureOf(s3.config.credentials()));
    expect(entries.map(({ record }) => record)).toMatchObject([
      {
        phase: "OUTCOME",
        ending: "refused",
        code: "AccessDenied",
        role: ADMIN_ROLE,
        caller: { subject: REPORTS_AGENT.subject },
        decision: { decision: "deny" },
      },
    ]);
  });
});

describe("an exchange", () => {
  test("opens one session with one record, under the id that becomes the session name upstream", async () => {
    const { s3 } = agentClients(demo());
    const { entries } = await during(() => s3.config.credentials());
    const { accessKeyId } = await s3.config.credentials();
    const session = accessKeyId.replace(/^CSGN/, "");
    expect(entries).toMatchObject([
      { pk: `SESSION#${session}`, sk: "OPEN", record: { phase: "OPEN", role: READER_ROLE } },
    ]);
  });
});

describe("what reaches AWS", () => {
  test("names the agent and its session in every request, and is limited by a session policy", async () => {
    const agent = agentClients(demo());
    const { sent, assumptions, entries } = await during(() => callsOfEveryService(agent));
    const { accessKeyId } = await agent.s3.config.credentials();
    const session = accessKeyId.replace(/^CSGN/, "");
    expect(sent).toHaveLength(4);
    for (const request of sent) {
      expect(request).toMatchObject({
        principalArn: `arn:aws:sts::${TARGET_ACCOUNT}:assumed-role/mcp-reader/${session}`,
        sourceIdentity: expect.stringMatching(/^Reports-MCP-server-[0-9a-f]{16}$/),
        tags: { agent: expect.stringMatching(/^Reports-MCP-server-[0-9a-f]{16}$/), session },
        sessionPolicy: true,
        decision: "allowed",
      });
    }
    expect(assumptions).toHaveLength(4);
    // The mapping from the source identity to the agent stands in the records.
    const identities = new Set(entries.map(({ record }) => record.caller?.sourceIdentity));
    expect([...identities]).toEqual([sent[0]?.sourceIdentity]);
    expect(intentsOf(entries)).toHaveLength(4);
    expect(outcomesOf(entries)).toHaveLength(4);
  });
});

async function callsOfEveryService({ s3, dynamodb, secrets }: AgentClients): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "2026/q4.csv", Body: "region,revenue\n" }));
  await s3.send(new GetObjectCommand({ Bucket: "vault", Key: "forecast.txt" }));
  await dynamodb.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: "A-0" } } }));
  await secrets.send(new GetSecretValueCommand({ SecretId: "orders/api" }));
}
