import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { deploymentOf, parseConfig } from "../../lib/config.ts";
import { API_STAGE, CALL_ROLE_NAME, PUBLIC_URL_PARAMETER } from "../../lib/names.ts";
import { findCycle } from "./dependencies.ts";
import { functionIdOf, functionOf, idOf, sampleConfig, synthesizeSample } from "./synthesis.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const roles = ["mcp-reader", "mcp-writer"].map((name) => ({
  arn: `arn:aws:iam::111122223333:role/${name}`,
  externalId: "external",
}));
const { outdir, template, asset } = synthesizeSample({ roles, reservedConcurrency: 50 });

afterAll(() => rmSync(dirname(outdir), { recursive: true }));

const sessions = idOf(
  template,
  "AWS::DynamoDB::Table",
  (table) => Object.values(table.KeySchema as object).length === 2,
);
const state = idOf(
  template,
  "AWS::DynamoDB::Table",
  (table) => Object.values(table.KeySchema as object).length === 1,
);
const macKeyFor = (word: string) =>
  idOf(
    template,
    "AWS::KMS::Key",
    (key) => key.KeySpec === "HMAC_256" && String(key.Description).includes(word),
  );
const macKey = macKeyFor("secrets of sessions");
const maskKey = macKeyFor("masked values");
const keyNamed = (word: string) =>
  idOf(
    template,
    "AWS::KMS::Key",
    (key) => key.KeySpec === undefined && String(key.Description).includes(word),
  );
const tableKey = keyNamed("tables");
const sealKey = keyNamed("seals");
const payloadKey = keyNamed("payloads");
const payloads = idOf(
  template,
  "AWS::S3::Bucket",
  (bucket) =>
    bucket.LifecycleConfiguration !== undefined &&
    bucket.ObjectLockEnabled === undefined &&
    JSON.stringify(bucket.BucketEncryption).includes("aws:kms"),
);
const machine = idOf(template, "AWS::StepFunctions::StateMachine");
const callRole = idOf(template, "AWS::IAM::Role", (role) => role.RoleName === CALL_ROLE_NAME);
const secret = idOf(template, "AWS::SecretsManager::Secret");
const callLogs = (functionOf(template, "call").LoggingConfig as { LogGroup: { Ref: string } }).LogGroup.Ref;

function arn(id: string): unknown {
  return { "Fn::GetAtt": [id, "Arn"] };
}

function policyOf(role: string): { readonly Statement: readonly Statement[] } {
  const id = idOf(
    template,
    "AWS::IAM::Policy",
    ({ Roles }) => JSON.stringify(Roles) === JSON.stringify([{ Ref: role }]),
  );
  return template.Resources[id]?.Properties.PolicyDocument as { Statement: Statement[] };
}

/** Every action of the call role with the resources it is allowed on. */
function permissions(): Map<string, unknown[]> {
  const { Statement } = policyOf(callRole);
  const byAction = new Map<string, unknown[]>();
  for (const { Effect, Action, Resource } of Statement) {
    expect(Effect).toBe("Allow");
    for (const action of [Action].flat()) {
      byAction.set(action, [...(byAction.get(action) ?? []), ...[Resource].flat()]);
    }
  }
  return byAction;
}

describe("the permissions of the call role", () => {
  it("are exactly these actions on exactly these resources", () => {
    const targets = roles.map((role) => role.arn);
    const parameter = {
      "Fn::Join": [
        "",
        [
          "arn:",
          { Ref: "AWS::Partition" },
          ":ssm:",
          { Ref: "AWS::Region" },
          ":",
          { Ref: "AWS::AccountId" },
          `:parameter${PUBLIC_URL_PARAMETER}`,
        ],
      ],
    };
    expect(Object.fromEntries(permissions())).toEqual({
      "dynamodb:BatchGetItem": [arn(state)],
      "dynamodb:GetItem": [arn(state)],
      "dynamodb:PutItem": [arn(sessions), arn(state)],
      "dynamodb:Query": [arn(sessions)],
      "dynamodb:UpdateItem": [arn(state)],
      "kms:Decrypt": [arn(tableKey), arn(sealKey)],
      "kms:GenerateDataKey": [arn(tableKey), arn(sealKey), arn(payloadKey)],
      "kms:GenerateMac": [arn(maskKey), arn(macKey)],
      "logs:CreateLogStream": [arn(callLogs)],
      "logs:PutLogEvents": [arn(callLogs)],
      "s3:PutObject": [{ "Fn::Join": ["", [arn(payloads), "/payloads/*"]] }],
      "secretsmanager:GetSecretValue": [{ Ref: secret }],
      "ssm:GetParameter": [parameter],
      "states:StartExecution": [{ Ref: machine }],
      "sts:AssumeRole": targets,
      "sts:SetSourceIdentity": targets,
      "sts:TagSession": targets,
    });
  });

  it("hold no wildcard in any action or resource, but for payloads, whose names are their content", () => {
    for (const [action, resources] of permissions()) {
      if (action === "s3:PutObject") continue;
      expect(action).not.toContain("*");
      expect(JSON.stringify(resources)).not.toContain("*");
    }
  });

  it("cannot delete, rewrite or read around the records, nor widen themselves", () => {
    const allowed = permissions();
    const onSessions = [...allowed].flatMap(([action, resources]) =>
      JSON.stringify(resources).includes(sessions) ? [action] : [],
    );
    expect(onSessions.toSorted()).toEqual(["dynamodb:PutItem", "dynamodb:Query"]);
    const forbidden = [
      ...["DeleteItem", "BatchWriteItem", "DeleteTable", "UpdateTable", "Scan", "PartiQLUpdate"].map(
        (a) => `dynamodb:${a}`,
      ),
      ...["UpdateTimeToLive", "UpdateContinuousBackups", "PartiQLDelete"].map((a) => `dynamodb:${a}`),
      ...["VerifyMac", "CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey"].map(
        (a) => `kms:${a}`,
      ),
      ...["PutSecretValue", "UpdateSecret", "ListSecrets"].map((a) => `secretsmanager:${a}`),
      ...["PutParameter", "DeleteParameter"].map((a) => `ssm:${a}`),
      ...["UpdateFunctionCode", "UpdateFunctionConfiguration", "InvokeFunction"].map((a) => `lambda:${a}`),
      ...["PassRole", "PutRolePolicy", "AttachRolePolicy", "UpdateAssumeRolePolicy"].map((a) => `iam:${a}`),
      "states:SendTaskSuccess",
      "logs:DeleteLogGroup",
    ];
    expect(forbidden.filter((action) => allowed.has(action))).toEqual([]);
  });

  it("use the tables' key through DynamoDB only", () => {
    const policy = policyOf(callRole);
    const onKey = policy.Statement.filter(({ Resource }) => JSON.stringify(Resource).includes(tableKey));
    expect(onKey).toHaveLength(1);
    const service = { "Fn::Join": ["", ["dynamodb.", { Ref: "AWS::Region" }, ".amazonaws.com"]] };
    expect(onKey[0]?.Condition).toEqual({ StringEquals: { "kms:ViaService": service } });
  });

  it("hang on the role with the fixed name and on no other", () => {
    expect(template.Resources[callRole]?.Properties.ManagedPolicyArns).toBeUndefined();
    expect(functionOf(template, "call").Role).toEqual(arn(callRole));
  });
});

