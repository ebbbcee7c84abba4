import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundlePolicies } from "../../lib/policy-bundle.ts";
import { DEPLOYMENT } from "./fixtures.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "policies-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (files: Record<string, string>) => {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
};
const bundle = (files: Record<string, string>) => {
  write(files);
  return bundlePolicies(directory, DEPLOYMENT);
};
const GET = `action == AWS::Action::"s3:GetObject", resource is AWS::Resource`;

describe("a bundle", () => {
  it("holds the policies of all files in order, each as written, with id, file, annotations and facts", () => {
    const text = `@id("named")\n@scope("role")\npermit(principal, ${GET}) when { context.params has Key && context.params.Key like "a;b*" };`;
    const { policies, warnings } = bundle({
      "b.cedar": `// a comment; with a semicolon\n${text}`,
      "a.cedar": `permit(principal, ${GET});\n\nforbid(principal, action in AWS::Action::"s3:*", resource in Countersign::ResourceSet::"critical");\n`,
      "notes.txt": "not a policy",
    });
    expect(policies.map(({ id, file }) => [id, file])).toEqual([
      ["a#1", "a.cedar"],
      ["a#2", "a.cedar"],
      ["named", "b.cedar"],
    ]);
    expect(policies[2]).toEqual({
      id: "named",
      file: "b.cedar",
      text,
      annotations: { id: "named", scope: "role" },
      facts: {
        effect: "permit",
        actions: [{ type: "AWS::Action", id: "s3:GetObject" }],
        resources: [],
        resourceSets: [],
        parameters: ["Key"],
      },
    });
    expect(policies[1]?.facts).toMatchObject({ effect: "forbid", resourceSets: ["critical"] });
    expect(warnings).toEqual([]);
  });

  it("has a version that every change of a policy changes, and nothing else does", () => {
    const one = bundle({ "a.cedar": `permit(principal, ${GET});` }).version;
    expect(bundle({ "a.cedar": `permit(principal, ${GET});` }).version).toBe(one);
    expect(bundle({ "a.cedar": `forbid(principal, ${GET});` }).version).not.toBe(one);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
  });

  it("warns of an obligation that no engine carries out yet, and of a permit that takes roles too", () => {
    const { warnings } = bundle({
      "a.cedar": `@scope("prefix")\npermit(principal, ${GET});\npermit(principal, action, resource);`,
    });
    expect(warnings).toEqual([
      expect.stringMatching(/a\.cedar:1:1: warning: no engine carries out `@scope\("prefix"\)` yet/),
      expect.stringMatching(
        /a\.cedar:3:1: warning: this permit takes every action, the use of roles included/,
      ),
    ]);
  });

  it("warns of a role that this deployment lacks: another may have it", () => {
    const { warnings } = bundle({
      "a.cedar": `permit(principal, action == Countersign::Action::"AssumeRole", resource == Countersign::Role::"arn:aws:iam::111122223333:role/mcp-raeder");`,
    });
    expect(warnings).toEqual([
      expect.stringContaining("did you mean `arn:aws:iam::111122223333:role/mcp-reader`?"),
    ]);
  });
});

