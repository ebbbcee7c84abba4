// The tool that tests policies: it must fail when a case is wrong, and when a policy has none.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runPolicyCases } from "../../lib/policy-case-run.ts";
import { caseRunText, isCleanRun } from "../../lib/policy-case-text.ts";

const SHIPPED = join(import.meta.dirname, "../../policies");
const GET = "aws s3api get-object --bucket reports --key a";
const CASE = {
  name: "a reader reads",
  groups: ["mcp-readers"],
  call: GET,
  expect: "permit",
  by: ["read"],
};

const POLICIES = `
@id("use-reader") permit(principal in Countersign::Group::"mcp-readers", action == Countersign::Action::"AssumeRole", resource is Countersign::Role);
@id("read") permit(principal, action in AWS::Action::"level:read", resource is AWS::Resource);
@id("held") @approve("group=prod-approvers quorum=2") @mask("VersionId") permit(principal, action == AWS::Action::"s3:DeleteObject", resource is AWS::Resource);
@id("no-deletes") @reason("objects and buckets are deleted by people") forbid(principal, action == AWS::Action::"s3:DeleteBucket", resource is AWS::Resource);
`;

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cases-"));
  mkdirSync(join(directory, "tests"));
  cpSync(join(SHIPPED, "tests/deployment.json"), join(directory, "tests/deployment.json"));
  writeFileSync(join(directory, "a.cedar"), POLICIES);
});
afterEach(() => rmSync(directory, { recursive: true }));

function run(...cases: readonly object[]) {
  writeFileSync(join(directory, "tests/a.json"), JSON.stringify({ about: "x", cases }));
  return runPolicyCases(directory);
}