describe("the call function", () => {
  it("is Node 24 on arm64 with the time and environment that the entry reads", () => {
    expect(functionOf(template, "call")).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      Timeout: 120,
      ReservedConcurrentExecutions: 50,
      Environment: {
        Variables: {
          STATE_TABLE: { Ref: state },
          SESSIONS_TABLE: { Ref: sessions },
          SESSION_KEY_ARN: arn(macKey),
          ORIGIN_SECRET_ARN: { Ref: secret },
          PUBLIC_URL_PARAMETER,
          API_STAGE,
          SEAL_KEY_ARN: arn(sealKey),
          APPROVAL_MACHINE_ARN: { Ref: machine },
          WAITING_PLACES: "10",
        },
      },
    });
  });

  it("carries the deployment without the stack-only settings, the policies and the models beside its code", () => {
    const config = parseConfig({ ...sampleConfig(), roles });
    expect(JSON.parse(readFileSync(join(asset, "deployment.json"), "utf8"))).toEqual(deploymentOf(config));
    expect(JSON.parse(readFileSync(join(asset, "policies.json"), "utf8"))).toBeTypeOf("object");
    expect(existsSync(join(asset, "models"))).toBe(true);
    expect(existsSync(join(asset, "index.mjs.map"))).toBe(false);
  });
});

describe("the tables", () => {
  it.each([sessions, state])(
    "%s is on demand, recoverable, encrypted by our key, expiring, protected and kept",
    (id) => {
      expect(template.Resources[id]).toMatchObject({
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          BillingMode: "PAY_PER_REQUEST",
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: { KMSMasterKeyId: arn(tableKey), SSEEnabled: true, SSEType: "KMS" },
          TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
        },
      });
    },
  );
});

describe("the template", () => {
  it("has no dependency cycle", () => {
    expect(findCycle(template.Resources)).toBeUndefined();
  });

  it.each([
    ["Ref", { Ref: "PLACE" }],
    ["Fn::GetAtt", { "Fn::GetAtt": ["PLACE", "Any"] }],
    ["Fn::Sub", { "Fn::Sub": "https://$" + "{PLACE}/" }],
  ])("would have one if the function's environment named the API's stage by %s", (_, reference) => {
    const stage = idOf(template, "AWS::ApiGateway::Stage");
    const id = functionIdOf(template, "call");
    const Environment = JSON.parse(JSON.stringify({ STAGE: reference }).replaceAll("PLACE", stage));
    const planted = {
      ...template.Resources[id],
      Type: "AWS::Lambda::Function",
      Properties: { Environment },
    };
    expect(findCycle({ ...template.Resources, [id]: planted })).toEqual(expect.arrayContaining([id, stage]));
  });

  it("would have one if the API waited for the distribution by DependsOn", () => {
    const edge = idOf(template, "AWS::CloudFront::Distribution");
    const api = idOf(template, "AWS::ApiGateway::RestApi");
    const RestApi = { Type: "AWS::ApiGateway::RestApi", Properties: {}, DependsOn: [edge] };
    expect(findCycle({ ...template.Resources, [api]: RestApi })).toEqual(expect.arrayContaining([api, edge]));
  });

  it("has no finding of cdk-nag that is not acknowledged", () => {
    const report = JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8"));
    expect(report.pluginReports).toEqual([]);
  });

  it("is made with every feature flag that the installed library recommends", () => {
    const root = join(import.meta.dirname, "../..");
    const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
    expect(read("cdk.json").context).toMatchObject(
      read("node_modules/aws-cdk-lib/recommended-feature-flags.json"),
    );
  });

  it("does not print the API's own address", () => {
    const names = [
      "CheckpointBucketName",
      "CheckpointKeyArn",
      "Endpoint",
      "HoldsBucketName",
      "PayloadBucketName",
    ];
    expect(Object.keys(template.Outputs).toSorted()).toEqual(names);
  });
});
