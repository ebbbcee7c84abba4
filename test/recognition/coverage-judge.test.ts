// The coverage run's own judgement: that it would see what it looks for.

import { describe, expect, it } from "vitest";
import { differences } from "../../bench/coverage/compare.ts";
import { operationFacts } from "../../bench/coverage/facts.ts";
import { judge } from "../../bench/coverage/judge.ts";
import type { Given, Sample } from "../../bench/coverage/sample.ts";
import type { ParameterTree, ParameterValue } from "../../lambdas/model/aws-call.ts";
import { jsonRequest, models } from "./requests.ts";

const found = (value: ParameterValue): ParameterTree => Object.assign(Object.create(null), { a: value });
const kinds = (given: Given, value: ParameterValue): string[] =>
  differences({ a: given }, found(value)).map(({ kind, path }) => `${kind} ${path}`);

describe("comparing parameters", () => {
  it.each<[string, Given, ParameterValue]>([
    ["a blob", Uint8Array.of(1), Uint8Array.of(1)],
    ["a time", new Date(0), "1970-01-01T00:00:00.000Z"],
    [
      "a number that a double cannot hold",
      9_007_199_254_740_993n,
      { kind: "number", text: "9007199254740993" },
    ],
    ["a list of structures", [{ a: "x" }], [found("x")]],
  ])("takes %s as equal", (_, given, value) => {
    expect(kinds(given, value)).toEqual([]);
  });

  it.each<[string, Given, ParameterValue, string]>([
    ["a blob and its base64", Uint8Array.of(1), "AQ==", "differs a"],
    ["a time and another second", new Date(0), "1970-01-01T00:00:01.000Z", "differs a"],
    ["a number and its text", 1, "1", "differs a"],
    ["digits that a double loses", 9_007_199_254_740_993n, 9_007_199_254_740_992, "differs a"],
    ["a list and a shorter one", ["x", "y"], ["x"], "differs a"],
    ["a structure and an empty one", { a: "x" }, Object.create(null), "missing a.a"],
    ["an empty structure and one with more", {}, found("x"), "added a.a"],
  ])("tells apart %s", (_, given, value, difference) => {
    expect(kinds(given, value)).toEqual([difference]);
  });
});

describe("judging a request", () => {
  const request = jsonRequest("dynamodb", "DynamoDB_20120810.DeleteTable", '{"TableName":"orders"}', "1.0");
  const facts = operationFacts(["dynamodb"], models);
  const outcome = (operation: string): string => {
    const sample: Sample = {
      service: "dynamodb",
      operation,
      variant: "required",
      given: { TableName: "orders" },
      request,
      signed: true,
    };
    return judge(sample, models, facts).outcome;
  };

  it("calls an answer wrong when the client was asked for another operation", () => {
    expect(outcome("DeleteTable")).toBe("single");
    expect(outcome("DescribeTable")).toBe("wrong");
  });
});
