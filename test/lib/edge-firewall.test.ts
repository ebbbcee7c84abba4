import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../../lib/app.ts";
import { ConfigError } from "../../lib/config.ts";
import { CountersignEdgeFirewall } from "../../lib/edge-firewall.ts";
import { parseFirewall } from "../../lib/firewall-config.ts";

function templateOf(firewall: unknown): Template {
  return Template.fromStack(
    new CountersignEdgeFirewall(new App(), "Firewall", { firewall: parseFirewall(firewall) }),
  );
}

function faultsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe("the web ACL", () => {
  it("blocks an address over its rate, and lets everything else through unread", () => {
    const [acl] = Object.values(
      templateOf({ requestsPerMinutePerSource: 1_200 }).findResources("AWS::WAFv2::WebACL"),
    );
    expect(acl?.Properties).toMatchObject({
      Scope: "CLOUDFRONT",
      DefaultAction: { Allow: {} },
      Rules: [
        {
          Statement: {
            RateBasedStatement: { AggregateKeyType: "IP", EvaluationWindowSec: 60, Limit: 1_200 },
          },
          VisibilityConfig: { SampledRequestsEnabled: false },
        },
      ],
      VisibilityConfig: { SampledRequestsEnabled: false },
    });
    expect(acl?.Properties.Rules).toHaveLength(1);
  });

  it("answers what it blocks in a form that SDKs retry", () => {
    const [acl] = Object.values(templateOf({}).findResources("AWS::WAFv2::WebACL"));
    const { CustomResponse } = acl?.Properties.Rules[0].Action.Block ?? {};
    expect(CustomResponse).toMatchObject({
      ResponseCode: 503,
      ResponseHeaders: [{ Name: "x-amzn-errortype", Value: "ThrottlingException" }],
    });
    const { Content, ContentType } =
      acl?.Properties.CustomResponseBodies[CustomResponse.CustomResponseBodyKey] ?? {};
    expect(ContentType).toBe("APPLICATION_JSON");
    expect(JSON.parse(Content)).toEqual({
      __type: "ThrottlingException",
      message: expect.stringMatching(/^too many/),
    });
  });

  it("prints its ARN for the gateway's configuration", () => {
    expect(Object.keys(templateOf({}).findOutputs("WebAclArn"))).toEqual(["WebAclArn"]);
  });
});

describe("the app", () => {
  afterEach(() => {
    delete process.env.CDK_CONTEXT_JSON;
  });

  it("makes the web ACL alone, in us-east-1 whatever the configuration of the gateway, when asked for `firewall`", () => {
    process.env.CDK_CONTEXT_JSON = JSON.stringify({ firewall: {}, countersign: { region: "eu-west-1" } });
    const { stacks } = createApp().synth();
    expect(stacks.map(({ stackName, environment }) => [stackName, environment.region])).toEqual([
      ["CountersignEdgeFirewall", "us-east-1"],
    ]);
  });

  it("makes one stack at a time", () => {
    process.env.CDK_CONTEXT_JSON = JSON.stringify({ firewall: {}, target: {} });
    expect(faultsOf(createApp)).toEqual([expect.stringContaining("one of them")]);
  });
});

describe("the firewall configuration", () => {
  it.each([
    [{ requestsPerMinutePerSource: 99 }, "requestsPerMinutePerSource"],
    [{ requestsPerMinutePerSource: 100.5 }, "requestsPerMinutePerSource"],
    [{ requestsPerMinutePerSource: "6000" }, "requestsPerMinutePerSource"],
    [{ account: "1" }, "account"],
    [{ region: "eu-west-1" }, "region"],
    ["/no/such/file.json", "(the file)"],
  ])("refuses %j and names the fault", (context, path) => {
    expect(faultsOf(() => parseFirewall(context))).toEqual([
      expect.stringMatching(new RegExp(`^${path.replace(/[()]/g, "\\$&")}: `)),
    ]);
  });
});
