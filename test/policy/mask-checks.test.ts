// A mask that names nothing hides nothing, so synth refuses it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundlePolicies } from "../../lib/policy-bundle.ts";
import { DEPLOYMENT } from "./fixtures.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "masks-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function bundle(mask: string, action: string, annotation = "mask") {
  const reason = annotation === "unmask" ? '@reason("r") ' : "";
  const text = `@${annotation}("${mask}") ${reason}permit(principal, action in AWS::Action::"${action}", resource is AWS::Resource);`;
  writeFileSync(join(directory, "a.cedar"), text);
  return bundlePolicies(directory, DEPLOYMENT);
}

describe("a path that an answer has", () => {
  it.each([
    ["SecretString", "secretsmanager:GetSecretValue"],
    ["SecretString.password", "secretsmanager:GetSecretValue"],
    ["SecretString.users[].key", "secretsmanager:GetSecretValue"],
    ["Parameters[].Value", "ssm:GetParameters"],
    ["Parameter.Value", "ssm:*"],
    ["Environment.Variables.*", "lambda:GetFunctionConfiguration"],
    ["Environment.Variables.DB_PASSWORD", "lambda:GetFunctionConfiguration"],
    ["Functions[].Environment", "lambda:ListFunctions"],
    ["Item.card", "dynamodb:GetItem"],
    ["Items[].card.S", "dynamodb:Query"],
    ["dynamodb:Table/Orders.card", "dynamodb:GetItem"],
    ["Body", "s3:GetObject"],
    ["SecretString", "level:read"],
    ["Payload.password", "lambda:InvokeFunction"],
    ["SecretBinary.key", "secretsmanager:GetSecretValue"],
    ["body[].chunk.bytes", "bedrock:InvokeModelWithResponseStream"],
    ["Configuration.*", "lambda:GetFunction"],
  ])("%s of %s is taken", (path, action) => {
    expect(bundle(path, action).warnings).toEqual([]);
    expect(bundle(path, action, "unmask").warnings).toEqual([]);
  });
});

describe("a path that no answer has", () => {
  it.each([
    ["SecretStrng", "secretsmanager:GetSecretValue", "did you mean `SecretString`?"],
    ["Parameters[].Valeu", "ssm:GetParameters", "did you mean `Parameters[].Value`?"],
    [
      "Parameters.Value",
      "ssm:GetParameters",
      "names no member of the answer of an operation that this policy can permit",
    ],
    ["Parameters.Value", "ssm:GetParameters", "did you mean `Parameters[].Value`?"],
    ["Parameter[].Value", "ssm:GetParameter", "did you mean `Parameter.Value`?"],
    ["Environment.Variables[]", "lambda:GetFunctionConfiguration", "names no member"],
    ["Version.x", "dynamodb:DescribeTable", "names no member"],
    ["CodeSize.bytes", "lambda:GetFunctionConfiguration", "names no member"],
    ["SecretString", "s3:GetObject", "names no member"],
    ["dynamodb:Table/Orders.card", "s3:GetObject", "names data that no answer"],
    ["dynamodb:Table/Orders.card", "dynamodb:DescribeTable", "names data that no answer"],
    ["NoSuchMemberAnywhere", "level:read", "of any operation"],
  ])("%s of %s is an error", (path, action, message) => {
    expect(() => bundle(path, action)).toThrow(message);
    expect(() => bundle(path, action)).toThrow(/a\.cedar:1:1: error: /);
  });
});
