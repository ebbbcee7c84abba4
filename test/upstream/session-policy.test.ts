// The session policy allows exactly what was recognised: held against an IAM evaluator of the tests' own.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM writes its escapes like that

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import { sessionPolicyFor } from "../../lambdas/upstream/session-policy.ts";
import { callWith, required, resource } from "./calls.ts";
import { allows, matches } from "./iam-matcher.ts";

const PREFIX = "arn:aws:s3:::bucket/";
/** Names full of what IAM reads as something else. */
const hostileName = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "*",
        "?",
        "$",
        "{",
        "}",
        "${",
        "${*}",
        "${aws:username}",
        "${?}",
        "$$",
        "a",
        "/",
        ":",
        '"',
        "\\",
        "é",
        "\u{1f600}",
        "\u0001",
        "\u007f",
        " ",
      ),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(""))
  .filter((name) => name.isWellFormed());

function policyText(call: AwsCall): string {
  const result = sessionPolicyFor(call, "call");
  if (result.kind !== "policy" || result.policy === null)
    throw new Error(`no policy: ${JSON.stringify(result)}`);
  return result.policy;
}

function policyOn(arn: string): string {
  return policyText(callWith({ actions: [required("s3:DeleteObject", resource([arn]))] }));
}

describe("the policy of one call", () => {
  it("is minimal JSON", () => {
    expect(policyOn(`${PREFIX}key`)).toBe(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::bucket/key"}]}',
    );
  });

  it("allows the one name, whatever characters it holds", () => {
    fc.assert(
      fc.property(hostileName, (name) => {
        expect(allows(policyOn(PREFIX + name), { action: "s3:DeleteObject", resource: PREFIX + name })).toBe(
          true,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("allows no other name", () => {
    fc.assert(
      fc.property(hostileName, hostileName, (name, other) => {
        fc.pre(name !== other);
        expect(allows(policyOn(PREFIX + name), { action: "s3:DeleteObject", resource: PREFIX + other })).toBe(
          false,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["a*c", "abbc"],
    ["a?c", "abc"],
    ["${aws:username}", "alice"],
    ["${*}", "*"],
    ["$*", "$x"],
    ["a", "a/b"],
  ])("does not let the name %s reach %s", (name, reached) => {
    const text = policyOn(PREFIX + name);
    expect(allows(text, { action: "s3:DeleteObject", resource: PREFIX + name })).toBe(true);
    expect(allows(text, { action: "s3:DeleteObject", resource: PREFIX + reached })).toBe(false);
  });

  it("allows no other action on the name", () => {
    expect(allows(policyOn(`${PREFIX}key`), { action: "s3:GetObject", resource: `${PREFIX}key` })).toBe(
      false,
    );
  });

  it("writes the unknown part of a pattern as a star, and the known parts literally", () => {
    const call = callWith({ actions: [required("s3:ListBucket", resource(["arn:aws:s3:::a*", "/x"]))] });
    expect(allows(policyText(call), { action: "s3:ListBucket", resource: "arn:aws:s3:::a*bc/x" })).toBe(true);
    expect(allows(policyText(call), { action: "s3:ListBucket", resource: "arn:aws:s3:::abc/x" })).toBe(false);
  });

  it("is printable ASCII, the only text that AssumeRole takes everywhere", () => {
    fc.assert(fc.property(hostileName, (name) => /^[\x20-\x7e]*$/.test(policyOn(PREFIX + name))));
  });

  it("groups the actions on the same resources into one statement", () => {
    const [a, b] = [resource(["arn:aws:s3:::b/a"]), resource(["arn:aws:s3:::b/b"])];
    const call = callWith({
      actions: [
        required("s3:PutObjectAcl", a, b),
        required("s3:PutObjectTagging", b, a),
        required("s3:ListBucket", a),
      ],
    });
    expect(JSON.parse(policyText(call)).Statement).toHaveLength(2);
  });

  it("lists a resource once that several candidates name", () => {
    const key = resource(["arn:aws:s3:::b/a"]);
    const call = callWith({
      actions: [required("s3:DeleteObject", key, key), required("s3:DeleteObject", key)],
    });
    expect(JSON.parse(policyText(call)).Statement).toEqual([
      { Effect: "Allow", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::b/a" },
    ]);
  });

  it("refuses a name that is not valid Unicode", () => {
    const call = callWith({ actions: [required("s3:GetObject", resource([`${PREFIX}\ud800`]))] });
    expect(sessionPolicyFor(call, "call")).toMatchObject({ kind: "refused", code: "ValidationError" });
  });

  it("throws on an action with a wildcard, which no model holds", () => {
    for (const action of ["s3:*", "s3:Get?", "*", "s3:", "s3:Get Object"]) {
      const call = callWith({ actions: [required(action, resource([PREFIX]))] });
      expect(() => sessionPolicyFor(call, "call")).toThrow();
    }
  });
});

describe("the 2,048 rule", () => {
  const fixed = policyOn("").length;
  const policyOfLength = (characters: number) =>
    sessionPolicyFor(
      callWith({ actions: [required("s3:DeleteObject", resource(["x".repeat(characters - fixed)]))] }),
      "call",
    );

  it("takes a policy of exactly 2,048 characters", () => {
    expect(policyOfLength(2_048)).toMatchObject({
      kind: "policy",
      policy: expect.stringMatching(/^.{2048}$/),
    });
  });

  it("refuses one of 2,049 and says to split the call", () => {
    expect(policyOfLength(2_049)).toMatchObject({ kind: "refused", code: "ValidationError" });
    expect(policyOfLength(2_049)).toMatchObject({ message: expect.stringContaining("split the call") });
  });

  it("counts the escapes that a name needs", () => {
    const call = callWith({ actions: [required("s3:DeleteObject", resource(["*".repeat(600)]))] });
    expect(sessionPolicyFor(call, "call")).toMatchObject({ kind: "refused" });
  });
});

describe("secrets", () => {
  const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db";
  const reading = (literals: readonly [string, ...string[]]) =>
    policyText(
      callWith({
        service: "secretsmanager",
        actions: [required("secretsmanager:GetSecretValue", resource(literals, "secretsmanager"))],
      }),
    );
  const asked = (name: string) => ({ action: "secretsmanager:GetSecretValue", resource: name });

  it("end in a dash and six characters", () => {
    const text = reading([`${arn}-`, ""]);
    expect(allows(text, asked(`${arn}-AbC123`))).toBe(true);
    expect(allows(text, asked(`${arn}-AbC12`))).toBe(false);
    expect(allows(text, asked(`${arn}-AbC1234`))).toBe(false);
    expect(allows(text, asked(`${arn}-prod-AbC123`))).toBe(false);
    expect(allows(text, asked(arn))).toBe(false);
  });

  it("are exact where the whole ARN is known", () => {
    expect(allows(reading([`${arn}-AbC123`]), asked(`${arn}-AbC123`))).toBe(true);
    expect(allows(reading([`${arn}-AbC123`]), asked(`${arn}-AbC124`))).toBe(false);
  });

  it("stay a star where the name is only known as a beginning", () => {
    expect(allows(reading([arn, ""]), asked(`${arn}-prod-AbC123`))).toBe(true);
  });

  it("stay a star where not even the name is known", () => {
    expect(
      allows(reading(["arn:aws:secretsmanager:eu-west-1:111122223333:secret:", ""]), asked(`${arn}-AbC123`)),
    ).toBe(true);
  });

  it("may be made under the name alone, which has no suffix yet", () => {
    const making = policyText(
      callWith({
        actions: [required("secretsmanager:CreateSecret", resource([`${arn}-`, ""], "secretsmanager"))],
      }),
    );
    const action = "secretsmanager:CreateSecret";
    expect(allows(making, { action, resource: arn })).toBe(true);
    expect(allows(making, { action, resource: `${arn}-AbC123` })).toBe(true);
    expect(allows(making, { action, resource: `${arn}2` })).toBe(false);
  });
});

describe("dependent actions", () => {
  const key = "arn:aws:kms:eu-west-1:111122223333:key/k";
  const uses = (call: AwsCall, action: string, viaService: string) =>
    allows(policyText(call), { action, resource: key, viaService });
  const getParameter = (WithDecryption?: boolean) =>
    callWith({
      actions: [required("ssm:GetParameter", resource(["arn:aws:ssm:eu-west-1:1:parameter/p"], "ssm"))],
      parameters: WithDecryption === undefined ? {} : { WithDecryption },
    });

  it("let S3 decrypt for a read, in the called region only", () => {
    expect(uses(callWith({}), "kms:Decrypt", "s3.eu-west-1.amazonaws.com")).toBe(true);
    expect(uses(callWith({}), "kms:Decrypt", "s3.us-east-1.amazonaws.com")).toBe(false);
    expect(uses(callWith({}), "kms:Decrypt", "ssm.eu-west-1.amazonaws.com")).toBe(false);
    expect(uses(callWith({}), "kms:GenerateDataKey", "s3.eu-west-1.amazonaws.com")).toBe(false);
  });

  it("never let a key be used directly", () => {
    expect(allows(policyText(callWith({})), { action: "kms:Decrypt", resource: key })).toBe(false);
  });

  it("let S3 make data keys for a write", () => {
    const call = callWith({ actions: [required("s3:PutObject", resource([`${PREFIX}key`]))] });
    expect(uses(call, "kms:GenerateDataKey", "s3.eu-west-1.amazonaws.com")).toBe(true);
  });

  it("let SSM decrypt only where the call asks for decryption", () => {
    expect(uses(getParameter(true), "kms:Decrypt", "ssm.eu-west-1.amazonaws.com")).toBe(true);
    expect(uses(getParameter(false), "kms:Decrypt", "ssm.eu-west-1.amazonaws.com")).toBe(false);
    expect(uses(getParameter(), "kms:Decrypt", "ssm.eu-west-1.amazonaws.com")).toBe(false);
  });

  it("name China's endpoints in China", () => {
    const call = callWith({ partition: "aws-cn", region: "cn-north-1" });
    expect(uses(call, "kms:Decrypt", "s3.cn-north-1.amazonaws.com.cn")).toBe(true);
  });

  it("add nothing to an action that touches no key", () => {
    const call = callWith({ actions: [required("s3:ListBucket", resource(["arn:aws:s3:::bucket"]))] });
    expect(policyText(call)).not.toContain("kms:");
  });
});

describe("the scope", () => {
  it("`role` takes no session policy", () => {
    expect(sessionPolicyFor(callWith({}), "role")).toEqual({ kind: "policy", policy: null });
  });

  it("`prefix` is refused until it is carried out", () => {
    expect(sessionPolicyFor(callWith({}), "prefix")).toMatchObject({ kind: "refused", code: "AccessDenied" });
  });
});

describe("the tests' own matcher", () => {
  it.each([
    ["a*", "a", true],
    ["a*c", "abc", true],
    ["a?c", "ac", false],
    ["${*}", "x", false],
    ["${$}{*}", "${x}", true],
  ])("reads %s against %s", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });
});
