import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addUp } from "../../lambdas/policy/obligations.ts";
import { agent, bundleOf, CONTEXT, callOf, decide, policyOf, READER } from "./fixtures.ts";

const permit = (annotations: string) =>
  `${annotations} permit(principal, action, resource is AWS::Resource);`;
const call = callOf({
  actions: { "cloudformation:CreateStack": ["arn:aws:cloudformation:eu-west-1:111122223333:stack/s/*"] },
});

describe("a matched permit with an obligation that no engine carries out", () => {
  it.each([
    [`@approve("ops")`],
    [`@approve("group=nobody")`],
    [`@mask("Secret String")`],
    [`@mask("SecretString=stars")`],
    [`@unmask("SecretString[0]")`],
    [`@detect("pems")`],
    [`@limit("calls=many")`],
    [`@record("nothing")`],
    [`@scope("prefix")`],
    [`@invented("x")`],
  ])("refuses: %s", (annotation) => {
    const policy = policyOf(permit(`@id("obliged") ${annotation}`));
    expect(decide(policy, call)).toMatchObject({
      kind: "deny",
      reason: "obligation_unsupported",
      policies: ["obliged"],
    });
  });

  it("refuses although another permit matched without it", () => {
    const policy = policyOf(permit(`@id("free")`), permit(`@id("held") @approve("group=nobody")`));
    expect(decide(policy, call)).toMatchObject({ reason: "obligation_unsupported", policies: ["held"] });
  });

  it("refuses nothing where that permit does not match", () => {
    const held = `@approve("group=nobody") permit(principal in Countersign::Group::"others", action, resource);`;
    expect(decide(policyOf(permit(""), held), call).kind).toBe("permit");
  });

  it("refuses the use of a role as well", () => {
    const held = `@id("held") @approve("group=nobody") permit(principal, action == Countersign::Action::"AssumeRole", resource);`;
    const decision = policyOf(held).decideRole({ principal: agent(), role: READER, context: CONTEXT });
    expect(decision).toMatchObject({ kind: "deny", reason: "obligation_unsupported", policies: ["held"] });
  });

  it("does not outrank a forbid", () => {
    const policy = policyOf(
      permit(`@limit("calls=1 per=1h")`),
      `@id("no") forbid(principal, action, resource is AWS::Resource);`,
    );
    expect(decide(policy, call)).toMatchObject({ reason: "forbidden", policies: ["no"] });
  });
});

describe("the scope", () => {
  it.each([
    [["role"], "role"],
    [["role", "role"], "role"],
    [["role", null], "call"],
    [["role", "call"], "call"],
    [["prefix", "call"], "call"],
    [[null], "call"],
  ])("of %j is %s: the widest that every matched permit allows", (scopes, expected) => {
    const texts = scopes.map((scope) => permit(scope === null ? "" : `@scope("${scope}")`));
    expect(decide(policyOf(...texts), call)).toMatchObject({
      kind: "permit",
      obligations: { scope: expected },
    });
  });

  it("of prefix is refused while no engine carries it out, also beside role", () => {
    const policy = policyOf(permit(`@id("wide") @scope("role")`), permit(`@id("narrow") @scope("prefix")`));
    expect(decide(policy, call)).toMatchObject({ reason: "obligation_unsupported", policies: ["narrow"] });
  });

  it("adds up over all resources of the call", () => {
    const policy = policyOf(
      `@scope("role") permit(principal, action, resource is AWS::Resource);`,
      `permit(principal, action, resource in Countersign::ResourceSet::"critical");`,
    );
    const two = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::site/1", "arn:aws:s3:::ledger/1"] } });
    expect(decide(policy, two)).toMatchObject({ kind: "permit", obligations: { scope: "call" } });
  });

  it("and the refusals come out alike in every order of the permits", () => {
    const annotation = fc.constantFrom(
      "",
      ...["call", "prefix", "role"].map((scope) => `@scope("${scope}")`),
      `@record("full")`,
      `@record("metadata")`,
      `@detect("pems")`,
    );
    fc.assert(
      fc.property(fc.array(annotation, { minLength: 1, maxLength: 5 }), fc.nat(), (annotations, turn) => {
        const { policies } = bundleOf(...annotations.map(permit));
        const turned = [
          ...policies.slice(turn % policies.length),
          ...policies.slice(0, turn % policies.length),
        ];
        const one = addUp(policies);
        for (const order of [turned, turned.toReversed()]) {
          const other = addUp(order);
          expect(other.scope).toBe(one.scope);
          expect([...other.unsupported].sort()).toEqual([...one.unsupported].sort());
        }
      }),
      { numRuns: 100 },
    );
  });
});
