import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, type Permissions } from "../../../lib/local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "../../../lib/local/aws/iam-policy.ts";
import { allow, type Json, policy } from "./harness.ts";

const OBJECT = "arn:aws:s3:::bucket/key";

function verdict(
  identity: Json[],
  action: string,
  resource: string,
  more: { session?: Json[]; context?: Record<string, string[]> } = {},
): string {
  const permissions: Permissions = {
    identity: parseIdentityPolicy(policy(...identity)),
    session: more.session && parseIdentityPolicy(policy(...more.session)),
  };
  const context = new Map(Object.entries(more.context ?? {}));
  const answer = evaluate(permissions, { action, resource, context });
  return answer.kind === "allowed" ? "allowed" : answer.because;
}

const NO_IDENTITY = (action: string): string =>
  `because no identity-based policy allows the ${action} action`;

describe("patterns of resources", () => {
  const cases: [pattern: string, name: string, allowed: boolean][] = [
    ["arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b", true],
    ["arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket2/a", false],
    ["arn:aws:s3:::bucket*", "arn:aws:s3:::bucket2/a", true],
    ["arn:aws:s3:::bucket/a?c", "arn:aws:s3:::bucket/abc", true],
    ["arn:aws:s3:::bucket/a?c", "arn:aws:s3:::bucket/ac", false],
    ["arn:aws:s3:::bucket/a?c", "arn:aws:s3:::bucket/a😀c", true],
    [`arn:aws:s3:::bucket/a\${?}c`, "arn:aws:s3:::bucket/abc", false],
    [`arn:aws:s3:::bucket/a\${?}c`, "arn:aws:s3:::bucket/a?c", true],
    [`arn:aws:s3:::bucket/a\${*}c`, "arn:aws:s3:::bucket/abbc", false],
    [`arn:aws:s3:::bucket/a\${*}c`, "arn:aws:s3:::bucket/a*c", true],
    [`arn:aws:s3:::bucket/\${$}{*}`, `arn:aws:s3:::bucket/\${*}`, true],
    [`arn:aws:s3:::bucket/\${$}{*}`, "arn:aws:s3:::bucket/*", false],
    ["arn:aws:s3:::bucket/a$c", "arn:aws:s3:::bucket/a$c", true],
    ["arn:aws:s3:::bucket/*:x", "arn:aws:s3:::bucket/a:b:x", true],
    ["arn:aws:dynamodb:*:222222222222:table/T", "arn:aws:dynamodb:eu-west-1:222222222222:table/T", true],
    ["arn:aws:*:222222222222:table/T:x", "arn:aws:dynamodb:eu-west-1:222222222222:table/T:x", false],
    ["arn:aws:dynamodb:*:*:table/T", "arn:aws:dynamodb:eu-west-1:222222222222:table/t", false],
    ["*", "*", true],
    ["arn:aws:s3:::*", "*", false],
    ["arn:aws:s3:::b/*a*b", "arn:aws:s3:::b/xaxbxb", true],
    ["arn:aws:s3:::b/*a*b", "arn:aws:s3:::b/xaxbxbc", false],
  ];
  it.each(cases)("%s over %s: %s", (pattern, name, allowed) => {
    expect(verdict([allow("s3:GetObject", pattern)], "s3:GetObject", name) === "allowed").toBe(allowed);
  });

  it("an escaped name allows that name and no other", () => {
    const character = fc.constantFrom("*", "?", "$", "{", "}", "a", "/", ":", "😀");
    const name = fc.array(character, { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(name, name, (wanted, other) => {
        const escaped = wanted.replaceAll(/[*?$]/g, (special) => `\${${special}}`);
        const statement = allow("s3:GetObject", `arn:aws:s3:::b/${escaped}`);
        expect(verdict([statement], "s3:GetObject", `arn:aws:s3:::b/${wanted}`)).toBe("allowed");
        const expected = other === wanted ? "allowed" : NO_IDENTITY("s3:GetObject");
        expect(verdict([statement], "s3:GetObject", `arn:aws:s3:::b/${other}`)).toBe(expected);
      }),
    );
  });
});

describe("statements", () => {
  it("compares actions without case and with wildcards", () => {
    expect(verdict([allow("s3:getobject", "*")], "s3:GetObject", OBJECT)).toBe("allowed");
    expect(verdict([allow("s3:Get*", "*")], "s3:GetObject", OBJECT)).toBe("allowed");
    expect(verdict([allow("s3:Get*", "*")], "s3:PutObject", OBJECT)).toBe(NO_IDENTITY("s3:PutObject"));
    expect(verdict([allow("s3:GetObjec?", "*")], "s3:GetObject", OBJECT)).toBe("allowed");
  });

  it("lets an explicit deny win over any allow, in either policy", () => {
    const deny = { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::bucket/*" };
    expect(verdict([allow("*", "*"), deny], "s3:GetObject", OBJECT)).toBe(
      "with an explicit deny in an identity-based policy",
    );
    expect(verdict([allow("*", "*")], "s3:GetObject", OBJECT, { session: [allow("*", "*"), deny] })).toBe(
      "with an explicit deny in a session policy",
    );
  });

  it("allows a session only what both the role and the session policy allow", () => {
    const session = [allow("s3:GetObject", OBJECT)];
    expect(verdict([allow("s3:*", "*")], "s3:GetObject", OBJECT, { session })).toBe("allowed");
    expect(verdict([allow("s3:*", "*")], "s3:DeleteObject", OBJECT, { session })).toBe(
      "because no session policy allows the s3:DeleteObject action",
    );
    expect(verdict([allow("s3:List*", "*")], "s3:GetObject", OBJECT, { session })).toBe(
      NO_IDENTITY("s3:GetObject"),
    );
  });

  it("turns NotAction and NotResource around", () => {
    const statement = { Effect: "Allow", NotAction: "s3:Delete*", NotResource: "arn:aws:s3:::secret/*" };
    expect(verdict([statement], "s3:GetObject", OBJECT)).toBe("allowed");
    expect(verdict([statement], "s3:DeleteObject", OBJECT)).toBe(NO_IDENTITY("s3:DeleteObject"));
    expect(verdict([statement], "s3:GetObject", "arn:aws:s3:::secret/x")).toBe(NO_IDENTITY("s3:GetObject"));
  });
});

describe("conditions", () => {
  const cases: [name: string, condition: Json, context: Record<string, string[]>, allowed: boolean][] = [
    ["equal", { StringEquals: { "sts:ExternalId": "x" } }, { "sts:externalid": ["x"] }, true],
    ["star is literal", { StringEquals: { "sts:ExternalId": "*" } }, { "sts:externalid": ["x"] }, false],
    ["case counts", { StringEquals: { "sts:ExternalId": "X" } }, { "sts:externalid": ["x"] }, false],
    ["absent key", { StringEquals: { "sts:ExternalId": "x" } }, {}, false],
    ["absent key, negated", { StringNotEquals: { "sts:ExternalId": "x" } }, {}, true],
    ["absent key, if exists", { StringEqualsIfExists: { "sts:ExternalId": "x" } }, {}, true],
    ["key without case", { StringEquals: { "STS:externalid": "x" } }, { "sts:externalid": ["x"] }, true],
    ["any of the values", { StringEquals: { "s3:prefix": ["a", "b"] } }, { "s3:prefix": ["b"] }, true],
    [
      "none of the values, negated",
      { StringNotEquals: { "s3:prefix": ["a", "b"] } },
      { "s3:prefix": ["b"] },
      false,
    ],
    [
      "like",
      { StringLike: { "sts:SourceIdentity": "agent-*" } },
      { "sts:sourceidentity": ["agent-1"] },
      true,
    ],
    [
      "not like",
      { StringNotLike: { "sts:SourceIdentity": "agent-*" } },
      { "sts:sourceidentity": ["agent-1"] },
      false,
    ],
    ["all keys", { StringEquals: { "s3:prefix": "a", "s3:delimiter": "/" } }, { "s3:prefix": ["a"] }, false],
    ["null true", { Null: { "aws:SourceIdentity": "true" } }, {}, true],
    ["null false", { Null: { "aws:SourceIdentity": "false" } }, {}, false],
    ["bool", { Bool: { "aws:SecureTransport": true } }, { "aws:securetransport": ["true"] }, true],
    ["number below", { NumericLessThan: { "s3:max-keys": "10" } }, { "s3:max-keys": ["9"] }, true],
    ["number not below", { NumericLessThan: { "s3:max-keys": "10" } }, { "s3:max-keys": ["10"] }, false],
    ["number up to", { NumericLessThanEquals: { "s3:max-keys": 10 } }, { "s3:max-keys": ["10"] }, true],
    [
      "all tags",
      { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } },
      { "aws:tagkeys": ["a", "c"] },
      false,
    ],
    ["all of no tags", { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }, {}, true],
    [
      "any tag",
      { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } },
      { "aws:tagkeys": ["a", "c"] },
      true,
    ],
    ["any of no tags", { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } }, {}, false],
    [
      "arn by parts",
      { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/call" } },
      { "aws:principalarn": ["arn:aws:iam::1:role/call"] },
      true,
    ],
  ];
  it.each(cases)("%s", (_name, condition, context, allowed) => {
    const answer = verdict([allow("s3:GetObject", "*", condition)], "s3:GetObject", OBJECT, { context });
    expect(answer === "allowed").toBe(allowed);
  });
});

describe("what the evaluator does not know, it throws on", () => {
  const good = allow("s3:GetObject", "*");
  const cases: [name: string, document: unknown][] = [
    ["another version", { Version: "2008-10-17", Statement: [good] }],
    ["no version", { Statement: [good] }],
    ["an unknown document element", { ...policy(good), Extra: 1 }],
    ["an unknown statement element", policy({ ...good, Principal: "*" })],
    ["an unknown effect", policy({ ...good, Effect: "allow" })],
    ["Action beside NotAction", policy({ ...good, NotAction: "s3:*" })],
    ["no resource", policy({ Effect: "Allow", Action: "s3:*" })],
    ["an empty list of actions", policy({ ...good, Action: [] })],
    ["an action without service", policy({ ...good, Action: "GetObject" })],
    ["a variable in an action", policy({ ...good, Action: `s3:\${*}` })],
    ["a variable in a resource", policy(allow("s3:GetObject", `arn:aws:s3:::b/\${aws:username}`))],
    ["an open variable", policy(allow("s3:GetObject", `arn:aws:s3:::b/\${*`))],
    ["an ARN of five parts", policy(allow("s3:GetObject", "arn:aws:dynamodb:*:table/T"))],
    ["a resource that is no ARN", policy(allow("s3:GetObject", "bucket"))],
    [
      "an unknown operator",
      policy(allow("s3:GetObject", "*", { StringEqualsIgnoreCase: { "s3:prefix": "a" } })),
    ],
    [
      "an unknown operator of dates",
      policy(allow("s3:GetObject", "*", { DateLessThan: { "aws:CurrentTime": "x" } })),
    ],
    ["Null with IfExists", policy(allow("s3:GetObject", "*", { NullIfExists: { "s3:prefix": "true" } }))],
    ["an unknown key", policy(allow("s3:GetObject", "*", { StringEquals: { "aws:SourceVpce": "a" } }))],
    [
      "several values without quantifier",
      policy(allow("s3:GetObject", "*", { StringEquals: { "aws:TagKeys": "a" } })),
    ],
    ["a bool that is none", policy(allow("s3:GetObject", "*", { Bool: { "aws:SecureTransport": "yes" } }))],
    [
      "a number that is none",
      policy(allow("s3:GetObject", "*", { NumericEquals: { "s3:max-keys": "ten" } })),
    ],
    [
      "an arn that is none",
      policy(allow("s3:GetObject", "*", { ArnLike: { "aws:PrincipalArn": "role/x" } })),
    ],
    ["a statement that is a text", { Version: "2012-10-17", Statement: ["x"] }],
    ["no statement", { Version: "2012-10-17", Statement: [] }],
  ];
  it.each(cases)("%s", (_name, document) => {
    expect(() => parseIdentityPolicy(document)).toThrow();
  });

  it("and knows the document from which each of these was changed", () => {
    expect(parseIdentityPolicy(policy(good))).toHaveLength(1);
  });
});
