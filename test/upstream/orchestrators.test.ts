// The list of operations that need the role as it is: each is an operation that there is.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ORCHESTRATORS, orchestratorIn } from "../../lambdas/upstream/orchestrators.ts";
import { callOf } from "../policy/fixtures.ts";

const MODELS = join(import.meta.dirname, "../../lambdas/recognition/models");
/** Where a service's model lies under another name than its own. */
const FILES: Readonly<Record<string, string>> = {
  cloudcontrol: "cloudcontrolapi",
  resourcegroupstaggingapi: "tagging",
};

interface Shard {
  readonly services: readonly { readonly service: string; readonly operations: object }[];
}

const STACK = {
  "cloudformation:CreateStack": [["arn:aws:cloudformation:eu-west-1:111122223333:stack/s/", ""]],
};

describe("the list", () => {
  it.each([...ORCHESTRATORS])("of %s names operations of its model", (service, operations) => {
    const file = join(MODELS, `${FILES[service] ?? service}.json`);
    const { services } = JSON.parse(readFileSync(file, "utf8")) as Shard;
    const model = services.find((each) => each.service === service);
    expect(Object.keys(model?.operations ?? {})).toEqual(expect.arrayContaining([...operations]));
  });
});

describe("a call", () => {
  it("needs the role as it is by its own operation or by any that it may be", () => {
    expect(orchestratorIn(callOf({ actions: STACK }))).toBe("cloudformation:CreateStack");
    const ambiguous = callOf({ operation: "DescribeStacks", candidates: ["UpdateStack"], actions: STACK });
    expect(orchestratorIn(ambiguous)).toBe("cloudformation:UpdateStack");
    expect(orchestratorIn(callOf({ operation: "DescribeStacks", actions: STACK }))).toBeUndefined();
    expect(orchestratorIn(callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::a/b"] } }))).toBeUndefined();
  });

  it("does not where it names a role that the service works with", () => {
    const naming = (RoleARN: string) => orchestratorIn(callOf({ actions: STACK, parameters: { RoleARN } }));
    expect(naming("arn:aws:iam::111122223333:role/deployer")).toBeUndefined();
    expect(naming("")).toBe("cloudformation:CreateStack");
  });
});
