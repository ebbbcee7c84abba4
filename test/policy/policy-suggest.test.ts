// Suggested policies cover what was recorded and nothing is left over in them: replayed against them no call is denied, and
// without any one statement at least one is. Judged by the gateway's own decision function and by the IAM evaluator.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import { callQuestion } from "../../lambdas/policy/explain-question.ts";
import { createPolicy } from "../../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../../lambdas/policy/policy-bundle.ts";
import { deploymentOf } from "../../lib/config.ts";
import { evaluate } from "../../lib/local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "../../lib/local/aws/iam-policy.ts";
import { bundlePolicies } from "../../lib/policy-bundle.ts";
import { policyCommand } from "../../lib/policy-command.ts";
import { bundleOf, readConfig } from "../../lib/policy-places.ts";
import { recogniseOperation, roleNamed } from "../../lib/policy-question.ts";
import { suggest } from "../../lib/policy-suggest.ts";
import { accessRequests, withSets } from "../../lib/policy-suggest-check.ts";
import { iamDocument } from "../../lib/policy-suggest-iam.ts";
import { collectCalls } from "../../lib/recorded-calls.ts";
import { type Made, recordedLines } from "./recorded-lines.ts";

const CONFIG = join(import.meta.dirname, "../../policies/tests/deployment.json");
const deployment = deploymentOf(readConfig(CONFIG));
const bundle = bundleOf(undefined, readConfig(CONFIG));
const folder = mkdtempSync(join(tmpdir(), "countersign-suggest-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GROUPS = ["mcp-readers", "mcp-writers", "mcp-maintainers"];
const maker = { bundle, deployment, groups: GROUPS, role: "mcp-admin" };

const s3 = (operation: string, Bucket: string, Key?: string): Made => ({
  service: "s3",
  operation,
  params: { Bucket, ...(Key !== undefined && { Key }) },
});
const item = (operation: string, TableName: string): Made => ({
  service: "dynamodb",
  operation,
  params: {
    TableName,
    ...(operation === "PutItem" ? { Item: { id: { S: "1" } } } : { Key: { id: { S: "1" } } }),
  },
});
const CALLS: readonly Made[] = [
  s3("GetObject", "reports", "2026/q2.csv"),
  s3("GetObject", "reports", "2026/q3.csv"),
  s3("GetObject", "vault", "a*b"),
  s3("ListObjectsV2", "reports"),
  s3("DeleteObject", "reports", "old.csv"),
  s3("DeleteObject", "ledger", "2026.csv"),
  item("GetItem", "Orders"),
  item("PutItem", "Orders"),
  item("DeleteItem", "Orders"),
  { service: "dynamodb", operation: "ListTables", params: {} },
  { service: "secretsmanager", operation: "GetSecretValue", params: { SecretId: "orders/api" } },
  { service: "ssm", operation: "GetParameter", params: { Name: "/orders/currency", WithDecryption: true } },
];

async function suggestionOf(calls: readonly Made[], least: number | null = 20) {
  const read = await collectCalls(recordedLines(calls, maker));
  return suggest({ calls: read.calls, role: undefined, least, rolePolicy: undefined }, bundle, deployment);
}

/** What the text of these policies decides about the calls, packed and asked anew. */
function decisionsOf(texts: readonly string[], at: Deployment, calls: readonly Made[]): readonly string[] {
  const directory = mkdtempSync(join(folder, "policies-"));
  writeFileSync(join(directory, "all.cedar"), texts.join("\n"));
  const packed: PolicyBundle = bundlePolicies(directory, at);
  const policy = createPolicy(packed, at, cedar);
  const role = roleNamed(at, maker.role);
  const principal = { issuer: at.issuers[0].issuer, subject: "agent-1", groups: GROUPS, claims: {} };
  const context = { sourceIp: "192.0.2.7", userAgent: "Boto3", now: 1_782_907_200, sessionOpenedAt: null };
  return calls.map(
    (made) => policy.decideCall(callQuestion({ principal, role, context }, callOf(made))).kind,
  );
}

function callOf({ service, operation, params }: Made) {
  const request = { service, operation, region: "eu-west-1", params };
  const found = recogniseOperation(request, roleNamed(deployment, maker.role));
  if (found.kind === "refused") throw new Error(found.message);
  return found.call;
}

function isAllowed(statements: Parameters<typeof iamDocument>[0], calls: readonly Made[]): boolean {
  if (statements.length === 0) return false;
  const identity = parseIdentityPolicy(iamDocument(statements));
  return calls
    .flatMap((made) => accessRequests(callOf(made)))
    .every((request) => evaluate({ identity, session: undefined }, request).kind === "allowed");
}

describe("suggested policies", () => {
  it("cover every recorded call that was carried out, and lose one by each statement that goes", {
    timeout: 60_000,
  }, async () => {
    const subsets = fc.uniqueArray(fc.nat(CALLS.length - 1), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(subsets, async (chosen) => {
        const calls = chosen.map((index) => CALLS[index] as Made);
        const present = recordedLines(calls, maker).map((line) => JSON.parse(line).record);
        const carriedOut = calls.filter((_, index) => present[index].ending === "answered");
        fc.pre(carriedOut.length > 0);
        const { policies, roles, covered } = await suggestionOf(calls);
        expect(covered).toBe(carriedOut.length);

        const at = withSets(deployment, policies);
        const texts = policies.map(({ text }) => text);
        const then = carriedOut.map((made) => present[calls.indexOf(made)].decision.decision);
        expect(decisionsOf(texts, at, carriedOut)).toEqual(then);
        for (const gone of texts.keys()) {
          const without = texts.filter((_, index) => index !== gone);
          expect(decisionsOf(without, at, carriedOut)).not.toEqual(then);
        }

        const [role, ...more] = roles;
        expect(more).toEqual([]);
        const statements = role?.statements ?? [];
        expect(isAllowed(statements, carriedOut)).toBe(true);
        for (const gone of statements.keys()) {
          expect(isAllowed(statements.toSpliced(gone, 1), carriedOut)).toBe(false);
        }
      }),
      { numRuns: 8 },
    );
  });

  it("permit nothing that was not recorded: another key, table, secret or action", async () => {
    const { policies } = await suggestionOf([CALLS[0], CALLS[6], CALLS[10]] as Made[]);
    const at = withSets(deployment, policies);
    const others = [
      s3("GetObject", "reports", "2026/q4.csv"),
      s3("PutObject", "reports", "2026/q2.csv"),
      item("GetItem", "Customers"),
      item("PutItem", "Orders"),
      { service: "secretsmanager", operation: "GetSecretValue", params: { SecretId: "orders/other" } },
    ];
    const texts = policies.map(({ text }) => text);
    expect(decisionsOf(texts, at, others)).toEqual(others.map(() => "deny"));
  });

  it("hold for people what people approved", async () => {
    const { policies } = await suggestionOf([CALLS[4] as Made]);
    expect(policies.map(({ text }) => text).join("\n")).toContain('@approve("group=prod-approvers');
  });

  it("stay exact with --generalise never, and say where they are wider", async () => {
    const many = Array.from({ length: 25 }, (_, n) => s3("GetObject", "reports", `2026/${n}.csv`));
    const [exact, wider] = [await suggestionOf(many, null), await suggestionOf(many, 20)];
    const text = (one: typeof exact) => one.policies.map((policy) => policy.text).join("\n");
    const beside = s3("GetObject", "reports", "2026/other.csv");
    const decide = (one: typeof exact) =>
      decisionsOf([text(one)], withSets(deployment, one.policies), [beside])[0];
    expect([decide(exact), decide(wider)]).toEqual(["deny", "permit"]);
    expect(exact.roles[0]?.wider).toEqual([]);
    expect(wider.roles[0]?.wider).not.toEqual([]);
  });

  it("name permits that no recorded call needed", async () => {
    const { unused } = await suggestionOf([CALLS[0] as Made]);
    expect(unused.unmatched).toContain("write-items");
    expect(unused.unmatched).not.toContain("read-storage-and-data");
  });
});

describe("the command", () => {
  it("reads lines, prints policies for people to read, and escapes what agents chose", async () => {
    const hostile = s3("GetObject", "reports", "evil\u001b[31m\nname");
    const file = join(folder, "calls.jsonl");
    writeFileSync(
      file,
      [
        "not json",
        ...recordedLines([hostile, CALLS[0] as Made, CALLS[5] as Made], maker),
        '{"next":null}',
      ].join("\n"),
    );
    const world = { readSession: async () => [], readEmergency: async () => [], now: () => 0 };
    const args = ["suggest", "--config", CONFIG, "--from", file, "--agent", "agent-1"];
    const { lines, exitCode } = await policyCommand(args, world);
    const text = lines.join("\n");
    expect(exitCode).toBe(0);
    expect(text).toContain("permit (");
    expect(text).toContain("s3:GetObject");
    expect(text).toMatch(/1 .*no JSON object/);
    expect(text).toMatch(/1 .*beyond printable ASCII/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("says what is missing when there is nothing to cover", async () => {
    const file = join(folder, "denied.jsonl");
    writeFileSync(file, recordedLines([CALLS[5] as Made], maker).join("\n"));
    const world = { readSession: async () => [], readEmergency: async () => [], now: () => 0 };
    await expect(policyCommand(["suggest", "--config", CONFIG, "--from", file], world)).rejects.toThrow(
      "no call was carried out that a suggestion could cover",
    );
  });
});
