// A deployment that only observes, through the whole local cloud: what the policies deny or would hold goes on and is
// recorded as not enforced, and everything that observing must not relax still stops.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateAccessKeyCommand } from "@aws-sdk/client-iam";
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, expect, it } from "vitest";
import type { Intent, Opening, Outcome } from "../../lambdas/model/record.ts";
import { forbidCommand } from "../../lib/forbid-command.ts";
import { ADMIN_ROLE } from "../../lib/local/demo-world.ts";
import { localRecords } from "../../lib/local/records-client.ts";
import { sessionText } from "../../lib/session-text.ts";
import { agentClients, assumed, failureOf, forwarded, useDemo } from "./demo.ts";
import { latestSession, readSession, type StoredRecord } from "./sessions-table.ts";

const policies = mkdtempSync(join(tmpdir(), "observe-"));
writeFileSync(
  join(policies, "observe.cedar"),
  `@id("use-reader")
permit (principal, action == Countersign::Action::"AssumeRole", resource is Countersign::Role)
when { resource.name == "mcp-reader" };

@id("reads") permit (principal, action == AWS::Action::"s3:GetObject", resource);

@id("guarded") @reason("ledgers are not listed")
forbid (principal, action == AWS::Action::"s3:ListBucket", resource == AWS::Resource::"arn:aws:s3:::ledger");

@id("held") @approve("group=prod-approvers")
permit (principal, action == AWS::Action::"s3:DeleteObject", resource);`,
);
afterAll(() => rmSync(policies, { recursive: true }));

const demo = useDemo(() => ({ policies, mode: "observe" }));

const report = new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" });
const list = (Bucket: string) => new ListObjectsV2Command({ Bucket });

async function latestRecords(): Promise<readonly StoredRecord[]> {
  const { client, table } = localRecords(demo().directory);
  return readSession(client, table, (await latestSession(client, table)) ?? "");
}

const decided = ({ phase, decision }: Opening | Intent | Outcome) => [
  phase,
  decision?.reason ?? decision?.decision,
  decision?.enforced,
];

it("says so when its functions start, and in every record of a call", async () => {
  const { s3 } = agentClients(demo());
  await s3.send(report);
  const records = await latestRecords();
  expect(records.map(({ record }) => decided(record)).toSorted()).toEqual([
    ["INTENT", "permit", false],
    ["OPEN", "permit", true],
    ["OUTCOME", "permit", false],
  ]);
  const started = demo().cloud.logs.map((line) => JSON.stringify(line));
  expect(started.some((line) => line.includes("start") && line.includes("observe"))).toBe(true);
});

it("lets pass what the policies deny, at AWS under a credential for that one call, and records the denial", async () => {
  const { s3 } = agentClients(demo());
  const since = demo().cloud.aws.requests.length;
  await s3.send(list("reports"));
  await s3.send(list("ledger"));
  expect(forwarded(demo(), since)).toHaveLength(2);
  expect(assumed(demo(), since)).toHaveLength(2);
  const records = await latestRecords();
  const calls = records.filter(({ record }) => record.phase !== "OPEN");
  expect(calls.map(({ record }) => decided(record))).toEqual([
    ["INTENT", "no_policy", false],
    ["OUTCOME", "no_policy", false],
    ["INTENT", "forbidden", false],
    ["OUTCOME", "forbidden", false],
  ]);
  expect(sessionText("S", records)).toMatch(/would deny[\s\S]*OBSERVED, NOT ENFORCED/);
});

it("holds nothing: what would wait runs at once, recorded as a hold, and nobody is asked", async () => {
  const { s3 } = agentClients(demo());
  const mails = demo().cloud.catchers.mails.length;
  await s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q2.csv" }));
  const records = await latestRecords();
  expect(records.flatMap(({ record }) => (record.phase === "OPEN" ? [] : [decided(record)]))).toEqual([
    ["INTENT", "hold", false],
    ["OUTCOME", "hold", false],
  ]);
  expect(demo().cloud.catchers.mails).toHaveLength(mails);
});

it("opens no session for a role that no policy permits", async () => {
  const since = demo().cloud.aws.requests.length;
  const { message } = await failureOf(agentClients(demo(), { role: ADMIN_ROLE }).s3.send(report));
  expect(message).toContain("role");
  expect(assumed(demo(), since)).toEqual([]);
});

it("lets no credentials out: what vends them needs a permit that names it", async () => {
  const since = demo().cloud.aws.requests.length;
  const { name } = await failureOf(
    agentClients(demo()).iam.send(new CreateAccessKeyCommand({ UserName: "ana" })),
  );
  expect(name).toMatch(/^AccessDenied/);
  expect(forwarded(demo(), since)).toEqual([]);
  const [, outcome] = await latestRecords();
  expect(outcome && decided(outcome.record)[2]).toBe(true);
});

it("enforces the emergency forbid", async () => {
  const { client, stateTable } = localRecords(demo().directory);
  const order = (...args: string[]) => forbidCommand(args, () => ({ client, table: stateTable }), Date.now());
  const { s3 } = agentClients(demo());
  await s3.send(report);
  await order("--action", "s3:GetObject", "--reason", "leak under inquiry", "--by", "ana");
  const since = demo().cloud.aws.requests.length;
  expect((await failureOf(s3.send(report))).message).toContain("leak under inquiry");
  expect(forwarded(demo(), since)).toEqual([]);
  await order("--lift", "all");
  await s3.send(report);
});
