import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccessLevel } from "../../lambdas/model/aws-call.ts";
import { callOf, decide, policyOf } from "./fixtures.ts";

const ROLE = "arn:aws:iam::111122223333:role/x";
const assume = callOf({ actions: { "sts:AssumeRole": [ROLE] }, vendsCredentials: true });

describe("a call that vends credentials", () => {
  it("is refused for every action although every action is permitted, unless a permit names it", () => {
    const all = [
      `permit(principal, action, resource is AWS::Resource);`,
      ...["list", "read", "tagging", "write", "permissions"].map(
        (level) => `permit(principal, action in AWS::Action::"level:${level}", resource);`,
      ),
    ];
    const policy = policyOf(...all);
    const action = fc.stringMatching(/^[a-z0-9-]{1,12}:[A-Z][A-Za-z]{1,20}$/);
    const level = fc.constantFrom<AccessLevel>("list", "read", "tagging", "write", "permissions");
    fc.assert(
      fc.property(action, level, (name, accessLevel) => {
        const asked = { actions: { [name]: [ROLE] }, levels: { [name]: accessLevel } };
        expect(decide(policy, callOf(asked)).kind).toBe("permit");
        const vending = callOf({ ...asked, vendsCredentials: true });
        expect(decide(policy, vending)).toMatchObject({ kind: "deny", reason: "credential_vending" });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [`action in AWS::Action::"sts:*"`, ""],
    ["action", `when { action == AWS::Action::"sts:AssumeRole" }`],
    [`action in [AWS::Action::"sts:*", AWS::Action::"sts:GetSessionToken"]`, ""],
    [`action == AWS::Action::"sts:GetSessionToken"`, ""],
    [`action in [AWS::Action::"sts:*", Countersign::Action::"sts:AssumeRole"]`, ""],
  ])("is not reached by %s %s", (scope, condition) => {
    const policy = policyOf(`permit(principal, ${scope}, resource is AWS::Resource) ${condition};`);
    expect(decide(policy, assume)).toMatchObject({ kind: "deny", reason: "credential_vending" });
  });

  it.each([
    [`action == AWS::Action::"sts:AssumeRole"`],
    [`action in AWS::Action::"sts:AssumeRole"`],
    [`action in [AWS::Action::"sts:GetSessionToken", AWS::Action::"sts:AssumeRole"]`],
  ])("is permitted by %s", (scope) => {
    const policy = policyOf(`@id("named") permit(principal, ${scope}, resource);`);
    expect(decide(policy, assume)).toMatchObject({ kind: "permit", policies: ["named", "use-roles"] });
  });

  it("is refused when only one of its actions, or of its resources, is permitted by name", () => {
    const all = `permit(principal, action, resource is AWS::Resource);`;
    const one = `permit(principal, action == AWS::Action::"sts:AssumeRole", resource == AWS::Resource::"${ROLE}");`;
    const actions = callOf({
      actions: { "sts:AssumeRole": [ROLE], "sts:TagSession": [ROLE] },
      vendsCredentials: true,
    });
    const roles = callOf({ actions: { "sts:AssumeRole": [ROLE, `${ROLE}y`] }, vendsCredentials: true });
    for (const call of [actions, roles]) {
      expect(decide(policyOf(all, one), call)).toMatchObject({ reason: "credential_vending" });
    }
  });

  it("obeys a forbid although a permit names it", () => {
    const policy = policyOf(
      `permit(principal, action == AWS::Action::"sts:AssumeRole", resource);`,
      `@id("no") @reason("not here") forbid(principal, action in AWS::Action::"sts:*", resource);`,
    );
    expect(decide(policy, assume)).toMatchObject({ reason: "forbidden", message: "not here" });
  });

  it("is refused by a role permit of Countersign that only sounds the same", () => {
    const policy = policyOf(`permit(principal, action in [Countersign::Action::"AssumeRole"], resource);`);
    expect(decide(policy, assume)).toMatchObject({ reason: "credential_vending" });
  });
});
