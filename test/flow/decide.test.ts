// What counts when a deployment enforces, and what still counts when it only observes.

import { describe, expect, it } from "vitest";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import type { Policy } from "../../lambdas/policy/policy.ts";
import { fakeBudgets } from "../fakes/budgets.ts";
import { ruleOf } from "../policy/emergency-rules.ts";
import { callOf, DEPLOYMENT } from "../policy/fixtures.ts";
import { type Deciding, decided, onlyPolicy, policyWith } from "./deciding.ts";

const READ = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::ledger/a"] } });
const VEND = callOf({
  actions: { "sts:AssumeRole": ["arn:aws:iam::111122223333:role/x"] },
  vendsCredentials: true,
});
const OBSERVE: { deployment: Deployment } = { deployment: { ...DEPLOYMENT, mode: "observe" } };
const READS = `permit(principal, action in AWS::Action::"s3:*", resource);`;

const DENIED = [
  ["no_policy", policyWith()],
  ["forbidden", policyWith(READS, `@reason("no") forbid(principal, action, resource is AWS::Resource);`)],
  [
    "policy_error",
    policyWith(
      `permit(principal, action in AWS::Action::"s3:*", resource) when { context.params.Gone == 1 };`,
    ),
  ],
  ["obligation_unsupported", policyWith(`@approve("group=g") ${READS}`)],
] as const;

describe("a deployment that enforces", () => {
  it.each(DENIED)("refuses a call for %s", async (reason, policy) => {
    expect(await decided(READ, policy)).toMatchObject({
      result: { kind: "refused", code: "AccessDenied" },
      decision: { kind: "deny", reason },
      enforced: true,
    });
  });
});

describe("an operation that AWS carries out in the caller's name", () => {
  const stack = callOf({
    actions: {
      "cloudformation:CreateStack": [["arn:aws:cloudformation:eu-west-1:111122223333:stack/s/", ""]],
    },
  });
  const permit = (annotations: string) =>
    `${annotations} permit(principal, action in AWS::Action::"cloudformation:*", resource);`;

  it('is sent under `@scope("role")` of every permit that matched', async () => {
    expect(await decided(stack, policyWith(permit(`@scope("role")`)))).toMatchObject({
      result: { kind: "permitted", obligations: { scope: "role" } },
    });
  });

  it.each([
    ["no permit says so", [permit("")]],
    ["one of two permits does not", [permit(`@scope("role")`), permit("")]],
  ])("is refused, and takes of no budget, when %s", async (_, texts) => {
    const budgets = { spend: () => Promise.reject(new Error("asked")) };
    const limited = permit(`@id("few") @limit("calls=1 per=1h") @scope("role")`);
    expect(await decided(stack, policyWith(...texts, limited), { budgets })).toMatchObject({
      result: { code: "AccessDenied", message: expect.stringContaining(`has to say \`@scope("role")\``) },
      decision: { kind: "deny", reason: "scope_too_narrow" },
      enforced: true,
    });
  });
});

