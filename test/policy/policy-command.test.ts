import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MASKED } from "../../lambdas/masking/mask-parameters.ts";
import type { Intent, Opening, Outcome, RecordedCall } from "../../lambdas/model/record.ts";
import { policyCommand } from "../../lib/policy-command.ts";
import { recordedRequest } from "../../lib/policy-recorded.ts";
import type { StoredRecord } from "../../lib/sessions-table.ts";
import { READER } from "./fixtures.ts";

const CONFIG = join(import.meta.dirname, "../../policies/tests/deployment.json");
const NOON = Date.parse("2026-07-01T12:00:00Z");
const ISSUER = "https://idp.example.com";
const nobody = async () => [];

async function output(...args: readonly string[]) {
  const { lines, exitCode } = await policyCommand(args, nobody, () => NOON);
  return { text: lines.join("\n"), exitCode };
}

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "policy-command-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("countersign policy", () => {
  it("test runs the shipped cases", async () => {
    expect(await output("test")).toMatchObject({
      exitCode: 0,
      text: expect.stringMatching(/, 0 not as expected/),
    });
  });

  it("check tells errors as synth does", async () => {
    expect((await output("check", "--config", CONFIG)).text).toMatch(/^\d+ policies, 0 warnings$/);
    writeFileSync(
      join(directory, "a.cedar"),
      `permit(principal, action == AWS::Action::"s3:GetObjct", resource);`,
    );
    await expect(output("check", "--config", CONFIG, "--policies", directory)).rejects.toThrow(
      "did you mean `s3:GetObject`?",
    );
  });

  it.each([
    ["explain"],
    ["explain", "--json", "x", "--", "aws"],
    ["explain", "--session", "x"],
    ["explian"],
    ["explain", "--at", "noon", "--", "aws", "s3api", "list-buckets"],
  ])("%j %j asks for what is missing", async (...args) => {
    await expect(output(...args)).rejects.toThrow();
  });
});

describe("explain", () => {
  const explain = (...args: readonly string[]) => output("explain", "--config", CONFIG, ...args);

  it("tells who permits a command line", async () => {
    const { text } = await explain(
      "--group",
      "mcp-readers",
      "--role",
      "mcp-reader",
      "--",
      "aws",
      "s3api",
      "list-buckets",
    );
    expect(text).toContain("PERMIT by read-storage-and-data, readers-use-mcp-reader");
    expect(text).toContain("needs    s3:ListAllMyBuckets (list) on *");
    expect(text).toContain(
      "permit read-storage-and-data (read-only.cedar): s3:ListAllMyBuckets for ListBuckets on *",
    );
    expect(text).toContain("scope: call");
  });

  it("tells who has to approve, how long they have, and what is obliged when it runs", async () => {
    const groups = ["--group", "mcp-readers", "--group", "mcp-maintainers", "--role", "mcp-admin"];
    const { text } = await explain(...groups, "--", "aws", "iam", "create-user", "--user-name", "x");
    expect(text).toContain("HOLD by change-identities, maintainers-use-mcp-admin");
    expect(text).toContain(
      [
        "held for people",
        "  this call: approved, it runs once",
        "  by 2 different people, at least one of each group: prod-approvers",
        "  within 4 hours, then rejected",
        "  runs only while its caller waits or comes back",
      ].join("\n"),
    );
    expect(text).toContain("scope: call");
  });

  it("tells what a policy masks", async () => {
    const command = "aws secretsmanager get-secret-value --secret-id api-key".split(" ");
    const { text } = await explain("--group", "mcp-readers", "--role", "mcp-reader", "--", ...command);
    expect(text).toContain("mask: SecretBinary, SecretString");
    expect(text).toContain("hidden in the answer\n  by policy: SecretBinary, SecretString");
  });

  it("tells which conditions were not met, with what they saw", async () => {
    const command = "aws ec2 run-instances --image-id ami-1 --count 3 --instance-type m5.large".split(" ");
    const { text } = await explain(
      "--group",
      "mcp-readers",
      "--group",
      "mcp-operators",
      "--role",
      "mcp-reader",
      "--",
      ...command,
    );
    expect(text).toContain("DENY: no_policy");
    expect(text).toContain("permit run-small-instances (operations.cedar): ec2:RunInstances on");
    expect(text).toContain(
      'when { context.params.InstanceType == "t3.micro" } is false\n      context.params.InstanceType is "m5.large"',
    );
    expect(text).toContain("context.params.MaxCount is 3");
  });

  it("tells who forbids, what the agent reads, and which set the resource is in", async () => {
    const command = "aws dynamodb delete-item --table-name Ledger --key {}".split(" ");
    const { text } = await explain("--group", "mcp-readers", "--role", "mcp-reader", "--", ...command);
    expect(text).toContain("DENY: forbidden by no-changes-of-critical, no-data-deletes");
    expect(text).toContain("the agent is told: tables, databases");
    expect(text).toContain(
      "forbid no-changes-of-critical (guard.cedar): dynamodb:DeleteItem on arn:aws:dynamodb:eu-west-1:111122223333:table/Ledger (in critical)",
    );
  });

  it("tells a call that is not recognised", async () => {
    const { text } = await explain("--", "aws", "s3api", "list-objects-v2", "--bucket", "a--b--x-s3");
    expect(text).toMatch(/^DENY: not recognised, so no policy is asked\n {2}`a--b--x-s3`/);
  });

  it("takes JSON, and gives JSON", async () => {
    const file = join(directory, "request.json");
    const request = {
      service: "dynamodb",
      operation: "GetItem",
      params: { TableName: "Orders", Key: {} },
      role: "mcp-reader",
      principal: { groups: ["mcp-readers"] },
    };
    writeFileSync(file, JSON.stringify(request));
    const { text } = await explain("--json", file, "--output", "json");
    expect(JSON.parse(text)).toMatchObject({
      service: "dynamodb",
      operation: "GetItem",
      decision: { kind: "permit", policies: ["read-storage-and-data", "readers-use-mcp-reader"] },
      questions: [{ action: "dynamodb:GetItem", permits: ["read-storage-and-data"] }],
    });
    writeFileSync(file, JSON.stringify({ ...request, prams: {} }));
    await expect(explain("--json", file)).rejects.toThrow("prams: unknown key");
  });
});