describe("an error", () => {
  it.each([
    [
      "an action",
      `permit(principal, action == AWS::Action::"s3:GetObjct", resource);`,
      "1:42: error: unknown IAM action `s3:GetObjct`; did you mean `s3:GetObject`?",
    ],
    [
      "the case of an action",
      `permit(principal, action == AWS::Action::"s3:getobject", resource);`,
      "did you mean `s3:GetObject`?",
    ],
    [
      "a service",
      `permit(principal, action in AWS::Action::"dynamdb:*", resource);`,
      "unknown IAM service `dynamdb`; did you mean `dynamodb`?",
    ],
    [
      "a level",
      `permit(principal, action in AWS::Action::"level:raed", resource);`,
      "unknown access level `level:raed`; did you mean `level:read`?",
    ],
    [
      "an action in a condition",
      `forbid(principal, action, resource is AWS::Resource) when { action == AWS::Action::"s3:PutObjct" };`,
      "did you mean `s3:PutObject`?",
    ],
    [
      "a group after ==",
      `permit(principal, action == AWS::Action::"s3:*", resource);`,
      "`action ==` never matches it, say `action in`",
    ],
    [
      "a resource set",
      `permit(principal, action in AWS::Action::"s3:*", resource in Countersign::ResourceSet::"critcal");`,
      "unknown resource set `critcal`; did you mean `critical`?",
    ],
    [
      "an issuer",
      `permit(principal == Countersign::Agent::"https://idp.example.co|x", ${GET});`,
      "did you mean `https://idp.example.com`?",
    ],
    [
      "a star in an ARN",
      `permit(principal, action in AWS::Action::"s3:*", resource == AWS::Resource::"arn:aws:s3:::b/*");`,
      "use a named resource set",
    ],
    [
      "a resource that is no ARN",
      `permit(principal, action in AWS::Action::"s3:*", resource == AWS::Resource::"bucket");`,
      "`bucket` is no ARN",
    ],
    [
      "a claim",
      `permit(principal, ${GET}) when { context.claims has taem };`,
      "`taem`; did you mean `team`?",
    ],
    ["an attribute", `permit(principal, ${GET}) when { resource.acount == "1" };`, "did you mean `account`?"],
    [
      "an attribute after has",
      `permit(principal, ${GET}) when { resource has tags };`,
      "would be false where the value is not known",
    ],
    ["a type of entity", `permit(principal in Countersign::Grup::"g", ${GET});`, "Countersign::Grup"],
    [
      "an annotation",
      `@aprove("group=x")\npermit(principal, ${GET});`,
      "1:1: error: unknown annotation `@aprove`; did you mean `@approve`?",
    ],
    [
      "the value of @scope",
      `@scope("wide") permit(principal, ${GET});`,
      '`@scope` has the malformed value `wide`; write it like `@scope("call")`',
    ],
    [
      "the value of @approve",
      `@approve("quorum=2") permit(principal, ${GET});`,
      "malformed value `quorum=2`",
    ],
    ["the value of @limit", `@limit("100") permit(principal, ${GET});`, "malformed value `100`"],
    [
      "the value of @detect",
      `@detect("pems") permit(principal, ${GET});`,
      "unknown detector `pems`; did you mean `pem`?",
    ],
    ["an annotation without value", `@mask permit(principal, ${GET});`, "malformed value ``"],
    ["an @id with a #", `@id("a#1") permit(principal, ${GET});`, "malformed value `a#1`"],
    ["@reason on a permit", `@reason("x") permit(principal, ${GET});`, "belongs on a `forbid`"],
    ["@unmask without a reason", `@unmask("X") permit(principal, ${GET});`, "`@unmask` needs a `@reason`"],
    ["@mask on a forbid", `@mask("X") forbid(principal, ${GET});`, "has no meaning on a `forbid`"],
    [
      "a permit by user agent",
      `permit(principal, ${GET}) when { context.userAgent like "boto*" };`,
      "a permit may not depend on `context.userAgent`",
    ],
    [
      "a permit by user agent, tested with has",
      `permit(principal, ${GET}) unless { context has userAgent };`,
      "a permit may not depend on `context.userAgent`",
    ],
    [
      "a permit by the user agent's app id",
      `permit(principal, ${GET}) when { context.userAgentAppId == "etl" };`,
      "a permit may not depend on `context.userAgentAppId`",
    ],
    [
      "an approver group",
      `@id("x")\n@approve("group=prod-aprovers") permit(principal, ${GET});`,
      "2:1: error: unknown approver group `prod-aprovers`: it is not in `approvals.groups` of the configuration; did you mean `prod-approvers`?",
    ],
    [
      "a repeated option of @approve",
      `@approve("group=ops group=security") permit(principal, ${GET});`,
      "each once",
    ],
    [
      "the style of a mask",
      `@mask("Body=lost4") permit(principal, ${GET});`,
      "1:1: error: `@mask`: unknown mask style `lost4`; did you mean `last4`?",
    ],
    [
      "the path of a mask",
      `@mask("Parameters[0].Value") permit(principal, ${GET});`,
      "`Parameters[0].Value` is no member path",
    ],
    [
      "a mask on data",
      `@mask("dynamodb:Orders.card") permit(principal, ${GET});`,
      "write `dynamodb:Table/Orders.card`",
    ],
    [
      "a path masked and shown at once",
      `@mask("Body") @unmask("Body") @reason("r") permit(principal, ${GET});`,
      "`Body` is masked and shown by the same permit",
    ],
    [
      "@unmask on the use of a role",
      `@unmask("X") @reason("r") permit(principal, action == Countersign::Action::"AssumeRole", resource);`,
      "`@unmask` has no meaning on the use of a role",
    ],
    [
      "the whole context",
      `permit(principal, ${GET}) when { context == {} };`,
      "`context` may only be used by its members",
    ],
    [
      "all parameters at once",
      `permit(principal, ${GET}) when { context.params == {} };`,
      "`context.params` may only be used by its members",
    ],
    [
      "a parameter read without has",
      `permit(principal, ${GET}) when { context.params.Key like "a*" };`,
      "context.params has Key",
    ],
    [
      "a comparison of text with a number",
      `permit(principal, ${GET}) when { context.session.age < "1h" };`,
      "expected Long but saw String",
    ],
    ["a policy that cannot match", `permit(principal, ${GET}) when { 1 == 2 };`, "policy is impossible"],
    ["a template", `permit(principal == ?principal, ${GET});`, "template"],
    ["a missing semicolon", `permit(principal, ${GET})`, "unexpected end of input"],
  ])("names %s", (_, text, expected) => {
    expect(() => bundle({ "a.cedar": text })).toThrow(expected);
  });

  it("names an approval that nobody in this deployment could give", () => {
    write({ "a.cedar": `@approve("group=ops") permit(principal, ${GET});` });
    expect(() => bundlePolicies(directory, { ...DEPLOYMENT, approvals: null })).toThrow(
      "a.cedar:1:1: error: `@approve` needs `approvals` in the configuration",
    );
  });

  it("takes a forbid by the time of day and by the app id", () => {
    const text = `forbid(principal, ${GET}) when { context.now.toTime() >= duration("18h") } unless { context.userAgentAppId == "etl" };`;
    expect(bundle({ "a.cedar": text }).warnings).toEqual([]);
  });

  it("takes a forbid by user agent", () => {
    expect(
      bundle({ "a.cedar": `forbid(principal, ${GET}) when { context.userAgent like "old/*" };` }).warnings,
    ).toEqual([]);
  });

  it("comes with all the others, sorted by file and line", () => {
    write({
      "b.cedar": `permit(principal, action == AWS::Action::"s3:GetObjct", resource);`,
      "a.cedar": `// é\n@id("x") permit(principal, ${GET});\n\n@id("x")\npermit(principal, ${GET}) when { resource.acount == "é" };\npermit(principal`,
    });
    const run = () => bundlePolicies(directory, DEPLOYMENT);
    expect(run).toThrow(
      /^4 errors in the policies\n[^\n]*a\.cedar:4:1: error: the id `x`[\s\S]*\n[^\n]*a\.cedar:5:\d+: error: [^\n]*acount[\s\S]*\n[^\n]*a\.cedar:6:\d+: error: [\s\S]*\n[^\n]*b\.cedar:1:42: error: /,
    );
  });

  it("shows the line, with the place marked", () => {
    write({
      "a.cedar": `// s3:GetObjct\npermit(principal,\n\taction == AWS::Action::"s3:GetObjct", resource);`,
    });
    expect(() => bundlePolicies(directory, DEPLOYMENT)).toThrow(
      [
        "a.cedar:3:25: error: unknown IAM action `s3:GetObjct`; did you mean `s3:GetObject`?",
        `  3 | \taction == AWS::Action::"s3:GetObjct", resource);`,
        `    | \t                       ^^^^^^^^^^^^^`,
      ].join("\n"),
    );
  });

  it("is a folder without policies, or an issuer that could blur two agents", () => {
    expect(() => bundle({ "a.cedar": "// nothing yet\n" })).toThrow("no policy in any");
    const [issuer] = DEPLOYMENT.issuers;
    const barred = { ...DEPLOYMENT, issuers: [{ ...issuer, issuer: "https://a|b" }] as const };
    expect(() => bundlePolicies(directory, barred)).toThrow("holds a `|`");
  });
});
