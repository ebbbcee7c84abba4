import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../lib/config.ts";
import { CALL_ROLE_NAME, RUN_ROLE_NAME } from "../../lib/names.ts";
import { parseTarget } from "../../lib/target-config.ts";
import { CountersignTargetRole } from "../../lib/target-role.ts";

const input = {
  gatewayAccount: "111122223333",
  roles: [
    {
      name: "mcp-reader",
      externalId: "an-external-id",
      managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      statements: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" }],
    },
  ],
};

interface TrustStatement {
  readonly Action: string | readonly string[];
  readonly Principal: unknown;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function roleOf(target: unknown): Record<string, unknown> {
  const stack = new CountersignTargetRole(new App(), "Target", { target: parseTarget(target) });
  const [role] = Object.values(Template.fromStack(stack).findResources("AWS::IAM::Role"));
  return role?.Properties;
}

function trustOf(target: unknown): readonly TrustStatement[] {
  return (roleOf(target).AssumeRolePolicyDocument as { Statement: TrustStatement[] }).Statement;
}

function faultsOf(target: unknown): readonly string[] {
  try {
    parseTarget(target);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

describe("the trust of a target role", () => {
  it("is the gateway's account, narrowed to the fixed names of the two roles that may assume", () => {
    const arnOf = (name: string) => ({
      "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, `:iam::111122223333:role/${name}`]],
    });
    const root = {
      AWS: { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":iam::111122223333:root"]] },
    };
    for (const statement of trustOf(input)) {
      expect(statement.Principal).toEqual(root);
      expect(statement.Condition.ArnEquals).toEqual({
        "aws:PrincipalArn": [arnOf(CALL_ROLE_NAME), arnOf(RUN_ROLE_NAME)],
      });
    }
  });

  it("asks for the external id and a source identity where the role is assumed", () => {
    const assume = trustOf(input).filter(({ Action }) => [Action].flat().includes("sts:AssumeRole"));
    expect(assume).toHaveLength(1);
    expect(assume[0]?.Condition).toMatchObject({
      StringEquals: { "sts:ExternalId": "an-external-id" },
      StringLike: { "sts:SourceIdentity": "?*" },
    });
  });

  it("allows assuming, tagging and naming the source, and nothing else", () => {
    const actions = trustOf(input).flatMap(({ Action }) => Action);
    expect(actions.toSorted()).toEqual(["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]);
  });
});

describe("a target role", () => {
  it("lasts at most the hour that AWS allows when a role assumes a role, and is tagged as a target", () => {
    expect(roleOf(input)).toMatchObject({
      RoleName: "mcp-reader",
      MaxSessionDuration: 3600,
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      Tags: [{ Key: "countersign", Value: "target" }],
    });
  });
});

describe("the target configuration", () => {
  it("tells every fault at once, with its path", () => {
    const [role] = input.roles;
    expect(
      faultsOf({
        gatewayAccount: "1",
        roles: [{ ...role, externalId: "x", name: "a/b", statement: [] }],
        extra: 1,
      }),
    ).toEqual([
      expect.stringMatching(/^gatewayAccount: must be the 12 digits/),
      expect.stringMatching(/^roles\[0\]\.name: /),
      expect.stringMatching(/^roles\[0\]\.externalId: /),
      expect.stringMatching(/^roles\[0\]\.statement: unknown key/),
      expect.stringMatching(/^extra: unknown key/),
    ]);
  });

  it("refuses two roles of one name", () => {
    expect(faultsOf({ ...input, roles: [...input.roles, ...input.roles] })).toEqual([
      "roles: `mcp-reader` stands there twice, remove one",
    ]);
  });

  it("is read from a file when the command line names one", () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-target-"));
    const file = join(folder, "target.json");
    writeFileSync(file, JSON.stringify(input));
    expect(parseTarget(file).roles[0]?.name).toBe("mcp-reader");
    rmSync(folder, { recursive: true });
    expect(faultsOf(file)).toEqual([expect.stringContaining("cannot be read as JSON")]);
  });
});
