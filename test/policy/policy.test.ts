import { describe, expect, it } from "vitest";
import type { CedarEngine } from "../../lambdas/policy/cedar.ts";
import { createPolicy } from "../../lambdas/policy/policy.ts";
import {
  agent,
  bundleOf,
  CONTEXT,
  callOf,
  cedar,
  DEPLOYMENT,
  decide,
  policyOf,
  READER,
  USE_ROLES,
} from "./fixtures.ts";

const PERMIT_ALL = `@id("all") permit(principal, action, resource is AWS::Resource);`;
const KEY = "arn:aws:s3:::site/index.html";
const read = callOf({ actions: { "s3:GetObject": [KEY] } });

describe("a call", () => {
  it("is denied when no policy permits it, with action and ARN in the message", () => {
    expect(decide(policyOf(), read)).toEqual({
      kind: "deny",
      reason: "no_policy",
      policies: [],
      message: `no policy permits this agent \`s3:GetObject\` on \`${KEY}\``,
      policyVersion: "test",
    });
  });

  it("is permitted by name, by service group and by level, with the deciding policies", () => {
    const policy = policyOf(
      `@id("name") permit(principal, action == AWS::Action::"s3:GetObject", resource);`,
      `@id("group") permit(principal, action in AWS::Action::"s3:*", resource);`,
      `@id("level") permit(principal, action in AWS::Action::"level:read", resource);`,
      `@id("other") permit(principal, action in AWS::Action::"level:write", resource);`,
    );
    expect(decide(policy, read)).toEqual({
      kind: "permit",
      policies: ["group", "level", "name", "use-roles"],
      obligations: { scope: "call" },
      policyVersion: "test",
    });
  });

  it("is denied as a whole when one of its actions or resources is not permitted", () => {
    const policy = policyOf(
      `permit(principal, action == AWS::Action::"s3:GetObject", resource) unless { resource in Countersign::ResourceSet::"critical" };`,
    );
    const both = callOf({ actions: { "s3:GetObject": [KEY, "arn:aws:s3:::ledger/1"] } });
    const copy = callOf({ actions: { "s3:GetObject": [KEY], "s3:PutObject": [KEY] } });
    expect(decide(policy, both)).toMatchObject({
      kind: "deny",
      reason: "no_policy",
      message: expect.stringContaining("ledger/1"),
    });
    expect(decide(policy, copy)).toMatchObject({
      kind: "deny",
      reason: "no_policy",
      message: expect.stringContaining("s3:PutObject"),
    });
  });

  it("is forbidden when any of its resources is, with the reasons of the forbids joined", () => {
    const policy = policyOf(
      PERMIT_ALL,
      `@id("f1") @reason("second words") forbid(principal, action, resource in Countersign::ResourceSet::"critical");`,
      `@id("f2") @reason("first words") forbid(principal, action in AWS::Action::"s3:*", resource in Countersign::ResourceSet::"critical");`,
    );
    const call = callOf({ actions: { "s3:GetObject": [KEY, "arn:aws:s3:::ledger/1"] } });
    expect(decide(policy, call)).toMatchObject({
      kind: "deny",
      reason: "forbidden",
      policies: ["f1", "f2"],
      message: "first words; second words",
    });
  });

  it("is forbidden with a sentence that names the policy when the forbid gives no reason", () => {
    const policy = policyOf(PERMIT_ALL, `@id("quiet") forbid(principal, action, resource is AWS::Resource);`);
    expect(decide(policy, read)).toMatchObject({
      message: `\`s3:GetObject\` on \`${KEY}\` is forbidden by the policy \`quiet\``,
    });
  });

  it("must be permitted under every operation that the request may be", () => {
    const policy = policyOf(
      `permit(principal, action, resource) when { context has operation && context.operation == "GetObject" };`,
    );
    expect(decide(policy, read).kind).toBe("permit");
    const ambiguous = callOf({ actions: { "s3:GetObject": [KEY] }, candidates: ["SelectObjectContent"] });
    expect(decide(policy, ambiguous)).toMatchObject({ kind: "deny", reason: "no_policy" });
  });

  it("is forbidden for the one resource that lies in another account", () => {
    const policy = policyOf(
      PERMIT_ALL,
      `@id("far") forbid(principal, action, resource is AWS::Resource) when { resource.account == "999999999999" };`,
    );
    const tables = ["111122223333", "999999999999"].map(
      (account) => `arn:aws:dynamodb:eu-west-1:${account}:table/T`,
    );
    expect(decide(policy, callOf({ actions: { "dynamodb:BatchGetItem": tables } }))).toMatchObject({
      reason: "forbidden",
      policies: ["far"],
    });
  });

  it("keeps control characters and backticks of an ARN out of the message", () => {
    const call = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::b/`\n\u202e<x>"] } });
    expect(decide(policyOf(), call)).toMatchObject({
      message: "no policy permits this agent `s3:GetObject` on `arn:aws:s3:::b/???<x>`",
    });
  });

  it("of a thousand keys in one bucket is decided, and one over the bound of distinct resources is refused", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `arn:aws:s3:::site/${index}`);
    expect(decide(policyOf(PERMIT_ALL), callOf({ actions: { "s3:GetObject": keys } })).kind).toBe("permit");
    const named = keys.map((key) => `permit(principal, action, resource == AWS::Resource::"${key}");`);
    const call = (count: number) => callOf({ actions: { "s3:GetObject": keys.slice(0, count) } });
    expect(decide(policyOf(...named), call(256)).kind).toBe("permit");
    expect(decide(policyOf(...named), call(257))).toMatchObject({
      kind: "deny",
      reason: "policy_error",
      message: expect.stringContaining("split the call"),
    });
  });
});

describe("the context", () => {
  it.each([
    [`context.operation == "GetObject"`],
    [
      `context.params.Key == "index.html" && context.params.Limit <= 10 && context.params.Deep.List.contains("b")`,
    ],
    [`context.sourceIp.isInRange(ip("192.0.2.0/24"))`],
    [`context.userAgent like "Boto3/*"`],
    [`context.now == datetime("2026-11-18T11:06:40Z")`],
    [`context.session.age == 1000 && context.session.sourceIp == context.sourceIp`],
    [`context.claims.team == "reports" && context.claims.teams.contains("b")`],
    [`principal.issuer == "https://idp.example.com" && principal.subject == "agent-1"`],
    [`resource.service == "s3" && resource.type == "thing" && resource.account == "" && resource.complete`],
    [
      `principal == Countersign::Agent::"https://idp.example.com|agent-1" && principal in Countersign::Group::"g"`,
    ],
  ])("lets a policy read %s", (condition) => {
    const policy = policyOf(`permit(principal, action, resource is AWS::Resource) when { ${condition} };`);
    const parameters = { Key: "index.html", Limit: 3, Deep: { List: ["a", "b"] } };
    const call = callOf({ actions: { "s3:GetObject": [KEY] }, parameters });
    const principal = agent(["g"], { team: "reports", teams: ["a", "b"] });
    expect(decide(policy, call, { principal })).toMatchObject({ kind: "permit" });
  });
});

describe("what cannot be evaluated", () => {
  const broken = `@id("broken") permit(principal, action, resource is AWS::Resource) when { context.params.Missing == 1 };`;

  it.each([
    ["a permit that fails beside one that matches", [PERMIT_ALL, broken], read],
    ["a forbid that fails", [PERMIT_ALL, broken.replace("permit", "forbid")], read],
    [
      "tags that were not looked up",
      [
        PERMIT_ALL,
        `@id("broken") forbid(principal, action, resource is AWS::Resource) when { resource.tags has critical };`,
      ],
      read,
    ],
    [
      "a comparison of text with a number",
      [
        PERMIT_ALL,
        `@id("broken") forbid(principal, action, resource is AWS::Resource) when { context.params.Limit < 3 };`,
      ],
      callOf({ actions: { "s3:GetObject": [KEY] }, parameters: { Limit: "2" } }),
    ],
  ])("is refused: %s", (_, texts, call) => {
    expect(decide(policyOf(...texts), call)).toMatchObject({
      kind: "deny",
      reason: "policy_error",
      policies: ["broken"],
    });
  });

  it.each([
    ["a source IP that is none", { sourceIp: "unknown" }],
    ["a time that is none", { now: Number.NaN }],
  ])("is refused: %s", (_, context) => {
    expect(decide(policyOf(PERMIT_ALL), read, { context })).toMatchObject({
      kind: "deny",
      reason: "policy_error",
      policies: [],
    });
  });

  it("is refused: an ARN with a lone surrogate, which Cedar would read as another name", () => {
    const call = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::site/\ud800"] } });
    expect(decide(policyOf(PERMIT_ALL), call)).toMatchObject({ reason: "policy_error" });
  });

  const success = (decision: "allow" | "deny", reason: string[]) => ({
    type: "success" as const,
    response: { decision, diagnostics: { reason, errors: [] } },
    warnings: [],
  });
  it.each<[string, CedarEngine["statefulIsAuthorized"]]>([
    [
      "throws",
      () => {
        throw new Error("unreachable");
      },
    ],
    ["fails", () => ({ type: "failure", errors: [], warnings: [] })],
    ["allows without a policy", () => success("allow", [])],
    ["allows by a policy that is not in the bundle", () => success("allow", ["stranger"])],
    [
      "allows by a policy that is not in the bundle beside one that is",
      () => success("allow", ["all", "stranger"]),
    ],
    ["answers with a word we do not know", () => success("maybe" as "deny", ["all"])],
    ["answers nothing", () => undefined as unknown as ReturnType<CedarEngine["statefulIsAuthorized"]>],
  ])("is refused: an engine that %s", (_, statefulIsAuthorized) => {
    const policy = createPolicy(bundleOf(USE_ROLES, PERMIT_ALL), DEPLOYMENT, {
      ...cedar,
      statefulIsAuthorized,
    });
    expect(decide(policy, read)).toMatchObject({ kind: "deny", reason: "policy_error" });
    expect(policy.decideRole({ principal: agent(), role: READER, context: CONTEXT })).toMatchObject({
      reason: "policy_error",
    });
  });

  it("stops the start when the bundle does not parse", () => {
    const bundle = bundleOf(PERMIT_ALL);
    const spoilt = { ...bundle, policies: bundle.policies.map((each) => ({ ...each, text: "permit(" })) };
    expect(() => createPolicy(spoilt, DEPLOYMENT, cedar)).toThrow("does not parse");
  });
});

describe("two policies on one engine", () => {
  it("each decide by their own bundle, whichever was created last", () => {
    const open = policyOf(PERMIT_ALL);
    const closed = policyOf();
    expect([decide(open, read).kind, decide(closed, read).kind, decide(open, read).kind]).toEqual([
      "permit",
      "deny",
      "permit",
    ]);
  });
});
