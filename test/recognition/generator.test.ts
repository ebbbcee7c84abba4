// The generator's own decisions: endpoint rules, host tables, ARN plans and hand-written entries.

import { describe, expect, it } from "vitest";
import { documentedActions } from "../../lib/models/action-table.ts";
import { type RuleSet, resolveEndpoint } from "../../lib/models/endpoint-rules.ts";
import { hostTable } from "../../lib/models/hosts.ts";
import { iamPrefix, iamService } from "../../lib/models/iam.ts";
import { planResources } from "../../lib/models/plans.ts";

const partitions = [
  {
    id: "aws",
    regionRegex: "^(us|eu)-\\w+-\\d+$",
    regions: { "us-east-1": {}, "eu-west-1": {}, "aws-global": {} },
    outputs: { dnsSuffix: "amazonaws.com" },
  },
  {
    id: "aws-cn",
    regionRegex: "^cn-\\w+-\\d+$",
    regions: { "cn-north-1": {} },
    outputs: { dnsSuffix: "amazonaws.com.cn" },
  },
];

const region = { fn: "aws.partition", argv: [{ ref: "Region" }], assign: "Partition" };
const isChina = {
  fn: "stringEquals",
  argv: [{ fn: "getAttr", argv: [{ ref: "Partition" }, "name"] }, "aws-cn"],
};

const rules: RuleSet = {
  parameters: { Region: {}, UseFIPS: { default: false } },
  rules: [
    { conditions: [{ fn: "booleanEquals", argv: [{ ref: "UseFIPS" }, true] }], error: "no FIPS" },
    {
      conditions: [region],
      rules: [
        { conditions: [isChina], endpoint: { url: "https://thing.{Region}.{Partition#dnsSuffix}" } },
        {
          conditions: [],
          endpoint: {
            url: "https://thing.{Partition#dnsSuffix}",
            properties: { authSchemes: [{ name: "sigv4", signingRegion: "us-east-1" }] },
          },
        },
      ],
    },
  ],
};

describe("endpoint rules", () => {
  it("gives the first endpoint whose conditions hold, with its signing region", () => {
    expect(resolveEndpoint(rules, { Region: "eu-west-1" }, partitions)).toMatchObject({
      url: "https://thing.amazonaws.com",
      signingRegion: "us-east-1",
    });
    expect(resolveEndpoint(rules, { Region: "eu-west-1", UseFIPS: true }, partitions)).toBeUndefined();
  });

  it("makes one host table for all regions, without pseudo-regions", () => {
    expect(hostTable(rules, {}, partitions)).toEqual([
      ["thing.amazonaws.com", "us-east-1"],
      ["thing.{}.amazonaws.com.cn", "", ["cn-north-1"]],
    ]);
  });

  it("throws on a function that it does not know", () => {
    const unknown: RuleSet = { parameters: {}, rules: [{ conditions: [{ fn: "new", argv: [] }] }] };
    expect(() => resolveEndpoint(unknown, {}, partitions)).toThrow(/`new`/);
  });
});

describe("ARN plans", () => {
  const plan = (
    service: string,
    operation: string,
    members: readonly string[],
    lists: readonly string[] = [],
  ) => {
    const iam = iamService(iamPrefix(service, service));
    const action = iam.action(operation);
    if (!action) throw new Error("no such action");
    const all = [
      ...members.map((name) => ({ name, list: false })),
      ...lists.map((name) => ({ name, list: true })),
    ];
    const byName = new Map(all.map((member) => [member.name.toLowerCase(), member]));
    return planResources(action, iam, { service, operation, members: byName });
  };

  it("fills a part from the parameter of its name, its stem or its type", () => {
    expect(plan("dynamodb", "GetItem", ["TableName", "Key"])).toEqual(["table TableName"]);
    expect(plan("sqs", "PurgeQueue", ["QueueUrl"])).toEqual(["queue QueueUrl|queue"]);
    expect(plan("ec2", "TerminateInstances", [], ["InstanceIds"])).toContain("instance InstanceIds[]");
  });

  it("takes an ARN parameter as it is", () => {
    expect(plan("dynamodb", "TagResource", ["ResourceArn"])).toEqual(["* =ResourceArn"]);
  });

  it("never fills an id from a name, and leaves what is unknown open", () => {
    expect(plan("kms", "Decrypt", ["KeyName"])).toEqual(["key -"]);
  });

  it("is empty where the action has no resource type", () => {
    expect(plan("s3", "ListAllMyBuckets", [])).toEqual([]);
  });
});

describe("hand-written entries", () => {
  it("are read as action, condition and plans", () => {
    expect(documentedActions("s3", "GetObject")).toEqual([
      { action: "s3:GetObject", condition: "!VersionId", plans: ["object Bucket Key"] },
      { action: "s3:GetObjectVersion", condition: "VersionId", plans: ["object Bucket Key"] },
    ]);
    expect(documentedActions("sts", "GetCallerIdentity")?.[0]?.plans).toEqual([]);
    expect(documentedActions("s3", "toString")).toBeUndefined();
  });
});
