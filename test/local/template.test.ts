// The template resolver: what it gives, and that it throws on everything it does not know.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its variables so
import { describe, expect, test } from "vitest";
import { TemplateError } from "../../lib/local/members.ts";
import { parseTemplate, type ResolvedStack, resolveStack, type Template } from "../../lib/local/template.ts";
import { PLACE, smallTemplate } from "./small-template.ts";

function resolve(change: (template: Template) => void = () => {}): ResolvedStack {
  const template = smallTemplate();
  change(template);
  return resolveStack(parseTemplate(template), PLACE);
}

/** Sets a member of a resource's properties by its path. */
function set(template: Template, id: string, path: readonly string[], value: unknown): void {
  let place: Record<string, unknown> = template.Resources[id]?.Properties ?? {};
  for (const part of path.slice(0, -1)) place = place[part] as Record<string, unknown>;
  place[path.at(-1) ?? ""] = value;
}

describe("the resolver", () => {
  test("gives the function its bundle, its role and the resolved environment", () => {
    const { functions, secrets, tables } = resolve();
    expect(functions).toEqual([
      expect.objectContaining({
        arn: expect.stringMatching(/^arn:aws:lambda:eu-west-1:111122223333:function:Small-Function-/),
        assetDirectory: `/assembly/asset.${"a".repeat(64)}`,
        handler: "index.handler",
        timeoutSeconds: 5,
        memoryMb: 256,
        roleArn: "arn:aws:iam::111122223333:role/small-call",
        environment: { TABLE: tables[0]?.name, SECRET_ARN: secrets[0]?.arn },
      }),
    ]);
  });

  test("tells the HMAC key from the others", () => {
    const { hmacKeys, keys } = resolve();
    expect(hmacKeys).toHaveLength(1);
    expect(keys).toHaveLength(1);
    expect(keys[0]?.arn).not.toBe(hmacKeys[0]?.arn);
  });

  test("gives the role the policies attached to it, with ARNs resolved", () => {
    const { roles, tables } = resolve();
    const [{ policies } = { policies: [] }] = roles;
    expect(policies).toMatchObject([
      { Statement: [{ Resource: `arn:aws:dynamodb:eu-west-1:111122223333:table/${tables[0]?.name}` }] },
    ]);
  });

  test("keeps the names between runs, so that data is found again", () => {
    expect(resolve().tables).toEqual(resolve().tables);
    expect(resolve().hmacKeys).toEqual(resolve().hmacKeys);
  });

  test("generates the secret by its rule and puts the same value into the origin header", () => {
    const { secrets, distribution } = resolve();
    expect(secrets[0]?.value).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(distribution.origin.headers).toEqual([["x-origin-secret", secrets[0]?.value]]);
  });

  test("makes the public URL one that can be reached", () => {
    expect(resolve().parameters).toEqual([{ name: "/small/url", value: "https://127.0.0.1:8788" }]);
  });

  test("reads stage, routes and the API's own answers", () => {
    const { api } = resolve();
    expect(api.stage).toBe("live");
    expect(api.routes.map(({ resourcePath, method }) => [resourcePath, method])).toEqual([
      ["/{proxy+}", "ANY"],
      ["/", "ANY"],
    ]);
    expect(api.answers.DEFAULT_5XX?.headers).toEqual({ "x-amzn-errortype": "ServiceUnavailable" });
  });

  test("gives an integration without a timeout API Gateway's 29 seconds", () => {
    expect(resolve().api.routes.map(({ timeoutMilliseconds }) => timeoutMilliseconds)).toEqual([
      29_000, 29_000,
    ]);
  });
});

