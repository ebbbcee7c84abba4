// Conditions on what surrounds a call: the time of day, and the app that the client says it is.

import { describe, expect, it } from "vitest";
import type { RequestContext } from "../../lambdas/policy/policy.ts";
import { callOf, decide, policyOf } from "./fixtures.ts";

const call = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::site/1"] } });
const READS = `@id("reads") permit(principal, action, resource is AWS::Resource)`;

function outcome(texts: readonly string[], context: Partial<RequestContext>): string {
  const decision = decide(policyOf(...texts), call, { context });
  return decision.kind === "deny" ? decision.reason : decision.kind;
}

describe("a window of the day", () => {
  const office = [
    `${READS} when { context.now.toTime() >= duration("8h") && context.now.toTime() < duration("18h") };`,
  ];
  const at = (time: string) => outcome(office, { now: Date.parse(`2026-07-01T${time}Z`) / 1000 });

  it.each([
    ["07:59:59", "no_policy"],
    ["08:00:00", "permit"],
    ["17:59:59", "permit"],
    ["18:00:00", "no_policy"],
    ["00:00:00", "no_policy"],
  ])("at %s UTC decides %s", (time, expected) => expect(at(time)).toBe(expected));

  it("over midnight is two halves", () => {
    const night = [
      `${READS} when { context.now.toTime() >= duration("22h") || context.now.toTime() < duration("4h30m") };`,
    ];
    const then = (time: string) => outcome(night, { now: Date.parse(`2026-07-01T${time}Z`) / 1000 });
    expect(["21:59:59", "22:00:00", "04:29:59", "04:30:00"].map(then)).toEqual([
      "no_policy",
      "permit",
      "permit",
      "no_policy",
    ]);
  });

  it("of days is a comparison of dates", () => {
    const freeze = [
      `${READS};`,
      `forbid(principal, action, resource is AWS::Resource) when { context.now.toDate() >= datetime("2026-12-24") && context.now.toDate() <= datetime("2026-12-26") };`,
    ];
    const on = (time: string) => outcome(freeze, { now: Date.parse(time) / 1000 });
    expect(on("2026-12-23T23:59:59Z")).toBe("permit");
    expect(on("2026-12-24T00:00:00Z")).toBe("forbidden");
    expect(on("2026-12-26T23:59:59Z")).toBe("forbidden");
    expect(on("2026-12-27T00:00:00Z")).toBe("permit");
  });
});

describe("the app id of the user agent", () => {
  const only = [
    `${READS};`,
    `forbid(principal, action, resource is AWS::Resource) unless { context.userAgentAppId == "reports-etl" };`,
  ];
  it.each([
    [
      "Boto3/1.40 md/Botocore#1.40 ua/2.1 os/linux lang/python#3.12 cfg/retry-mode#legacy app/reports-etl",
      "permit",
    ],
    ["aws-sdk-js/3.900 ua/2.1 os/linux app/reports-etl m/E", "permit"],
    ["app/reports-etl", "permit"],
    ["Boto3/1.40 app/reports-etl-2", "forbidden"],
    ["Boto3/1.40 webapp/reports-etl", "forbidden"],
    ["Boto3/1.40 app/other app/reports-etl", "forbidden"],
    ["Boto3/1.40", "forbidden"],
    ["", "forbidden"],
  ])("of %j decides %s", (userAgent, expected) => expect(outcome(only, { userAgent })).toBe(expected));
});
