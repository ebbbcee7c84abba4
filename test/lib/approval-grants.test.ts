import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { afterAll, describe, expect, it } from "vitest";
import { ApprovalChannels } from "../../lib/approval-channels.ts";
import type { RoleSpec } from "../../lib/local/aws/contract.ts";
import { evaluate } from "../../lib/local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "../../lib/local/aws/iam-policy.ts";
import { demoConfig } from "../../lib/local/demo-world.ts";
import { parseTemplate, resolveStack } from "../../lib/local/template.ts";
import { RUN_ROLE_NAME } from "../../lib/names.ts";
import { synthesizeSample } from "./synthesis.ts";

const demo = demoConfig({
  issuer: "https://localhost:8789",
  jwksUri: "https://localhost:8789/jwks",
  audience: "countersign",
}) as Record<string, unknown>;
const { outdir, template } = synthesizeSample(demo);
const PLACE = {
  assembly: outdir,
  partition: "aws",
  region: "eu-west-1",
  account: "111122223333",
  stackName: "Countersign",
  distributionHost: "127.0.0.1:8788",
};
const stack = resolveStack(parseTemplate({ Resources: template.Resources }), PLACE);

afterAll(() => rmSync(dirname(outdir), { recursive: true }));

type Name = "Call" | "Approvals" | "Ask" | "Run" | "Api";
const ALL: readonly Name[] = ["Call", "Approvals", "Ask", "Run", "Api"];

function roleOf(name: Name): RoleSpec {
  const { functions, roles } = stack;
  const { roleArn } = functions.find((one) => one.name.includes(`-${name}Function`)) ?? { roleArn: "" };
  const role = roles.find(({ arn }) => arn === roleArn);
  if (role === undefined) throw new Error(`no role of ${name}`);
  return role;
}

function may(name: Name, action: string, resource: string, context: Record<string, string[]> = {}): boolean {
  const identity = roleOf(name).policies.flatMap(parseIdentityPolicy);
  const request = { action, resource, context: new Map(Object.entries(context)) };
  return evaluate({ identity, session: undefined }, request).kind === "allowed";
}

const who = (action: string, resource: string, context: Record<string, string[]> = {}): Name[] =>
  ALL.filter((name) => may(name, action, resource, context));

const tableOf = (variable: string): string => {
  const found = stack.functions.find(({ environment }) => environment[variable] !== undefined);
  return `arn:aws:dynamodb:eu-west-1:111122223333:table/${found?.environment[variable]}`;
};
const state = tableOf("STATE_TABLE");
const sessions = tableOf("SESSIONS_TABLE");
const sealKey = stack.functions[0]?.environment.SEAL_KEY_ARN ?? "";
const machine = stack.machines[0]?.arn ?? "";
const key = (text: string) => ({ "dynamodb:leadingkeys": [text] });
const purpose = (text: string) => ({ "kms:encryptioncontext:purpose": [text] });

describe("who may assume roles", () => {
  it("is call and run alone, on exactly the configured roles", () => {
    expect(who("sts:AssumeRole", "arn:aws:iam::444455556666:role/mcp-reader")).toEqual(["Call", "Run"]);
    expect(who("sts:AssumeRole", "arn:aws:iam::444455556666:role/other")).toEqual([]);
  });

  it("is run by the name that target accounts trust", () => {
    expect(roleOf("Run").arn).toMatch(new RegExp(`:role/${RUN_ROLE_NAME}$`));
  });
});

describe("items of table state", () => {
  it.each([
    ["FORBID", []],
    ["REVOKED#SESSION#a", ["Api"]],
    ["REVOKED#ALL", ["Api"]],
    ["SESSION#a", ["Call"]],
    ["HELD#a", ["Call"]],
    ["BUDGET#a", ["Call", "Run"]],
    ["APPROVAL#a", ALL],
    ["OPEN#a", ALL],
    ["ANSWER#a", ["Call", "Run"]],
    ["GRANT#a", ["Call", "Run"]],
    ["WAIT#a", ["Call"]],
    ["WEB#a", ["Approvals"]],
    ["LOGIN#a", ["Approvals"]],
    ["SLACK#a", ["Approvals"]],
    ["OTHER", []],
  ])("%s is written by %j", (text, expected) => {
    expect(who("dynamodb:PutItem", state, key(text))).toEqual(expected);
    expect(who("dynamodb:UpdateItem", state, key(text))).toEqual(expected);
  });

  it.each([
    ["FORBID", ["Call", "Run", "Api"]],
    ["REVOKED#SESSION#a", ["Call", "Run", "Api"]],
    ["HELD#a", ["Run"]],
    ["WEB#a", ["Approvals"]],
  ])("%s is read by %j", (text, expected) => {
    expect(who("dynamodb:GetItem", state, key(text))).toEqual(expected);
  });

  // Who ended an approval could not drop its held request, which then lay there, sealed, until its TTL.
  it.each([
    ["HELD#a", ALL.filter((name) => name !== "Call")],
    ["APPROVAL#a", []],
    ["WEB#a", ["Approvals"]],
    ["REVOKED#ALL", ["Api"]],
    ["FORBID", []],
    ["SESSION#a", []],
  ])("%s is deleted by %j", (text, expected) => {
    expect(who("dynamodb:DeleteItem", state, key(text))).toEqual(expected);
  });

  it("are never read in a batch with one that may not be read", () => {
    const both = { "dynamodb:leadingkeys": ["APPROVAL#a", "HELD#a"] };
    expect(who("dynamodb:BatchGetItem", state, both)).toEqual(["Run"]);
  });

  it("are touched by nobody without a key in the request", () => {
    for (const action of ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"]) {
      expect(who(`dynamodb:${action}`, state)).toEqual([]);
    }
  });

  it("are listed by their open approvals only, for those who show them", () => {
    expect(who("dynamodb:Query", `${state}/index/inbox`)).toEqual(["Approvals", "Api"]);
  });
});

