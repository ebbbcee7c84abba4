import { describe, expect, it } from "vitest";
import { createPolicy } from "../../lambdas/policy/policy.ts";
import {
  ADMIN,
  agent,
  bundleOf,
  CONTEXT,
  callOf,
  cedar,
  DEPLOYMENT,
  decide,
  policyOf,
  READER,
} from "./fixtures.ts";

const PERMIT_ALL = `@id("all") permit(principal, action, resource is AWS::Resource);`;
const read = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::site/index.html"] } });

describe("a role", () => {
  const byName = `@id("readers") permit(principal in Countersign::Group::"readers", action == Countersign::Action::"AssumeRole", resource is Countersign::Role) when { resource.name == "mcp-reader" && resource.account == "111122223333" };`;
  const policy = createPolicy(bundleOf(byName, PERMIT_ALL), DEPLOYMENT, cedar);
  const ask = (groups: string[], role: typeof READER) =>
    policy.decideRole({ principal: agent(groups), role, context: CONTEXT });

  it("is permitted by a policy on its name and account, at the exchange too, where no session is open", () => {
    expect(ask(["readers"], READER)).toMatchObject({ kind: "permit", policies: ["readers"] });
    const context = { ...CONTEXT, sessionOpenedAt: null };
    expect(policy.decideRole({ principal: agent(["readers"]), role: READER, context }).kind).toBe("permit");
  });

  it("is denied alike when it is not permitted and when it is not configured", () => {
    const stranger = "arn:aws:iam::999999999999:role/mcp-reader" as typeof READER;
    expect(ask([], READER)).toMatchObject({ kind: "deny", reason: "role_not_permitted", policies: [] });
    expect(ask(["readers"], ADMIN)).toMatchObject({ kind: "deny", reason: "role_not_permitted" });
    expect(ask(["readers"], stranger)).toMatchObject({ kind: "deny", reason: "role_not_permitted" });
  });

  it("that is not configured is denied although every role is permitted", () => {
    const stranger = "arn:aws:iam::999999999999:role/mcp-reader" as typeof READER;
    const decision = policyOf().decideRole({ principal: agent(), role: stranger, context: CONTEXT });
    expect(decision).toMatchObject({ kind: "deny", reason: "role_not_permitted" });
  });

  it("that is forbidden is denied with the reason", () => {
    const forbid = `@id("no-admin") @reason("ask for a session") forbid(principal, action == Countersign::Action::"AssumeRole", resource == Countersign::Role::"${ADMIN}");`;
    const decision = policyOf(forbid).decideRole({ principal: agent(), role: ADMIN, context: CONTEXT });
    expect(decision).toMatchObject({
      kind: "deny",
      reason: "forbidden",
      policies: ["no-admin"],
      message: "ask for a session",
    });
  });

  it("is asked about again at each call: a group that is gone ends the role", () => {
    expect(decide(policy, read, { principal: agent(["readers"]) }).kind).toBe("permit");
    expect(decide(policy, read, { principal: agent([]) })).toMatchObject({
      kind: "deny",
      reason: "role_not_permitted",
    });
  });

  it("is not permitted by permits of calls", () => {
    const calls = createPolicy(bundleOf(PERMIT_ALL), DEPLOYMENT, cedar);
    expect(decide(calls, read)).toMatchObject({ kind: "deny", reason: "role_not_permitted" });
  });
});
