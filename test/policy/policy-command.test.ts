import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PolicyWorld, policyCommand } from "../../lib/policy-command.ts";
import { ruleOf } from "./emergency-rules.ts";

const CONFIG = join(import.meta.dirname, "../../policies/tests/deployment.json");
const NOON = Date.parse("2026-07-01T12:00:00Z");
const WORLD: PolicyWorld = { readSession: async () => [], readEmergency: async () => [], now: () => NOON };

const output = (...args: readonly string[]) => outputIn(WORLD, ...args);

async function outputIn(world: PolicyWorld, ...args: readonly string[]) {
  const { lines, exitCode } = await policyCommand(args, world);
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

describe("the emergency forbid", () => {
  const CALL = [
    ...["--config", CONFIG, "--group", "mcp-readers", "--role", "mcp-reader"],
    ...["--", "aws", "s3api", "list-buckets"],
  ];

  it("counts when it is asked for, from the state that is named", async () => {
    const readEmergency = async (table: string | undefined) => [
      ruleOf({ id: "stop", action: table === "State" ? "s3:*" : "iam:*" }),
    ];
    const told = (...args: string[]) => outputIn({ ...WORLD, readEmergency }, "explain", ...args, ...CALL);
    expect((await told()).text).toMatch(/^PERMIT/);
    expect((await told("--emergency")).text).toMatch(/^PERMIT/);
    const { text } = await told("--emergency", "--state-table", "State");
    expect(text).toMatch(/^DENY: forbidden by emergency:stop\n/);
    expect(text).toContain("without the emergency rules: PERMIT");
  });
});

describe("what is hidden", () => {
  it("is told with what masking hides whatever the policies say", async () => {
    const args = ["secretsmanager", "get-secret-value", "--secret-id", "orders"];
    const { text } = await output(
      ...["explain", "--config", CONFIG, "--group", "mcp-readers", "--role", "mcp-reader", "--", "aws"],
      ...args,
    );
    expect(text).toMatch(/^PERMIT/);
    expect(text).toContain("always: SecretBinary, SecretString");
  });
});