describe("records", () => {
  it("are appended by those who run and close calls, and changed by nobody", () => {
    expect(who("dynamodb:PutItem", sessions)).toEqual(["Call", "Ask", "Run"]);
    expect(who("dynamodb:UpdateItem", sessions)).toEqual([]);
    expect(who("dynamodb:DeleteItem", sessions)).toEqual([]);
  });

  it.each([
    ["READ#2026-01-02#7", ["Call", "Ask", "Run", "Api"]],
    ["ORDER#2026-01-02", ["Call", "Ask", "Run", "Api"]],
    ["SESSION#a", ["Call", "Ask", "Run", "Api"]],
    ["REFUSED#2026-01-02#7", ["Call", "Ask", "Run"]],
    ["OTHER", ["Call", "Ask", "Run"]],
  ])("of people alone are appended by the api: %s is by %j", (text, expected) => {
    expect(who("dynamodb:PutItem", sessions, key(text))).toEqual(expected);
    expect(who("dynamodb:UpdateItem", sessions, key(text))).toEqual([]);
    expect(who("dynamodb:DeleteItem", sessions, key(text))).toEqual([]);
  });
});

describe("the seal key", () => {
  it.each([
    ["kms:GenerateDataKey", "held-request", ["Call"]],
    ["kms:Decrypt", "held-request", ["Run"]],
    ["kms:GenerateDataKey", "task-token", ["Ask"]],
    ["kms:Decrypt", "task-token", ["Approvals"]],
    ["kms:GenerateDataKey", "answer", ["Call", "Run"]],
    ["kms:Decrypt", "answer", ["Call"]],
    ["kms:Decrypt", "other", []],
  ])("%s for %s is for %j", (action, what, expected) => {
    expect(who(action, sealKey, purpose(what))).toEqual(expected);
  });

  it("opens nothing without a purpose", () => {
    expect(who("kms:Decrypt", sealKey)).toEqual([]);
  });
});

describe("the workflow", () => {
  it("is started by call alone, and resumed by those who learn of the decision", () => {
    expect(who("states:StartExecution", machine)).toEqual(["Call"]);
    expect(who("states:SendTaskSuccess", "*")).toEqual(["Approvals", "Ask"]);
    expect(who("states:StopExecution", machine)).toEqual([]);
  });

  it("may invoke ask and run, and has no other permission", () => {
    const { roleArn } = stack.machines[0] ?? { roleArn: "" };
    const [document] = stack.roles.find(({ arn }) => arn === roleArn)?.policies ?? [];
    const arns = ["Ask", "Run"].map(
      (name) => stack.functions.find((one) => one.name.includes(`-${name}Function`))?.arn,
    );
    expect(document?.Statement).toEqual([
      { Action: "lambda:InvokeFunction", Effect: "Allow", Resource: arns },
    ]);
  });
});

describe("secrets and mail", () => {
  const secret = (demo.approvals as { slack: { secretArn: string } }).slack.secretArn;
  const identity = "arn:aws:ses:eu-west-1:111122223333:identity";

  it("are for the functions that need them", () => {
    expect(who("secretsmanager:GetSecretValue", secret)).toEqual(["Approvals", "Ask"]);
    const from = { "ses:fromaddress": ["countersign@example.com"] };
    expect(who("ses:SendEmail", `${identity}/countersign@example.com`, from)).toEqual(["Ask"]);
    expect(
      who("ses:SendEmail", `${identity}/example.com`, { "ses:fromaddress": ["other@example.com"] }),
    ).toEqual([]);
    expect(who("ses:SendEmail", `${identity}/other.example`, from)).toEqual([]);
  });

  it("are for nobody where the configuration has no approvals", () => {
    const bare = new Stack(new App(), "Bare");
    const consumer = new LambdaFunction(bare, "Function", {
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: Code.fromInline("//"),
    });
    const channels = new ApprovalChannels(bare, "Channels", { approvals: null });
    channels.grantLogin(consumer);
    channels.grantSlack(consumer);
    channels.grantMail(consumer);
    Template.fromStack(bare).resourceCountIs("AWS::IAM::Policy", 0);
  });
});