const caller = {
  issuer: ISSUER,
  subject: "agent-1",
  agent: "Agent",
  owner: null,
  groups: ["mcp-readers"],
  session: null,
  sourceIdentity: "x",
  sourceIp: "192.0.2.7",
  userAgent: "Boto3",
};
const base = {
  version: 1,
  role: READER,
  caller,
  requestDigest: "",
  gatewayRequestId: "",
  decision: {
    decision: "deny",
    reason: "forbidden",
    policies: ["old"],
    policyVersion: "f".repeat(64),
    enforced: true,
  },
} as const;
const opening = {
  ...base,
  phase: "OPEN",
  at: "2026-07-01T11:00:00.000Z",
  call: null,
  expires: "",
} satisfies Opening;

function intentOf(operation: string, parameters: unknown, service = "dynamodb"): Intent {
  const call: RecordedCall = {
    service,
    operation,
    candidates: [],
    actions: [],
    account: "111122223333",
    region: "eu-west-1",
    parameters: parameters === null ? null : JSON.stringify(parameters),
    parametersDigest: "",
  };
  return { ...base, phase: "INTENT", at: "2026-07-01T12:00:00.000Z", call };
}

const stored = (...records: readonly (readonly [string, Opening | Intent | Outcome])[]): StoredRecord[] =>
  records.map(([sortKey, record]) => ({ sortKey, record }));

describe("a recorded call", () => {
  const records = stored(
    ["OPEN", opening],
    ["CALL#aa11#INTENT", intentOf("GetItem", { TableName: "Orders", Key: { id: { S: "1" } } })],
    ["CALL#bb22#INTENT", intentOf("DeleteItem", { TableName: "Ledger", Key: {} })],
  );

  it("is explained under its own agent, role and moment, beside what was decided then", async () => {
    const read = async (_: string | undefined, session: string) => (session === "S" ? records : []);
    const args = ["explain", "--config", CONFIG, "--session", "S", "--call", "2"];
    const { lines } = await policyCommand(args, read, () => 0);
    const text = lines.join("\n");
    expect(text).toContain("DENY: forbidden by no-changes-of-critical, no-data-deletes");
    expect(text).toContain(
      "recorded   2026-07-01T12:00:00.000Z: forbidden by old, policies ffffffffffffffff",
    );
    expect(text).toContain("claims are not recorded");
    expect(recordedRequest(records, "1").asker).toMatchObject({
      groups: ["mcp-readers"],
      role: READER,
      sessionAge: 3600,
      now: NOON / 1000,
    });
  });

  it("is found by its number or by how its key begins", () => {
    expect(recordedRequest(records, "2").request.operation).toBe("DeleteItem");
    expect(recordedRequest(records, "bb").request.operation).toBe("DeleteItem");
    expect(recordedRequest(records, "1").request.params).toEqual({
      TableName: "Orders",
      Key: { id: { S: "1" } },
    });
    expect(() => recordedRequest(records, "3")).toThrow("the session has 2 calls, and `3` is none of them");
  });

  it("comes back without what the record masks or keeps as a digest, and says so", () => {
    const secret = intentOf(
      "PutSecretValue",
      { SecretId: "a", SecretString: MASKED, SecretBinary: MASKED },
      "secretsmanager",
    );
    const object = intentOf("PutObject", { Bucket: "b", Key: "k", Body: { bytes: 1, sha256: "x" } }, "s3");
    const both = stored(["CALL#1#INTENT", secret], ["CALL#2#INTENT", object]);
    expect(recordedRequest(both, "1")).toMatchObject({
      request: { params: { SecretId: "a", SecretString: MASKED } },
      missing: [expect.any(String), "`SecretBinary` is masked or kept as a digest only: it is left out"],
    });
    expect(recordedRequest(both, "2").request.params).toEqual({ Bucket: "b", Key: "k" });
  });

  it("that holds too little is refused with a sentence", () => {
    const [none, large] = [
      { ...base, phase: "INTENT", at: "", call: null } satisfies Intent,
      intentOf("GetItem", null),
    ];
    expect(() => recordedRequest(stored(["CALL#1#INTENT", none]), "1")).toThrow(
      "refused before it was recognised",
    );
    expect(() => recordedRequest(stored(["CALL#1#INTENT", large]), "1")).toThrow(
      "only a digest of the parameters",
    );
  });
});