describe("what the resolver does not know, it refuses", () => {
  const refused: readonly (readonly [string, (template: Template) => void, RegExp])[] = [
    ["a type", (t) => (t.Resources.Queue = { Type: "AWS::SQS::Queue", Properties: {} }), /AWS::SQS::Queue/],
    ["a property", (t) => set(t, "Table", ["StreamSpecification"], {}), /Table .*StreamSpecification/],
    [
      "a nested property",
      (t) => set(t, "Function", ["Environment", "More"], 1),
      /Function\.Environment .*More/,
    ],
    [
      "an attribute",
      (t) => set(t, "Parameter", ["Value"], { "Fn::GetAtt": ["Table", "StreamArn"] }),
      /Table\.StreamArn/,
    ],
    ["an intrinsic", (t) => set(t, "Parameter", ["Value"], { "Fn::ImportValue": "x" }), /Fn::ImportValue/],
    ["a reference to nothing", (t) => set(t, "Parameter", ["Value"], { Ref: "Nobody" }), /Nobody/],
    ["a circle", (t) => set(t, "Parameter", ["Name"], { Ref: "Parameter" }), /circle/],
    ["a dynamic reference", (t) => set(t, "Parameter", ["Value"], "{{resolve:ssm:/x:1}}"), /resolve:ssm/],
    [
      "a secret's version",
      (t) => set(t, "Parameter", ["Value"], "{{resolve:secretsmanager:x:SecretString::A:}}"),
      /::A:/,
    ],
    ["another runtime", (t) => set(t, "Function", ["Runtime"], "python3.13"), /python3.13/],
    ["an authoriser", (t) => set(t, "ProxyAny", ["AuthorizationType"], "AWS_IAM"), /AWS_IAM/],
    [
      "a buffered integration",
      (t) => set(t, "ProxyAny", ["Integration", "ResponseTransferMode"], "BUFFERED"),
      /BUFFERED/,
    ],
    [
      "an integration by the buffered URI",
      (t) =>
        set(
          t,
          "ProxyAny",
          ["Integration", "Uri"],
          "arn:aws:apigateway:x:lambda:path/2015-03-31/functions/arn/invocations",
        ),
      /Uri/,
    ],
    [
      "a caching policy that caches",
      (t) => set(t, "Distribution", ["DistributionConfig", "DefaultCacheBehavior", "CachePolicyId"], "other"),
      /CachePolicyId/,
    ],
    [
      "compression",
      (t) => set(t, "Distribution", ["DistributionConfig", "DefaultCacheBehavior", "Compress"], true),
      /Compress/,
    ],
    [
      "a second behaviour",
      (t) => set(t, "Distribution", ["DistributionConfig", "CacheBehaviors"], [{}]),
      /CacheBehaviors/,
    ],
    ["a key that IAM does not rule", (t) => set(t, "Key", ["KeyPolicy"], { Statement: [] }), /KeyPolicy/],
    [
      "a table that is billed by capacity",
      (t) => set(t, "Table", ["BillingMode"], "PROVISIONED"),
      /PROVISIONED/,
    ],
    ["a second distribution", (t) => (t.Resources.Other = t.Resources.Distribution as never), /exactly once/],
    [
      "a condition on a resource",
      (t) => Object.assign(t.Resources.Table ?? {}, { Condition: "C" }),
      /Condition/,
    ],
    ["a section", (t) => Object.assign(t, { Conditions: {} }), /Conditions/],
  ];
  test.each(refused)("%s", (_what, change, message) => {
    expect(() => resolve(change)).toThrow(TemplateError);
    expect(() => resolve(change)).toThrow(message);
  });
});

describe("intrinsics", () => {
  const values: readonly (readonly [string, unknown, string])[] = [
    ["Join", { "Fn::Join": ["-", ["a", { Ref: "AWS::Region" }]] }, "a-eu-west-1"],
    [
      "Sub",
      { "Fn::Sub": "${AWS::AccountId}/${!Literal}/${Role.Arn}" },
      "111122223333/${Literal}/arn:aws:iam::111122223333:role/small-call",
    ],
    ["Sub with variables", { "Fn::Sub": ["${A}${AWS::Region}", { A: { Ref: "Stage" } }] }, "liveeu-west-1"],
    [
      "Select and Split",
      { "Fn::Select": [5, { "Fn::Split": [":", { "Fn::GetAtt": ["Role", "Arn"] }] }] },
      "role/small-call",
    ],
    ["GetAtt as text", { "Fn::GetAtt": "Role.Arn" }, "arn:aws:iam::111122223333:role/small-call"],
    ["NoValue", { "Fn::Join": ["", ["a", { Ref: "AWS::NoValue" }]] }, "a"],
  ];
  test.each(values)("%s", (_name, value, expected) => {
    const { parameters } = resolve((template) => set(template, "Parameter", ["Value"], value));
    expect(parameters[0]?.value).toBe(expected);
  });

  test("AWS::NoValue takes the property away", () => {
    const { functions } = resolve((template) =>
      set(template, "Function", ["Timeout"], { Ref: "AWS::NoValue" }),
    );
    expect(functions[0]?.timeoutSeconds).toBe(3);
  });
});
