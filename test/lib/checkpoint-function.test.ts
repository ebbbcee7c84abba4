import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../lib/config.ts";
import { evaluate } from "../../lib/local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "../../lib/local/aws/iam-policy.ts";
import { parseTemplate, resolveStack } from "../../lib/local/template.ts";
import { functionIdOf, functionOf, idOf, sampleConfig, synthesizeSample } from "./synthesis.ts";

const checkpointRetention = { mode: "compliance" };
const { outdir, template } = synthesizeSample({ checkpointRetention, retentionDays: 400 });
const stack = resolveStack(parseTemplate({ Resources: template.Resources }), {
  ...{ assembly: outdir, partition: "aws", region: "eu-west-1", account: "111122223333" },
  ...{ stackName: "Countersign", distributionHost: "127.0.0.1:8788" },
});

afterAll(() => rmSync(dirname(outdir), { recursive: true }));

// The other bucket with a lock, of legal holds, locks nothing by itself.
const bucketId = idOf(template, "AWS::S3::Bucket", (bucket) =>
  JSON.stringify(bucket.ObjectLockConfiguration ?? {}).includes("DefaultRetention"),
);
const spec = stack.functions.find(({ name }) => name.includes("-CheckpointFunction"));
const role = stack.roles.find(({ arn }) => arn === spec?.roleArn);
const bucket = `arn:aws:s3:::${spec?.environment.CHECKPOINT_BUCKET}`;
const key = spec?.environment.CHECKPOINT_KEY_ARN ?? "";
const sessions = `arn:aws:dynamodb:eu-west-1:111122223333:table/${spec?.environment.SESSIONS_TABLE}`;

function may(action: string, resource: string, context: Record<string, string[]> = {}): boolean {
  const identity = role?.policies.flatMap(parseIdentityPolicy) ?? [];
  const request = { action, resource, context: new Map(Object.entries(context)) };
  return evaluate({ identity, session: undefined }, request).kind === "allowed";
}

describe("the function that seals", () => {
  it("runs alone, each minute, and is not repeated", () => {
    expect(functionOf(template, "checkpoint")).toMatchObject({
      Handler: "index.handler",
      Timeout: 300,
      MemorySize: 512,
      ReservedConcurrentExecutions: 1,
    });
    expect(stack.schedules.flatMap(({ functionArns }) => functionArns)).toContain(spec?.arn);
    const own = functionIdOf(template, "checkpoint");
    const config = idOf(template, "AWS::Lambda::EventInvokeConfig", ({ FunctionName }) =>
      JSON.stringify(FunctionName).includes(own),
    );
    expect(template.Resources[config]?.Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  it("finds records by the index alone, and reads none of them", () => {
    expect(may("dynamodb:Query", `${sessions}/index/by-minute`)).toBe(true);
    expect(may("dynamodb:Query", sessions)).toBe(false);
    for (const action of ["GetItem", "BatchGetItem", "Scan", "PutItem", "UpdateItem", "DeleteItem"])
      expect(may(`dynamodb:${action}`, sessions), action).toBe(false);
  });

  it("adds checkpoints and reads them, under their prefix, and takes none away", () => {
    const checkpoint = `${bucket}/checkpoints/1.json`;
    expect(may("s3:PutObject", checkpoint)).toBe(true);
    expect(may("s3:GetObject", checkpoint)).toBe(true);
    expect(may("s3:PutObject", `${bucket}/other`)).toBe(false);
    expect(may("s3:ListBucket", bucket, { "s3:prefix": ["checkpoints/"] })).toBe(true);
    expect(may("s3:ListBucket", bucket)).toBe(false);
    for (const action of [
      "DeleteObject",
      "DeleteObjectVersion",
      "PutObjectRetention",
      "BypassGovernanceRetention",
    ])
      expect(may(`s3:${action}`, checkpoint), action).toBe(false);
  });

  it("signs by the one algorithm, and does nothing else with the key", () => {
    expect(may("kms:Sign", key, { "kms:signingalgorithm": ["ECDSA_SHA_256"] })).toBe(true);
    expect(may("kms:Sign", key)).toBe(false);
    for (const action of ["ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy", "CreateGrant"])
      expect(may(`kms:${action}`, key), action).toBe(false);
  });
});

describe("the configuration `checkpointRetention`", () => {
  const parsed = (value?: unknown) =>
    parseConfig({ ...sampleConfig(), ...(value !== undefined && { checkpointRetention: value }) });

  it("locks as long as records are kept, and so that it can be lifted, unless it says otherwise", () => {
    expect(parsed().checkpointRetention).toEqual({ mode: "governance", days: null });
    const stated = { mode: "compliance", days: 36_500 };
    expect(parsed(stated).checkpointRetention).toEqual(stated);
  });

  it.each([{ mode: "none" }, { days: 0 }, { days: 36_501 }, { forever: true }, null])(
    "%j is refused",
    (value) => {
      expect(() => parsed(value)).toThrow(ConfigError);
    },
  );
});

describe("the checkpoints", () => {
  it("lie in a bucket with versions and a lock as configured, as long as the records, closed, and kept", () => {
    expect(template.Resources[bucketId]).toMatchObject({
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        VersioningConfiguration: { Status: "Enabled" },
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 400 } },
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
  });

  it("are deleted by nobody and reached over TLS alone", () => {
    const policy = idOf(
      template,
      "AWS::S3::BucketPolicy",
      ({ Bucket }) => JSON.stringify(Bucket) === JSON.stringify({ Ref: bucketId }),
    );
    const document = template.Resources[policy]?.Properties.PolicyDocument;
    const { Statement = [] } = (document ?? {}) as { readonly Statement?: readonly object[] };
    const everybody = { Effect: "Deny", Principal: { AWS: "*" } };
    expect(Statement).toContainEqual(
      expect.objectContaining({ ...everybody, Action: ["s3:BypassGovernanceRetention", "s3:DeleteObject*"] }),
    );
    expect(Statement).toContainEqual(
      expect.objectContaining({
        ...everybody,
        Action: "s3:*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    );
  });

  it("are signed by a key of P-256 that is kept", () => {
    const id = idOf(template, "AWS::KMS::Key", ({ KeySpec }) => KeySpec === "ECC_NIST_P256");
    expect(template.Resources[id]).toMatchObject({
      DeletionPolicy: "Retain",
      Properties: { KeyUsage: "SIGN_VERIFY" },
    });
  });

  it("raise an alarm when they fail, and when nothing starts them", () => {
    const alarms = Object.entries(template.Resources).filter(
      ([id, { Type }]) => Type === "AWS::CloudWatch::Alarm" && id.startsWith("Checkpoint"),
    );
    expect(alarms.map(([, { Properties }]) => Properties)).toEqual([
      expect.objectContaining({
        MetricName: "Errors",
        Period: 60,
        EvaluationPeriods: 5,
        DatapointsToAlarm: 3,
        TreatMissingData: "notBreaching",
      }),
      expect.objectContaining({
        MetricName: "Invocations",
        Period: 60,
        EvaluationPeriods: 3,
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "breaching",
      }),
    ]);
  });
});
