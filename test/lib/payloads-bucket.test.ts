import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { evaluate } from "../../lib/local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "../../lib/local/aws/iam-policy.ts";
import { parseTemplate, resolveStack } from "../../lib/local/template.ts";
import { synthesizeSample } from "./synthesis.ts";

const { outdir, template } = synthesizeSample({ retentionDays: 400 });
const stack = resolveStack(parseTemplate({ Resources: template.Resources }), {
  ...{ assembly: outdir, partition: "aws", region: "eu-west-1", account: "111122223333" },
  ...{ stackName: "Countersign", distributionHost: "127.0.0.1:8788" },
});

afterAll(() => rmSync(dirname(outdir), { recursive: true }));

function may(name: string, variable: string, action: string, key: string, context = {}): boolean {
  const spec = stack.functions.find((one) => one.name.includes(`-${name}Function`));
  const bucket = stack.functions.find(({ environment }) => environment[variable])?.environment[variable];
  const role = stack.roles.find(({ arn }) => arn === spec?.roleArn);
  const identity = role?.policies.flatMap(parseIdentityPolicy) ?? [];
  const resource = `arn:aws:s3:::${bucket}/${key}`;
  const request = { action, resource, context: new Map(Object.entries<string[]>(context)) };
  return evaluate({ identity, session: undefined }, request).kind === "allowed";
}

const NEW = { "s3:if-none-match": ["*"] };
const TAKES_AWAY = ["DeleteObject", "DeleteObjectVersion", "PutObjectRetention", "BypassGovernanceRetention"];

describe("payloads", () => {
  it.each(["Call", "Run"])("are added by %s, under their prefix, and never replaced or read", (name) => {
    expect(may(name, "PAYLOAD_BUCKET", "s3:PutObject", "payloads/s/d", NEW)).toBe(true);
    expect(may(name, "PAYLOAD_BUCKET", "s3:PutObject", "payloads/s/d")).toBe(false);
    expect(may(name, "PAYLOAD_BUCKET", "s3:PutObject", "other/d", NEW)).toBe(false);
    expect(may(name, "PAYLOAD_BUCKET", "s3:GetObject", "payloads/s/d")).toBe(false);
  });

  it.each(["Api", "Holds"])("are only read by %s", (name) => {
    expect(may(name, "PAYLOAD_BUCKET", "s3:GetObject", "payloads/s/d")).toBe(true);
    expect(may(name, "PAYLOAD_BUCKET", "s3:PutObject", "payloads/s/d", NEW)).toBe(false);
  });

  it("and copies under hold are deleted by nobody", () => {
    for (const name of ["Call", "Run", "Api", "Holds", "Ask", "Approvals", "Checkpoint"])
      for (const action of TAKES_AWAY)
        for (const [variable, key] of [
          ["PAYLOAD_BUCKET", "payloads/s/d"],
          ["HOLDS_BUCKET", "holds/s/d"],
        ] as const)
          expect(may(name, variable, `s3:${action}`, key), `${name} ${action}`).toBe(false);
  });
});

describe("a legal hold", () => {
  const lift = { "s3:object-lock-legal-hold": ["OFF"] };

  it("is placed by the function holds, and lifted by the API alone", () => {
    const place = { "s3:object-lock-legal-hold": ["ON"] };
    expect(may("Holds", "HOLDS_BUCKET", "s3:PutObjectLegalHold", "holds/s/d", place)).toBe(true);
    for (const name of ["Call", "Run", "Api", "Holds", "Ask", "Approvals", "Checkpoint"])
      expect(may(name, "HOLDS_BUCKET", "s3:PutObjectLegalHold", "holds/s/d", lift)).toBe(name === "Api");
  });
});
