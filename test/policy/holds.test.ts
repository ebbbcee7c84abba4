// What is held for people, and what the sum of several demands is.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import { parseApproval } from "../../lambdas/policy/approval-terms.ts";
import { type AddedUp, addUp, obligationsOf } from "../../lambdas/policy/obligations.ts";
import { createPolicy, type Policy } from "../../lambdas/policy/policy.ts";
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
  sessionOf,
  USE_ROLES,
} from "./fixtures.ts";

const permit = (annotations: string) =>
  `${annotations} permit(principal, action, resource is AWS::Resource);`;
const ROLES = `permit(principal, action == Countersign::Action::"AssumeRole", resource);`;
const call = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::site/1"] } });
const CALL_PERMIT = permit(`@id("call")`);

function inSession(policy: Policy, approvedSession: boolean) {
  const principal = agent();
  const session = sessionOf(principal, READER);
  return policy.decideCall({ principal, role: READER, session, call, context: CONTEXT, approvedSession });
}

describe("a call that a matched permit holds", () => {
  it("is held for the group, with the defaults: one person, one hour, rejected when late, run while attended", () => {
    expect(decide(policyOf(permit(`@id("held") @approve("group=ops")`)), call)).toEqual({
      kind: "hold",
      policies: ["held", "use-roles"],
      obligations: { scope: "call" },
      approval: {
        groups: ["ops"],
        quorum: 1,
        withinSeconds: 3_600,
        otherwise: "reject",
        run: "attended",
      },
      holdsSession: false,
      policyVersion: "test",
    });
  });

  it("is held although another permit matched without it", () => {
    const policy = policyOf(permit(`@id("free")`), permit(`@id("held") @approve("group=ops")`));
    expect(decide(policy, call)).toMatchObject({ kind: "hold", policies: ["free", "held", "use-roles"] });
  });

  it("is held by the sum over all its resources: every group, the most people, the shortest time", () => {
    const policy = policyOf(
      `@approve("group=security quorum=3 within=2h otherwise=queue run=stored") permit(principal, action, resource in Countersign::ResourceSet::"critical");`,
      `@approve("group=ops within=30m otherwise=queue run=stored") permit(principal, action, resource in Countersign::ResourceSet::"public");`,
    );
    const two = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::site/1", "arn:aws:s3:::ledger/1"] } });
    expect(decide(policy, two)).toMatchObject({
      approval: {
        groups: ["ops", "security"],
        quorum: 3,
        withinSeconds: 1_800,
        otherwise: "queue",
        run: "stored",
      },
    });
  });

  it("keeps its other obligations for when it runs", () => {
    const policy = policyOf(
      permit(
        `@approve("group=ops") @limit("calls=1 per=1h") @mask("Body") @record("metadata") @scope("role")`,
      ),
    );
    expect(decide(policy, call)).toMatchObject({
      kind: "hold",
      obligations: {
        scope: "role",
        limits: [{ calls: 1 }],
        mask: { masks: [{ path: "Body", style: "fixed" }] },
        record: "metadata",
      },
    });
  });

  it("is denied where a forbid matches, and where one of its resources is not permitted", () => {
    const held = permit(`@approve("group=ops")`);
    const forbid = `@id("no") forbid(principal, action, resource is AWS::Resource);`;
    expect(decide(policyOf(held, forbid), call)).toMatchObject({ reason: "forbidden" });
    const critical = `@approve("group=ops") permit(principal, action, resource in Countersign::ResourceSet::"critical");`;
    expect(decide(policyOf(critical), call)).toMatchObject({ reason: "no_policy" });
  });
});

describe("a hold that nobody could end", () => {
  const held = permit(`@id("held") @approve("group=strangers")`);

  it("is a denial where the group is not configured, and says so", () => {
    expect(decide(policyOf(held), call)).toMatchObject({
      kind: "deny",
      reason: "obligation_unsupported",
      policies: ["held"],
      message: expect.stringContaining("`strangers`, which is no approver group"),
    });
  });

  it("is a denial where one of two groups is not configured", () => {
    const policy = policyOf(permit(`@approve("group=ops")`), held);
    expect(decide(policy, call)).toMatchObject({ reason: "obligation_unsupported" });
  });

  it("is a denial where the deployment has no approvals", () => {
    const deployment: Deployment = { ...DEPLOYMENT, approvals: null };
    const policy = createPolicy(bundleOf(USE_ROLES, permit(`@approve("group=ops")`)), deployment, cedar);
    expect(decide(policy, call)).toMatchObject({
      reason: "obligation_unsupported",
      message: expect.stringContaining("has nobody who approves"),
    });
  });
});

