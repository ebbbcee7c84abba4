// What synth knows from the models: operations, parameters, services and types that a policy names.

import { describe, expect, it } from "vitest";
import { DEPLOYMENT, ISSUER } from "./fixtures.ts";
import { warningsOf } from "./policy-directory.ts";

const permit = (action: string, condition: string) =>
  `permit(principal, action ${action}, resource is AWS::Resource) when { ${condition} };`;
const PUT = `== AWS::Action::"s3:PutObject"`;
const RUN = `== AWS::Action::"ec2:RunInstances"`;

describe("synth refuses", () => {
  it.each([
    [
      "a misspelt operation",
      permit(PUT, `context.operation == "PutObjct"`),
      "a.cedar:1:113: error: unknown operation `PutObjct`; did you mean `PutObject`?",
    ],
    [
      "a misspelt operation in a list",
      permit(PUT, `["PutObject", "UplaodPart"].contains(context.operation)`),
      "unknown operation `UplaodPart`; did you mean `UploadPart`?",
    ],
    [
      "an operation that needs none of the actions",
      permit(PUT, `context.operation == "DeleteObject"`),
      "the operation `DeleteObject` needs none of this policy's actions",
    ],
    [
      "an operation of no service, where the actions are open",
      `forbid(principal, action, resource is AWS::Resource) when { context.operation == "GetObjectt" };`,
      "unknown operation `GetObjectt`; did you mean `GetObject`?",
    ],
    [
      "a misspelt parameter",
      permit(PUT, `context.params has Bukcet && context.params.Bukcet == "b"`),
      "has the parameter of `context.params.Bukcet`; did you mean `Bucket`?",
    ],
    [
      "a parameter of another operation",
      permit(RUN, "context.params has TableName"),
      "no operation of `RunInstances` has the parameter of `context.params.TableName`",
    ],
    [
      "a misspelt parameter below another",
      permit(RUN, "context.params has Placement && context.params.Placement has Tenacy"),
      "`context.params.Placement.Tenacy`; did you mean `Tenancy`?",
    ],
    [
      "a parameter that no service has",
      `forbid(principal, action in AWS::Action::"level:write", resource is AWS::Resource) when { context.params has Bukcet };`,
      "no operation of any service has the parameter of `context.params.Bukcet`; did you mean `Bucket`?",
    ],
    [
      "a number that is compared with a text",
      permit(RUN, `context.params has MaxCount && context.params.MaxCount == "2"`),
      "`context.params.MaxCount` is a whole number, and is used here as a text",
    ],
    [
      "a text that is compared with a number",
      permit(RUN, "context.params has InstanceType && context.params.InstanceType <= 2"),
      "`context.params.InstanceType` is a text, and is used here as a whole number",
    ],
    [
      "a list that is compared with a text",
      permit(RUN, `context.params has SecurityGroupIds && context.params.SecurityGroupIds == "sg-1"`),
      "`context.params.SecurityGroupIds` is a list (a set, to Cedar), and is used here as a text",
    ],
    [
      "a service that no ARN has",
      permit(`in AWS::Action::"level:read"`, `["s3", "dynamdb"].contains(resource.service)`),
      "unknown service of an ARN `dynamdb`; did you mean `dynamodb`?",
    ],
    [
      "a type that no resource has",
      permit(PUT, `resource.type == "objct"`),
      "unknown resource type `objct`; did you mean `object`?",
    ],
    [
      "a resource of another service than the actions'",
      `permit(principal, action in [AWS::Action::"s3:PutObject", AWS::Action::"s3:GetObject"], resource == AWS::Resource::"arn:aws:dynamodb:eu-west-1:111122223333:table/T");`,
      "this policy can never match: its actions are not asked about a resource of `dynamodb`",
    ],
    [
      "an action that no operation needs, alone",
      `forbid(principal, action == AWS::Action::"s3:ReplicateObject", resource);`,
      "this policy can never match: no operation of any service needs `s3:ReplicateObject`",
    ],
  ])("%s", (_, text, message) => {
    expect(() => warningsOf(text)).toThrow(message);
  });

  it("an agent that the issuer's configuration does not let in", () => {
    const [issuer] = DEPLOYMENT.issuers;
    const rules = {
      type: null,
      audienceClaim: null,
      authorizedParties: null,
      subjects: ["mcp-*"],
      requiredClaims: null,
      groupsForm: null,
    } as const;
    const deployment = { ...DEPLOYMENT, issuers: [{ ...issuer, token: rules }] as const };
    const text = (subject: string) =>
      `permit(principal == Countersign::Agent::"${ISSUER}|${subject}", action ${PUT}, resource is AWS::Resource);`;
    expect(() => warningsOf(text("web"), deployment)).toThrow("lets no agent `web` of this issuer in");
    expect(warningsOf(text("mcp-1"), deployment)).toEqual([]);
  });
});

