// What a changed set of policies would have decided about recorded calls, told by agent, operation and resource.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { deploymentOf } from "../../lib/config.ts";
import { policyCommand } from "../../lib/policy-command.ts";
import { bundleOf, readConfig } from "../../lib/policy-places.ts";
import { type Made, recordedLines } from "./recorded-lines.ts";

const CONFIG = join(import.meta.dirname, "../../policies/tests/deployment.json");
const PRESENT = join(import.meta.dirname, "../../policies");
const config = readConfig(CONFIG);
const deployment = deploymentOf(config);
const maker = {
  bundle: bundleOf(undefined, config),
  deployment,
  groups: ["mcp-readers", "mcp-maintainers"],
  role: "mcp-admin",
};
const folder = mkdtempSync(join(tmpdir(), "countersign-diff-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const get = (Key: string): Made => ({
  service: "s3",
  operation: "GetObject",
  params: { Bucket: "reports", Key },
});
const del = (Key: string): Made => ({
  service: "s3",
  operation: "DeleteObject",
  params: { Bucket: "reports", Key },
});
const world = { readSession: async () => [], readEmergency: async () => [], now: () => 0 };

function linesFile(lines: readonly string[]): string {
  const file = join(mkdtempSync(join(folder, "lines-")), "calls.jsonl");
  writeFileSync(file, lines.join("\n"));
  return file;
}

/** The present policies with one file changed. */
function changed(name: string, change: (text: string) => string): string {
  const directory = mkdtempSync(join(folder, "policies-"));
  cpSync(PRESENT, directory, { recursive: true });
  rmSync(join(directory, "tests"), { recursive: true });
  writeFileSync(join(directory, name), change(readFileSync(join(directory, name), "utf8")));
  return directory;
}

async function diff(file: string, policies: string, ...more: string[]) {
  const args = ["diff", "--config", CONFIG, "--against", file, "--policies", policies, ...more];
  const { lines, errors = [], exitCode } = await policyCommand(args, world);
  return { text: lines.join("\n"), errors, exitCode };
}

describe("a diff", () => {
  const file = linesFile(recordedLines([get("a.csv"), get("a.csv"), get("b.csv"), del("a.csv")], maker));

  it("against the same policies is none, and exit code 0", async () => {
    const { exitCode, text } = await diff(file, PRESENT);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/4 calls/);
  });

  it("names what is newly denied by operation and resource, with the policies that decided", async () => {
    const policies = changed(
      "guard.cedar",
      (text) =>
        `${text}\n@id("no-a")\n@reason("a is closed")\nforbid (principal, action == AWS::Action::"s3:GetObject", resource == AWS::Resource::"arn:aws:s3:::reports/a.csv");\n`,
    );
    const { exitCode, text } = await diff(file, policies, "--json");
    const { differences } = JSON.parse(text);
    expect(exitCode).toBe(1);
    expect(differences).toMatchObject([
      {
        change: "denied",
        operation: "s3:GetObject",
        resources: ["arn:aws:s3:::reports/a.csv"],
        calls: 2,
        before: { decision: "permit" },
        after: { decision: "deny", policies: ["no-a"] },
      },
    ]);
  });

  it("names what is newly permitted, and what is newly held", async () => {
    const free = changed("maintenance.cedar", (text) =>
      text.replace('@approve("group=prod-approvers")\n', ""),
    );
    expect(JSON.parse((await diff(file, free, "--json")).text).differences).toMatchObject([
      { change: "permitted", operation: "s3:DeleteObject", before: { decision: "hold" } },
    ]);
    const loose = linesFile(recordedLines([del("a.csv")], { ...maker, bundle: bundleOf(free, config) }));
    expect(JSON.parse((await diff(loose, PRESENT, "--json")).text).differences).toMatchObject([
      { change: "held", operation: "s3:DeleteObject", after: { decision: "hold" } },
    ]);
  });

  it("says unknown where a policy reads what the record does not hold", async () => {
    const policies = changed(
      "guard.cedar",
      (text) =>
        `${text}\n@id("team-only")\nforbid (principal, action == AWS::Action::"s3:GetObject", resource) when { context.claims has team && context.claims.team == "red" };\n`,
    );
    const { text, exitCode } = await diff(file, policies);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/3 .*team-only/);
  });

  it("passes over what is no record, counts it, and takes a sealed export's form too", async () => {
    const [line = ""] = recordedLines([get("a.csv")], maker);
    const { pk, sk, record } = JSON.parse(line);
    const sealed = JSON.stringify({ type: "record", pk, sk, record: JSON.stringify(record) });
    const future = JSON.stringify({ pk, sk: "CALL#9#OUTCOME", record: { ...record, version: 2 } });
    const mixed = linesFile(['{"type":"header"}', sealed, line, future, "{", '{"next":null,"resume":null}']);
    const { text, exitCode } = await diff(mixed, PRESENT);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/1 call\b/);
    expect(text).toMatch(/another version/);
  });

  it("that cannot be made is exit code 2, with a sentence", async () => {
    const missing = await diff(join(folder, "nothing.jsonl"), PRESENT);
    expect(missing.exitCode).toBe(2);
    expect(missing.errors.join()).toContain("nothing.jsonl");
    expect((await policyCommand(["diff"], world)).exitCode).toBe(2);
  });
});