describe("the use of a role that a permit holds", () => {
  const held = `@id("role") @approve("group=security quorum=2") ${ROLES}`;
  const policyWith = (...texts: readonly string[]) =>
    createPolicy(bundleOf(held, ...texts), DEPLOYMENT, cedar);

  it("is held at the exchange, as one of the session", () => {
    const decision = policyWith().decideRole({ principal: agent(), role: READER, context: CONTEXT });
    expect(decision).toMatchObject({
      kind: "hold",
      holdsSession: true,
      approval: { groups: ["security"], quorum: 2 },
    });
  });

  it("holds the session's calls until the session is approved", () => {
    const policy = policyWith(CALL_PERMIT);
    expect(inSession(policy, false)).toMatchObject({
      kind: "hold",
      holdsSession: true,
      policies: ["call", "role"],
      approval: { groups: ["security"] },
    });
    expect(inSession(policy, true)).toMatchObject({ kind: "permit", policies: ["call", "role"] });
  });

  it("comes before what holds the call itself, which comes then", () => {
    const policy = policyWith(permit(`@approve("group=ops")`));
    expect(inSession(policy, false)).toMatchObject({
      holdsSession: true,
      approval: { groups: ["security"] },
    });
    expect(inSession(policy, true)).toMatchObject({
      holdsSession: false,
      approval: { groups: ["ops"], quorum: 1 },
    });
  });

  it("holds no call that is denied anyway", () => {
    expect(inSession(policyWith(), false)).toMatchObject({ kind: "deny", reason: "no_policy" });
  });

  it("makes an approved session no wider: the policies of the role are asked again", () => {
    const forbid = `@id("closed") forbid(principal, action == Countersign::Action::"AssumeRole", resource);`;
    expect(inSession(policyWith(CALL_PERMIT, forbid), true)).toMatchObject({ reason: "forbidden" });
  });
});

describe("the terms of an approval", () => {
  it.each([
    "",
    "quorum=2",
    "group=",
    "group=1ops",
    "group=ops group=security",
    "group=ops quorum=0",
    "group=ops quorum=10",
    "group=ops within=1h within=2h",
    "group=ops within=0h",
    "group=ops within=8d",
    "group=ops within=1w",
    "group=ops  quorum=2",
    "group=ops otherwise=permit",
    "group=ops run=now",
    "group=ops extra",
    "group=ops=x",
    "group=ops toString=1",
  ])("are none: %j", (text) => expect(parseApproval(text)).toBeUndefined());

  it("come in any order", () => {
    const expected = parseApproval("group=ops quorum=2 within=7d otherwise=queue run=stored");
    expect(expected).toMatchObject({ withinSeconds: 604_800, quorum: 2 });
    expect(parseApproval("run=stored otherwise=queue within=7d quorum=2 group=ops")).toEqual(expected);
  });
});

const optional = <T extends string>(name: string, ...values: readonly T[]) =>
  fc.constantFrom("", ...values.map((value) => ` ${name}=${value}`));
const approve = fc
  .tuple(
    fc.constantFrom("ops", "security", "prod-approvers"),
    optional("quorum", "1", "2", "5"),
    optional("within", "5m", "1h", "2d"),
    optional("otherwise", "reject", "queue"),
    optional("run", "attended", "stored"),
  )
  .map((parts) => `@approve("group=${parts.join("")}")`);
const annotations = fc
  .tuple(
    fc.option(approve, { nil: "" }),
    fc.constantFrom("", `@mask("A")`, `@mask("A=last4, B=hash")`, `@mask("A=drop")`),
    fc.constantFrom("", `@unmask("C") @reason("r")`, `@unmask("C, D") @reason("r")`),
    fc.constantFrom("", `@detect("jwt")`, `@detect("email, iban")`),
    fc.constantFrom("", `@record("full")`, `@record("parameters")`, `@record("metadata")`),
    fc.constantFrom("", `@scope("call")`, `@scope("role")`),
  )
  .map((parts) => parts.join(" "));

function expectNoLess(sum: AddedUp, one: AddedUp): void {
  const pathsOf = ({ mask }: AddedUp) => mask?.masks.map(({ path }) => path) ?? [];
  const shownOf = ({ mask }: AddedUp) => mask?.unmasks.map(({ path }) => path) ?? [];
  expect(sum.approval?.quorum ?? 0).toBeGreaterThanOrEqual(one.approval?.quorum ?? 0);
  expect(sum.approval?.groups ?? []).toEqual(expect.arrayContaining([...(one.approval?.groups ?? [])]));
  expect(pathsOf(sum)).toEqual(expect.arrayContaining(pathsOf(one)));
  expect(shownOf(one)).toEqual(expect.arrayContaining(shownOf(sum)));
}

describe("what several permits oblige to", () => {
  it("is the same in every order, and never less than one of them asks", () => {
    fc.assert(
      fc.property(fc.array(annotations, { minLength: 1, maxLength: 5 }), fc.nat(), (texts, turn) => {
        const { policies } = bundleOf(...texts.map((text, index) => permit(`@id("p${index}") ${text}`)));
        const at = turn % policies.length;
        const turned = [...policies.slice(at), ...policies.slice(0, at)];
        const sum = addUp(policies);
        for (const order of [turned, turned.toReversed(), [...policies, ...policies]]) {
          expect(addUp(order).approval).toEqual(sum.approval);
          expect(obligationsOf(addUp(order))).toEqual(obligationsOf(sum));
        }
        for (const each of policies) expectNoLess(sum, addUp([each]));
      }),
      { numRuns: 300 },
    );
  });
});