describe("synth takes", () => {
  it.each([
    [
      "another operation that needs the action",
      permit(PUT, `context.operation == "CompleteMultipartUpload"`),
    ],
    ["a parameter of one of the operations only", permit(PUT, "context.params has CopySource")],
    [
      "a parameter below another",
      permit(
        RUN,
        `context.params has Placement && context.params.Placement has Tenancy && context.params.Placement.Tenancy == "default"`,
      ),
    ],
    [
      "any name below a map",
      permit(
        `== AWS::Action::"dynamodb:GetItem"`,
        `context.params has Key && context.params.Key has id && context.params.Key.id has S && context.params.Key.id.S == "x"`,
      ),
    ],
    ["a number below a number", permit(RUN, "context.params has MaxCount && context.params.MaxCount <= 2")],
    [
      "a list that holds a text",
      permit(RUN, `context.params has SecurityGroupIds && context.params.SecurityGroupIds.contains("sg-1")`),
    ],
    [
      "a parameter of a service's operations",
      permit(
        `in AWS::Action::"dynamodb:*"`,
        `context.params has TableName && context.params.TableName like "agents-*"`,
      ),
    ],
    [
      "a resource of the actions' service",
      `permit(principal, action ${PUT}, resource == AWS::Resource::"arn:aws:s3:::b/k");`,
    ],
    [
      "a resource of another service that the action takes too",
      `permit(principal, action == AWS::Action::"iam:PassRole", resource == AWS::Resource::"arn:aws:iam::111122223333:role/r");`,
    ],
    [
      "a table named by a PartiQL statement",
      `permit(principal, action == AWS::Action::"dynamodb:PartiQLSelect", resource == AWS::Resource::"arn:aws:dynamodb:eu-west-1:111122223333:table/T");`,
    ],
  ])("%s", (_, text) => {
    expect(warningsOf(text)).toEqual([]);
  });
});

describe("synth warns", () => {
  it("of an action in a list that no operation needs", () => {
    const text = `forbid(principal, action in [AWS::Action::"s3:DeleteBucket", AWS::Action::"s3:ReplicateObject"], resource is AWS::Resource);`;
    expect(warningsOf(text)).toEqual([
      expect.stringContaining("no operation of any service needs `s3:ReplicateObject`: it matches no call"),
    ]);
  });

  it("of a permit all of whose actions are always forbidden", () => {
    const text = [
      `permit(principal, action in [AWS::Action::"iam:CreateUser", AWS::Action::"s3:DeleteBucket"], resource is AWS::Resource);`,
      `@id("no-iam") forbid(principal, action in AWS::Action::"iam:*", resource is AWS::Resource) unless { action in AWS::Action::"level:read" };`,
      `@id("no-buckets") forbid(principal, action == AWS::Action::"s3:DeleteBucket", resource is AWS::Resource);`,
    ];
    expect(warningsOf(text.join("\n"))).toEqual([
      expect.stringMatching(
        /a\.cedar:1:1: warning: this permit never helps: `no-iam`, `no-buckets` forbids all/,
      ),
    ]);
    expect(warningsOf(text.slice(0, 2).join("\n"))).toEqual([]);
  });

  it("of nothing when the forbid has a condition, is for a group, or for some resources", () => {
    const permitText = `permit(principal, action == AWS::Action::"s3:DeleteBucket", resource is AWS::Resource);`;
    for (const [principal, resource, condition] of [
      ["principal", "resource is AWS::Resource", "when { context.sourceIp.isLoopback() }"],
      [`principal in Countersign::Group::"g"`, "resource is AWS::Resource", ""],
      ["principal", `resource in Countersign::ResourceSet::"critical"`, ""],
    ]) {
      const forbid = `forbid(${principal}, action == AWS::Action::"s3:DeleteBucket", ${resource}) ${condition};`;
      expect(warningsOf(`${permitText}\n${forbid}`)).toEqual([]);
    }
  });
});
