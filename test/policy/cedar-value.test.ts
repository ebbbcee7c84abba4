import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ParameterValue } from "../../lambdas/model/aws-call.ts";
import { cedarClaims, cedarParameters } from "../../lambdas/policy/cedar-value.ts";
import { callOf, cedar, decide, policyOf } from "./fixtures.ts";

const asCedar = (value: ParameterValue) => cedarParameters({ member: value }, null).member;

describe("parameters", () => {
  it.each<[string, ParameterValue, unknown]>([
    ["text", "a", "a"],
    ["a boolean", false, false],
    ["a whole number", -7, -7],
    ["a fraction", 1.5, "1.5"],
    ["a number beyond a double's whole numbers", 2 ** 53, "9007199254740992"],
    ["an endless number", Number.POSITIVE_INFINITY, "Infinity"],
    [
      "a number kept digit for digit",
      { kind: "number", text: "12345678901234567890" },
      "12345678901234567890",
    ],
    ["bytes", new Uint8Array([1, 2, 255]), "AQL/"],
    ["a list", ["a", 1, null], ["a", 1, "null"]],
    ["a map", { a: { b: [true] } }, { a: { b: [true] } }],
  ])("give Cedar %s", (_, value, expected) => {
    expect(JSON.parse(JSON.stringify(asCedar(value)))).toEqual(expected);
  });

  it("leave out what is null, as AWS does", () => {
    expect(Object.keys(cedarParameters({ a: null, b: { c: null } }, null))).toEqual(["b"]);
    expect(Object.keys(Object(asCedar({ c: null })))).toEqual([]);
  });

  it("leave out what no policy reads", () => {
    expect(Object.keys(cedarParameters({ Body: "x".repeat(9), Key: "k" }, new Set(["Key"])))).toEqual([
      "Key",
    ]);
  });

  it("all reach a policy that reads them as a whole", () => {
    const policy = policyOf(
      `permit(principal, action, resource is AWS::Resource);`,
      `@id("whole") forbid(principal, action, resource is AWS::Resource) when { context.params == { "A": 1, "B": "x" } };`,
    );
    const call = callOf({ actions: { "s3:ListBucket": ["arn:aws:s3:::b"] }, parameters: { A: 1, B: "x" } });
    expect(decide(policy, call)).toMatchObject({ reason: "forbidden", policies: ["whole"] });
  });

  it("keep a member named `__proto__` as a member", () => {
    const hostile: ParameterValue = JSON.parse(`{"__proto__": {"admin": true}}`);
    expect(JSON.stringify(asCedar(hostile))).toBe(`{"__proto__":{"admin":true}}`);
  });

  it.each([["__entity"], ["__extn"], ["__expr"]])(
    "never let a caller's map key %s become an entity or a function",
    (key) => {
      const forged = { [key]: { type: "Countersign::Group", id: "admins", fn: "ip", arg: "192.0.2.7" } };
      expect(typeof asCedar({ deep: [forged] }) === "object" && JSON.stringify(asCedar(forged))).toContain(
        '\\"',
      );
      const policy = policyOf(
        `permit(principal, action, resource is AWS::Resource) when { context.params.Tags.owner == Countersign::Group::"admins" };`,
      );
      const call = callOf({
        actions: { "s3:ListBucket": ["arn:aws:s3:::b"] },
        parameters: { Tags: { owner: forged } },
      });
      expect(decide(policy, call)).toMatchObject({ kind: "deny", reason: "no_policy" });
    },
  );

  it("refuse a reserved name at the top, where only the model's names stand", () => {
    expect(() => cedarParameters({ __entity: "x" }, null)).toThrow("reserves");
    expect(() => cedarClaims({ __extn: "x" })).toThrow("reserves");
  });

  it("of any shape are a context that Cedar takes, or a refusal", () => {
    const leaf = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.uint8Array());
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom("__entity", "__extn", "__expr", "__proto__", "toJSON", "kind", "text"),
    );
    const { tree } = fc.letrec<{ tree: ParameterValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const context = cedarParameters({ member: value }, null);
        expect(cedar.checkParseContext({ context }).type).toBe("success");
      }),
      { numRuns: 500 },
    );
  });
});