describe("a budget", () => {
  const LIMITED = `@id("few") @limit("calls=2 per=1h") ${READS}`;
  const times = async (count: number, policy: Policy, options: Deciding = {}, call = READ) => {
    const budgets = fakeBudgets();
    const kinds: string[] = [];
    for (let asked = 0; asked < count; asked++)
      kinds.push((await decided(call, policy, { budgets, ...options })).result.kind);
    return kinds;
  };

  it("refuses the call after the last one, in words that name it", async () => {
    const policy = policyWith(LIMITED);
    expect(await times(4, policy)).toEqual(["permitted", "permitted", "refused", "refused"]);
    const budgets = fakeBudgets();
    for (let spent = 0; spent < 2; spent++) await decided(READ, policy, { budgets });
    expect(await decided(READ, policy, { budgets })).toMatchObject({
      result: { code: "AccessDenied", message: expect.stringContaining("`few` is used up: 2 calls in 1h") },
      decision: { kind: "deny", reason: "limit_reached", policies: ["few"] },
      enforced: true,
    });
  });

  it("is not touched by calls that are denied", async () => {
    const budgets = fakeBudgets();
    const denied = policyWith(LIMITED, `forbid(principal, action in AWS::Action::"s3:*", resource);`);
    for (let asked = 0; asked < 3; asked++) await decided(READ, denied, { budgets });
    expect((await decided(READ, policyWith(LIMITED), { budgets })).result.kind).toBe("permitted");
  });

  it("holds together with every other that was stated: the first that is used up refuses", async () => {
    const policy = policyWith(LIMITED, `@id("fewer") @limit("calls=1 per=1d") ${READS}`);
    expect(await times(2, policy)).toEqual(["permitted", "refused"]);
  });

  it("that cannot be counted lets nothing pass", async () => {
    const budgets = { spend: () => Promise.reject(new Error("down")) };
    await expect(decided(READ, policyWith(LIMITED), { budgets })).rejects.toThrow("down");
    await expect(decided(READ, policyWith(LIMITED), { ...OBSERVE, budgets })).rejects.toThrow("down");
  });

  it("is counted and recorded, and refuses nothing, where the deployment only observes", async () => {
    const budgets = fakeBudgets();
    const policy = policyWith(LIMITED);
    expect(await times(3, policy, { ...OBSERVE, budgets })).toEqual(Array(3).fill("permitted"));
    expect(await decided(READ, policy, { ...OBSERVE, budgets })).toMatchObject({
      decision: { reason: "limit_reached" },
      enforced: false,
    });
  });
});

describe("a deployment that observes", () => {
  it.each(DENIED)("lets a call pass that is denied for %s, and records that", async (reason, policy) => {
    expect(await decided(READ, policy, OBSERVE)).toMatchObject({
      result: { kind: "permitted", obligations: { scope: "call" } },
      decision: { kind: "deny", reason },
      enforced: false,
    });
  });

  it("hides what the permits hide of a call that would be held, or is over its budget", async () => {
    const mask = { masks: [{ path: "Body", style: "fixed" }], unmasks: [], detectors: ["jwt"] };
    const hiding = (more: string) => policyWith(`@mask("Body") @detect("jwt") ${more} ${READS}`);
    for (const [policy, budgets, kind] of [
      [hiding(`@approve("group=prod-approvers")`), fakeBudgets(), "hold"],
      [hiding(`@limit("calls=1 per=1h")`), { spend: async () => "used_up" as const }, "deny"],
    ] as const) {
      expect(await decided(READ, policy, { ...OBSERVE, budgets })).toMatchObject({
        result: { kind: "permitted", obligations: { scope: "call", mask } },
        decision: { kind },
        enforced: false,
      });
    }
  });

  it("says of a permit that it was only observed", async () => {
    expect(await decided(READ, policyWith(READS), OBSERVE)).toMatchObject({
      result: { kind: "permitted" },
      decision: { kind: "permit" },
      enforced: false,
    });
  });

  it.each([
    ["a role that no policy permits", onlyPolicy(READS), READ],
    [
      "a role that a policy forbids",
      policyWith(READS, `forbid(principal, action == Countersign::Action::"AssumeRole", resource);`),
      READ,
    ],
    ["credentials that no policy names", policyWith(), VEND],
    [
      "credentials that a policy forbids",
      policyWith(
        `permit(principal, action == AWS::Action::"sts:AssumeRole", resource);`,
        `forbid(principal, action in AWS::Action::"sts:*", resource);`,
      ),
      VEND,
    ],
  ])("still refuses %s", async (_, policy, call) => {
    expect(await decided(call, policy, OBSERVE)).toMatchObject({
      result: { kind: "refused", code: "AccessDenied" },
      enforced: true,
    });
  });

  it("still refuses what is forbidden in an emergency", async () => {
    const emergency = { kind: "rules", rules: [ruleOf()] } as const;
    expect(await decided(READ, policyWith(READS), { ...OBSERVE, emergency })).toMatchObject({
      result: { kind: "refused" },
      decision: { policies: ["emergency:k3"] },
      enforced: true,
    });
  });
});
