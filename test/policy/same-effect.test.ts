import { describe, expect, it } from "vitest";
import { iamActions } from "../../lib/iam-actions.ts";
import { operationsRequiring } from "../../lib/model-catalogue.ts";
import { REMOTE_WAYS, SAME_EFFECT } from "../../lib/policy-same-effect.ts";
import { warningsOf } from "./policy-directory.ts";

const forbid = (action: string, rest = "", resource = "resource is AWS::Resource") =>
  `@id("gate") ${rest} forbid(principal, action in [${named(action)}], ${resource});`;
const permit = (action: string, condition = "", annotations = "") =>
  `@id("open") ${annotations} permit(principal, action in [${named(action)}], resource is AWS::Resource) ${condition};`;
const named = (actions: string) =>
  actions
    .split(" ")
    .map((action) => `AWS::Action::"${action}"`)
    .join(", ");
const IN_CRITICAL = `resource in Countersign::ResourceSet::"critical"`;

describe("the table", () => {
  const actions = [
    ...SAME_EFFECT.keys(),
    ...[...SAME_EFFECT.values()].flat().map(({ action }) => action),
    ...REMOTE_WAYS.map(({ action }) => action),
  ];

  it("names only actions that IAM knows and some operation needs", () => {
    const unknown = actions.filter(
      (action) =>
        !iamActions(action.split(":")[0] ?? "").has(action) || operationsRequiring(action).length === 0,
    );
    expect(unknown).toEqual([]);
  });

  it("gives a reason for every way, and no action as a way to itself", () => {
    for (const [gated, ways] of SAME_EFFECT) {
      expect(ways.length).toBeGreaterThan(0);
      expect(ways.filter(({ action, because }) => action === gated || because.length < 5)).toEqual([]);
    }
  });

  it.each([
    ["dynamodb:DeleteItem", "dynamodb:PartiQLDelete"],
    ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
    ["s3:DeleteObject", "s3:PutLifecycleConfiguration"],
    ["s3:GetObject", "s3:PutBucketPolicy"],
    ["iam:PutRolePolicy", "iam:AttachRolePolicy"],
    ["iam:PassRole", "lambda:UpdateFunctionCode"],
    ["rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement"],
    ["ec2:RunInstances", "autoscaling:SetDesiredCapacity"],
  ])("warns when %s is forbidden and %s permitted", (gated, way) => {
    expect(warningsOf([forbid(gated), permit(way)].join("\n"))).toEqual([
      expect.stringContaining(
        `this gates \`${gated}\`, but \`open\` permits \`${way}\`, which has the same effect`,
      ),
    ]);
  });

  // An operation that needs the gated action itself is gated by it: the recogniser asks for both names.
  it.each([
    [
      "s3:PutObject",
      ["CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload"],
    ],
    ["s3:DeleteObject", ["DeleteObjects"]],
    ["dynamodb:DeleteItem", ["TransactWriteItems"]],
    ["secretsmanager:GetSecretValue", ["BatchGetSecretValue"]],
    ["iam:PassRole", ["CreateFunction", "CreateSchedule", "CreateStateMachine", "RunInstances"]],
  ])("needs no line for operations that need %s themselves", (action, operations) => {
    const names = operationsRequiring(action).map(({ name }) => name);
    expect(operations.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe("a forbid", () => {
  it.each([
    [
      "covers the way as well",
      forbid("dynamodb:DeleteItem dynamodb:BatchWriteItem"),
      permit("dynamodb:BatchWriteItem"),
    ],
    [
      "covers the way by its service",
      `${forbid("dynamodb:DeleteItem")} forbid(principal, action in AWS::Action::"dynamodb:*", resource is AWS::Resource);`,
      permit("s3:PutObject"),
    ],
    [
      "stands beside another that covers the way",
      `${forbid("dynamodb:DeleteItem")} forbid(principal, action == AWS::Action::"dynamodb:BatchWriteItem", resource is AWS::Resource);`,
      permit("dynamodb:BatchWriteItem dynamodb:Query"),
    ],
    [
      "is about a set that the permit leaves out",
      forbid("dynamodb:DeleteItem", "", IN_CRITICAL),
      permit("dynamodb:PutItem", `unless { ${IN_CRITICAL} }`),
    ],
    [
      "is about another service than the permit's level is limited to",
      forbid("dynamodb:DeleteItem"),
      `permit(principal, action in AWS::Action::"level:write", resource is AWS::Resource) when { ["s3"].contains(resource.service) };`,
    ],
  ])("gives no warning when it %s", (_, gate, open) => {
    expect(warningsOf(`${gate}\n${open}`).filter((line) => line.includes("same effect"))).toEqual([]);
  });

  it("warns of a way that a level or a service permits", () => {
    const level = `@id("open") permit(principal, action in AWS::Action::"level:write", resource is AWS::Resource) when { ["dynamodb"].contains(resource.service) };`;
    const ways = warningsOf(`${forbid("dynamodb:DeleteItem")}\n${level}`);
    expect(ways.map((line) => /permits `([^`]*)`/.exec(line)?.[1])).toEqual(
      (SAME_EFFECT.get("dynamodb:DeleteItem") ?? []).map(({ action }) => action),
    );
  });

  it("points at the gated action, and says what to write", () => {
    const [line] = warningsOf(`${forbid("s3:DeleteObject")}\n${permit("s3:PutObject")}`);
    expect(line).toMatch(/^a\.cedar:1:56: warning: this gates `s3:DeleteObject`/);
    expect(line).toContain('gate it as well, or write `@accepts("s3:PutObject: <why>")`');
  });

  it("is not protected by a forbid that is for fewer resources", () => {
    const text = `${forbid("dynamodb:DeleteItem")} forbid(principal, action == AWS::Action::"dynamodb:BatchWriteItem", ${IN_CRITICAL});`;
    expect(warningsOf(`${text}\n${permit("dynamodb:BatchWriteItem")}`)).toHaveLength(1);
  });
});

describe("@accepts", () => {
  const open = permit("s3:PutObject");

  it("answers the warning that it names, and no other", () => {
    expect(
      warningsOf(
        `${forbid("s3:DeleteObject", '@accepts("s3:PutObject: the buckets are versioned")')}\n${open}`,
      ),
    ).toEqual([]);
    expect(
      warningsOf(
        `${forbid("s3:DeleteObject", '@accepts("s3:PutObject: versioned")')}\n${permit("s3:PutObject s3:PutLifecycleConfiguration")}`,
      ),
    ).toEqual([expect.stringContaining("permits `s3:PutLifecycleConfiguration`")]);
  });

  it("warns when nothing is open that it accepts", () => {
    const text = forbid("s3:DeleteObject", '@accepts("s3:PutObject: the buckets are versioned")');
    expect(warningsOf(`${text}\n${permit("s3:ListBucket")}`)).toEqual([
      expect.stringContaining("`@accepts` names `s3:PutObject`, but no permit leaves that way open"),
    ]);
  });

  it("needs a reason", () => {
    expect(() => warningsOf(forbid("s3:DeleteObject", '@accepts("s3:PutObject")'))).toThrow(
      "malformed value",
    );
  });
});

describe("a permit with a condition", () => {
  const small = (action: string) =>
    permit(action, `when { context.sourceIp.isInRange(ip("192.0.2.0/24")) }`).replace("open", "gate");

  it("warns when another permits the same effect without it", () => {
    expect(warningsOf(`${small("dynamodb:GetItem")}\n${permit("dynamodb:Query")}`)).toEqual([
      expect.stringContaining("this gates `dynamodb:GetItem`, but `open` permits `dynamodb:Query`"),
    ]);
  });

  it("gives no warning when the other asks the same, when it permits the way itself, or when the action is open anyway", () => {
    const same = small("dynamodb:Query").replace("gate", "other");
    expect(warningsOf(`${small("dynamodb:GetItem")}\n${same}`)).toEqual([]);
    expect(warningsOf(small("dynamodb:GetItem dynamodb:Query"))).toEqual([]);
    expect(warningsOf(`${small("dynamodb:GetItem")}\n${permit("dynamodb:GetItem dynamodb:Query")}`)).toEqual(
      [],
    );
  });

  it("that holds calls for approval is a gate as well", () => {
    const held = `@id("gate") @approve("group=ops") permit(principal, action == AWS::Action::"lambda:UpdateFunctionCode", resource is AWS::Resource);`;
    expect(warningsOf(`${held}\n${permit("lambda:UpdateAlias")}`)).toContainEqual(
      expect.stringContaining("`open` permits `lambda:UpdateAlias`"),
    );
  });
});

describe("services that act for others", () => {
  const gate = forbid("s3:DeleteBucket");

  it("are warned of where they act with the caller's permissions under the role's scope", () => {
    expect(warningsOf(`${gate}\n${permit("cloudformation:CreateStack")}`)).toEqual([]);
    expect(warningsOf(`${gate}\n${permit("cloudformation:CreateStack", "", '@scope("role")')}`)).toEqual([
      expect.stringContaining("permits `cloudformation:CreateStack`, which has the same effect: a template"),
    ]);
  });

  it("are warned of where a role can be passed to them, unless passing roles is forbidden", () => {
    const open = permit("scheduler:CreateSchedule iam:PassRole");
    expect(warningsOf(`${gate}\n${permit("scheduler:CreateSchedule")}`)).toEqual([]);
    expect(warningsOf(`${gate}\n${open}`)).toEqual([
      expect.stringContaining("`scheduler:CreateSchedule`, which has the same effect: a universal target"),
    ]);
    const noPass = `forbid(principal, action in AWS::Action::"iam:*", resource is AWS::Resource) unless { action in [AWS::Action::"level:list", AWS::Action::"level:read"] };`;
    expect(warningsOf(`${gate}\n${noPass}\n${open}`)).toEqual([]);
  });

  it("are warned of where they have a role already", () => {
    expect(warningsOf(`${gate}\n${permit("lambda:UpdateFunctionCode")}`)).toEqual([
      expect.stringContaining("with the role that it has"),
    ]);
  });

  it("are no way to what is only read", () => {
    expect(warningsOf(`${forbid("s3:ListBucket")}\n${permit("lambda:UpdateFunctionCode")}`)).toEqual([]);
  });
});

describe("a forbid by parameter or operation", () => {
  it("names the operations that need the action and lack the parameter", () => {
    const text = `forbid(principal, action == AWS::Action::"s3:DeleteObject", resource is AWS::Resource) when { context.params has Key && context.params.Key like "a/*" };`;
    expect(warningsOf(text)).toEqual([
      expect.stringContaining(
        "this forbid does not reach `DeleteObjects`, which needs `s3:DeleteObject` too and has no parameter `Key`",
      ),
    ]);
  });

  it("names the operations that it does not name", () => {
    const text = `forbid(principal, action == AWS::Action::"s3:DeleteObject", resource is AWS::Resource) when { context.operation == "DeleteObject" };`;
    expect(warningsOf(text)).toEqual([
      expect.stringContaining(
        "does not reach `DeleteObjects`, which needs `s3:DeleteObject` too and is another operation",
      ),
    ]);
    expect(
      warningsOf(
        text.replace(
          `context.operation == "DeleteObject"`,
          `["DeleteObject", "DeleteObjects"].contains(context.operation)`,
        ),
      ),
    ).toEqual([]);
  });

  it("needs nothing where it forbids unless the parameter is there", () => {
    const text = `forbid(principal, action == AWS::Action::"s3:DeleteObject", resource is AWS::Resource) unless { context.params has Key && context.params.Key like "a/*" };`;
    expect(warningsOf(text)).toEqual([]);
  });
});
