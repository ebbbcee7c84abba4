import { describe, expect, it } from "vitest";
import { overBudget, parseLimit, windowOf } from "../../lambdas/policy/budgets.ts";
import { onlyPolicy } from "../flow/deciding.ts";
import { callOf, decide, policyOf } from "./fixtures.ts";

const READ = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::reports/a"] } });
const permit = (annotations: string) =>
  `${annotations} permit(principal, action, resource is AWS::Resource);`;

function limitsOf(...texts: string[]) {
  const decision = decide(policyOf(...texts), READ);
  return decision.kind === "permit" ? decision.obligations.limits : decision;
}

describe("@limit", () => {
  it.each([
    ["calls=1 per=1m", 1, 60],
    ["calls=100 per=1h", 100, 3_600],
    ["calls=9999999 per=9999d", 9_999_999, 863_913_600],
  ])("reads %s", (text, calls, perSeconds) => {
    expect(parseLimit("p", text)).toEqual({ policy: "p", calls, perSeconds });
  });

  it.each([
    "",
    "calls=0 per=1h",
    "calls=1 per=0h",
    "calls=1 per=1s",
    "calls=1  per=1h",
    "per=1h calls=1",
    "calls=1 per=1h ",
    "calls=1e3 per=1h",
  ])("is no limit as `%s`", (text) => {
    expect(parseLimit("p", text)).toBeUndefined();
  });

  it("counts all matched permits, in the order of their ids, and none that did not match", () => {
    const texts = [
      permit(`@id("b") @limit("calls=5 per=1h")`),
      permit(`@id("a") @limit("calls=2 per=1m")`),
      permit(`@id("free")`),
      `@id("others") @limit("calls=1 per=1d") permit(principal in Countersign::Group::"others", action, resource is AWS::Resource);`,
    ];
    const expected = [
      { policy: "a", calls: 2, perSeconds: 60 },
      { policy: "b", calls: 5, perSeconds: 3_600 },
    ];
    expect(limitsOf(...texts)).toEqual(expected);
    expect(limitsOf(...texts.toReversed())).toEqual(expected);
    expect(limitsOf(permit(""))).toBeUndefined();
  });

  it("on the use of a role counts the calls under it", () => {
    const role = `@id("role") @limit("calls=7 per=1d") permit(principal, action == Countersign::Action::"AssumeRole", resource);`;
    expect(decide(onlyPolicy(role, permit("")), READ)).toMatchObject({
      obligations: { limits: [{ policy: "role", calls: 7, perSeconds: 86_400 }] },
    });
  });
});

describe("a budget that is used up", () => {
  it("says which, how much it was, and when it begins anew", () => {
    const limit = { policy: "reads", calls: 100, perSeconds: 3_600 };
    expect(windowOf(limit, 1_799_999_999)).toEqual({ start: 1_799_996_400, end: 1_800_000_000 });
    expect(overBudget(limit, 1_799_999_999, "v")).toEqual({
      kind: "deny",
      reason: "limit_reached",
      policies: ["reads"],
      message:
        "the budget of the policy `reads` is used up: 100 calls in 1h; it begins anew at 2027-01-15T08:00:00.000Z; make fewer calls until then, or ask for a larger one",
      policyVersion: "v",
    });
  });
});
