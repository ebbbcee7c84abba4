import { describe, expect, it } from "vitest";
import { ConfigError, deploymentOf, parseConfig } from "../../lib/config.ts";
import { sampleConfig } from "./synthesis.ts";

function faultsOf(changes: Record<string, unknown>): readonly string[] {
  try {
    parseConfig({ ...sampleConfig(), ...changes });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe("the limits of a configuration", () => {
  it("have a default each, so that no deployment is without them", () => {
    const { limits, apiThrottling } = parseConfig(sampleConfig());
    expect(Object.values(limits).every((value) => Number.isInteger(value) && value > 0)).toBe(true);
    expect(Object.keys(limits)).toHaveLength(9);
    expect(apiThrottling).toEqual({ requestsPerSecond: 1_000, burst: 2_000 });
  });

  it("reach the function, those of the API do not", () => {
    const deployment = deploymentOf(
      parseConfig({ ...sampleConfig(), limits: { callsPerSecondPerAgent: 25 } }),
    );
    expect(deployment.limits).toMatchObject({ callsPerSecondPerAgent: 25, callBurstPerAgent: 100 });
    expect(deployment).not.toHaveProperty("apiThrottling");
  });

  it.each([
    ["limits", { callsPerSecond: 1 }, "limits.callsPerSecond: unknown key"],
    ["limits", { exchangesPerMinutePerSource: 0 }, "limits.exchangesPerMinutePerSource: must be at least 1"],
    [
      "limits",
      { failuresPerMinutePerSource: 1.5 },
      "limits.failuresPerMinutePerSource: must be a whole number",
    ],
    ["limits", { refusalRecordsPerMinute: null }, "limits.refusalRecordsPerMinute: must be a whole number"],
    ["limits", { callBurstPerAgent: 1_000_001 }, "limits.callBurstPerAgent: must be at most 1,000,000"],
    ["limits", { callsPerSecondPerSession: 11 }, "limits.callsPerSecondPerSession: must be at most"],
    ["limits", { callBurstPerSession: 101 }, "limits.callBurstPerSession: must be at most"],
    ["limits", null, "limits: "],
    ["apiThrottling", { burst: 5_001 }, "apiThrottling.burst: must be at most 5,000"],
    ["apiThrottling", { rate: 1 }, "apiThrottling.rate: unknown key"],
  ])("refuse %s as %j", (key, value, fault) => {
    expect(faultsOf({ [key]: value })).toEqual([expect.stringContaining(fault)]);
  });
});

describe("the web ACL of a configuration", () => {
  const arn = (region: string, scope: string) =>
    `arn:aws:wafv2:${region}:111122223333:${scope}/webacl/Countersign-1/12345678-1234-1234-1234-123456789012`;

  it("is one for CloudFront, from us-east-1, or null", () => {
    expect(faultsOf({ webAclArn: arn("us-east-1", "global") })).toEqual([]);
    expect(faultsOf({ webAclArn: null })).toEqual([]);
  });

  it.each([arn("eu-west-1", "global"), arn("us-east-1", "regional"), "Countersign", ""])(
    "is not `%s`",
    (webAclArn) => {
      expect(faultsOf({ webAclArn })).toEqual([expect.stringContaining("webAclArn: must be the ARN")]);
    },
  );
});
