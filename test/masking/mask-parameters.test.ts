// No secret of a call's parameters reaches a record, even when the tree has not the shape that the paths expect.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MASKED, maskParameters } from "../../lambdas/masking/mask-parameters.ts";
import type { ParameterTree, ParameterValue } from "../../lambdas/model/aws-call.ts";

const SECRET = "canary-5f2e";
const json = (tree: ParameterTree, ...paths: string[]) =>
  JSON.parse(JSON.stringify(maskParameters(tree, paths)));

describe("a sensitive member", () => {
  it.each<[string, ParameterTree, unknown]>([
    ["SecretString", { SecretString: SECRET, Name: "db" }, { SecretString: MASKED, Name: "db" }],
    [
      "Users[].Password",
      { Users: [{ Name: "a", Password: SECRET }, { Name: "b" }] },
      { Users: [{ Name: "a", Password: MASKED }, { Name: "b" }] },
    ],
    [
      "Environment.Variables.*",
      { Environment: { Variables: { A: SECRET, B: 1 } } },
      { Environment: { Variables: { A: MASKED, B: MASKED } } },
    ],
    [
      "Environment.Variables{}",
      { Environment: { Variables: { A: SECRET, "{}": SECRET } }, Other: { A: 1 } },
      { Environment: { Variables: { A: MASKED, "{}": MASKED } }, Other: { A: 1 } },
    ],
    [
      "Maps{}{}.Card",
      { Maps: { a: { b: { Card: SECRET, N: 1 } } } },
      { Maps: { a: { b: { Card: MASKED, N: 1 } } } },
    ],
    ["Keys[]", { Keys: [SECRET, SECRET] }, { Keys: [MASKED, MASKED] }],
    ["Rows[][].Card", { Rows: [[{ Card: SECRET }], []] }, { Rows: [[{ Card: MASKED }], []] }],
    ["Credentials", { Credentials: { Key: SECRET, More: [SECRET] } }, { Credentials: MASKED }],
    ["Blob", { Blob: Buffer.from(SECRET) }, { Blob: MASKED }],
    ["Absent.Member", { Name: "db" }, { Name: "db" }],
    ["Password", { Password: null }, { Password: MASKED }],
  ])("is masked at %s", (path, tree, expected) => {
    expect(json(tree, path)).toEqual(expected);
  });

  it.each<[string, string, ParameterTree]>([
    ["a text in place of a list", "Users[].Password", { Users: SECRET }],
    ["a text in place of a structure", "Login.Password", { Login: SECRET }],
    ["a list in place of a structure", "Login.Password", { Login: [{ Password: SECRET }] }],
    [
      "a list in place of a structure above others",
      "Login.A.Password",
      { Login: [{ A: { Password: SECRET } }] },
    ],
    ["a list in place of a map", "Variables.*", { Variables: [SECRET] }],
    ["a structure in place of a list", "Users[].Password", { Users: { Password: SECRET } }],
    ["a blob in place of a structure", "Login.Password", { Login: Buffer.from(SECRET) }],
  ])("is masked from the nearest member when there is %s", (_what, path, tree) => {
    const text = JSON.stringify(maskParameters(tree, [path]));
    expect(text).toContain(MASKED);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(createHash("sha256").update(SECRET).digest("base64"));
  });

  it.each(["", ".", "a..b", "{}", "a{", "a}b", "a{x}", "[]", "[].a", "a[", "a]b", "a[0]", "a b", ".a", "a."])(
    "masks everything for %j, which is no path",
    (path) => {
      expect(
        JSON.stringify(maskParameters({ anything: SECRET, more: { deep: SECRET } }, [path])),
      ).not.toContain(SECRET);
    },
  );

  it("does not reach the record wherever it is, for any tree and the path that leads to it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom("[]", "*", "{}"), fc.stringMatching(/^[A-Za-z_]{1,9}$/)), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.jsonValue(),
        (steps, noise) => {
          const path = ["Root", ...steps];
          const tree = planted(path, noise as ParameterValue) as ParameterTree;
          expect(JSON.stringify(maskParameters(tree, [written(path)]))).not.toContain(SECRET);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("all else", () => {
  it("is kept: every member, digit and attacker-named key", () => {
    const tree = JSON.parse(
      '{"__proto__":{"a":1},"constructor":"c","n":{"kind":"number","text":"12345678901234567890"},"z":null}',
    );
    expect(JSON.stringify(maskParameters(tree, []))).toBe(JSON.stringify(tree));
  });

  it("masks under an attacker-named key as under any other", () => {
    const tree = JSON.parse(`{"Map":{"__proto__":"${SECRET}","toString":"${SECRET}"}}`);
    expect(JSON.stringify(maskParameters(tree, ["Map.*"]))).not.toContain(SECRET);
  });

  it("says that a number was infinite instead of leaving it out", () => {
    expect(json({ n: Number.POSITIVE_INFINITY })).toEqual({ n: "Infinity" });
  });

  it("records a blob by size and digest", () => {
    const Body = Buffer.from("abc");
    expect(json({ Body })).toEqual({
      Body: { bytes: 3, sha256: createHash("sha256").update(Body).digest("base64") },
    });
  });
});

/** A tree in which `path` leads to the secret, with other values beside each step. */
function planted([step, ...rest]: readonly string[], noise: ParameterValue): ParameterValue {
  if (step === undefined) return SECRET;
  const below = planted(rest, noise);
  if (step === "[]") return [below, below];
  return step === "*" || step === "{}" ? { k1: below, k2: below } : { Beside: noise, [step]: below };
}

function written(path: readonly string[]): string {
  return path.join(".").replaceAll(".[]", "[]").replaceAll(".{}", "{}");
}