describe("a run of cases", () => {
  it("finds what is as expected", () => {
    const { results } = run(CASE);
    expect(results).toEqual([{ file: "a.json", name: "a reader reads", faults: [] }]);
  });

  const HELD = {
    ...CASE,
    call: "aws s3api delete-object --bucket reports --key a",
    expect: "hold",
    by: ["held"],
  };

  it("finds who has to approve, and what is masked", () => {
    const faultsOf = (fields: object) => run({ ...HELD, ...fields }).results[0]?.faults;
    const right = { approvers: ["prod-approvers"], quorum: 2, holdsSession: false, masks: ["VersionId"] };
    expect(faultsOf(right)).toEqual([]);
    expect(faultsOf({ approvers: ["others"] })).toEqual([
      'expected `approvers` to be ["others"], got ["prod-approvers"]',
    ]);
    expect(faultsOf({ quorum: 1 })).toEqual(["expected `quorum` to be 1, got 2"]);
    expect(faultsOf({ holdsSession: true })).toEqual(["expected `holdsSession` to be true, got false"]);
    expect(faultsOf({ masks: [] })).toEqual(['expected `masks` to be [], got ["VersionId"]']);
    expect(faultsOf({ call: GET, expect: "permit", by: ["read"], quorum: 1 })).toEqual([
      "expected `quorum` to be 1, got permit",
    ]);
  });

  it.each([
    ["another decision", { expect: "no_policy", by: [] }, "expected no_policy, got permit by `read`"],
    [
      "another reason",
      { call: "aws s3api delete-bucket --bucket reports", expect: "no_policy", by: [] },
      "got forbidden by `no-deletes`: objects and buckets",
    ],
    ["other policies", { by: ["other"] }, "expected it by `other`, got it by `read`"],
    ["fewer policies", { by: [] }, "expected it by no policy, got it by `read`"],
    [
      "other words to the agent",
      {
        call: "aws s3api delete-bucket --bucket reports",
        expect: "forbidden",
        by: ["no-deletes"],
        says: "please",
      },
      "expected the agent to be told `please`",
    ],
    [
      "a call that is not recognised",
      { call: { "s3:ListObjectsV2": { Bucket: "a--b--x-s3" } }, expect: "permit" },
      "got unrecognised by no policy",
    ],
    ["a command line that does not parse", { call: "aws s3api get-objekt" }, "has no operation `get-objekt`"],
    [
      "two operations in one case",
      { call: { "s3:ListBuckets": {}, "sts:GetCallerIdentity": {} } },
      "`call` names one operation",
    ],
    [
      "an issuer that is not configured",
      { issuer: "https://other.example.com" },
      "is no issuer of this deployment",
    ],
  ])("tells %s", (_, fields, fault) => {
    const [result] = run({ ...CASE, ...fields }).results;
    expect(result?.faults).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    ["a misspelt field", { expcet: "permit" }, "cases[0].expcet: unknown key"],
    [
      "a decision that there is not",
      { expect: "allow" },
      "cases[0].expect: must be `permit`, `hold`, a reason of a denial",
    ],
    ["a misspelt context", { context: { sourceIP: "x" } }, "cases[0].context.sourceIP: unknown key"],
  ])("stops at %s: a case must not pass for want of a question", (_, fields, message) => {
    expect(() => run({ ...CASE, ...fields })).toThrow(message);
  });

  it("asks at the time, from the address and by the client that the case names", () => {
    writeFileSync(
      join(directory, "night.cedar"),
      `@id("office") @reason("only from the office, by day") forbid(principal, action in AWS::Action::"level:read", resource is AWS::Resource) unless { context.sourceIp.isInRange(ip("192.0.2.0/24")) && context.now < datetime("2026-07-01T18:00:00Z") && context.userAgent like "Boto3/*" && context.session.age < 600 };`,
    );
    const outcomes = [
      {},
      { context: { sourceIp: "198.51.100.1" } },
      { context: { now: "2026-07-01T18:00:00Z" } },
      { context: { userAgent: "curl" } },
      { context: { sessionAge: 600 } },
    ].map((fields) => run({ ...CASE, ...fields }).results[0]?.faults.length);
    expect(outcomes).toEqual([0, 1, 1, 1, 1]);
  });

  it("asks about resources with the tags that the case names, and fails without where a policy reads them", () => {
    writeFileSync(
      join(directory, "tags.cedar"),
      `@id("tagged") @reason("production is read by people") forbid(principal, action == AWS::Action::"s3:GetObject", resource is AWS::Resource) when { resource.tags has stage && resource.tags.stage == "production" };`,
    );
    const outcome = (fields: object) => run({ ...CASE, ...fields }).results[0]?.faults;
    expect(outcome({ tags: {} })).toEqual([]);
    expect(outcome({ tags: { stage: "test" } })).toEqual([]);
    expect(outcome({ tags: { stage: "production" }, expect: "forbidden", by: ["tagged"] })).toEqual([]);
    expect(outcome({ expect: "policy_error", by: ["tagged"] })).toEqual([]);
  });

  it("takes what all cases of a file share from `as`", () => {
    const { name, call, expect: expected } = CASE;
    const text = {
      about: "x",
      as: { groups: ["mcp-readers"], role: "mcp-reader" },
      cases: [{ name, call, expect: expected }],
    };
    writeFileSync(join(directory, "tests/a.json"), JSON.stringify(text));
    expect(runPolicyCases(directory).results[0]?.faults).toEqual([]);
  });

  it("is clean only when nothing failed and every policy decided something", () => {
    const all = runPolicyCases(SHIPPED);
    expect(isCleanRun(all)).toBe(true);
    expect(isCleanRun({ ...all, unreached: all.bundle.policies.slice(0, 1) })).toBe(false);
    expect(isCleanRun({ ...all, results: [{ file: "a", name: "b", faults: ["c"] }] })).toBe(false);
    expect(isCleanRun(run(CASE))).toBe(false);
  });

  it("is written with what failed, why, and which policies no case reaches", () => {
    const lines = caseRunText(run(CASE, { ...CASE, name: "wrong", expect: "forbidden" }));
    expect(lines).toEqual(
      expect.arrayContaining([
        "FAIL  a.json  2 cases",
        "        wrong",
        "          expected forbidden, got permit by `read`",
        "FAIL  no case is decided by `no-deletes` (policies/a.cedar)",
        expect.stringMatching(/^2 cases, 1 not as expected; \d+ policies, \d+ without a case$/),
        "groups, which no check can know: mcp-readers",
      ]),
    );
    expect(lines.join("\n")).not.toContain("`use-reader`");
  });
});
