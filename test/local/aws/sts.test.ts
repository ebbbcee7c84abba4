import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoleCredentials } from "../../../lib/local/aws/contract.ts";
import {
  allow,
  codeOf,
  FUNCTION_ROLE,
  GATEWAY,
  type Json,
  KEY,
  type Lab,
  openLab,
  policy,
  REGION,
  SERVICE_TRUST,
  TARGET,
  TARGET_ROLE,
} from "./harness.ts";

let lab: Lab;
let clock = Date.parse("2026-11-21T10:00:00Z");
const AGENT = "reader-0123456789abcdef";
const ASSUMPTION: AssumeRoleCommandInput = {
  RoleArn: TARGET_ROLE,
  RoleSessionName: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  ExternalId: "countersign",
  SourceIdentity: AGENT,
  Tags: [
    { Key: "agent", Value: "reader" },
    { Key: "session", Value: "S1" },
  ],
};
const TRUST_CONDITIONS = {
  StringEquals: { "sts:ExternalId": "countersign" },
  ArnLike: { "aws:PrincipalArn": FUNCTION_ROLE },
};

function trust(...actions: string[]): Json {
  return policy({
    Effect: "Allow",
    Action: actions,
    Principal: { AWS: `arn:aws:iam::${GATEWAY}:root` },
    Condition: TRUST_CONDITIONS,
  });
}

beforeAll(async () => {
  lab = await openLab({ now: () => clock });
  lab.aws.seed.bucket(TARGET, {
    name: "reports",
    objects: [
      { key: "a.txt", body: "a" },
      { key: "b.txt", body: "b" },
    ],
  });
  lab.aws.seed.bucket(TARGET, { name: "sealed", kmsKeyArn: KEY.arn, objects: [{ key: "k.txt", body: "k" }] });
});
afterAll(() => lab.stop());
beforeEach(() => {
  clock = Date.now();
  lab.aws.addRole({
    arn: FUNCTION_ROLE,
    trust: SERVICE_TRUST,
    policies: [policy(allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], TARGET_ROLE))],
  });
  lab.aws.addRole({
    arn: TARGET_ROLE,
    trust: trust("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"),
    policies: [policy(allow(["s3:GetObject", "s3:ListBucket"], "*"), allow("kms:Decrypt", KEY.arn))],
  });
});

function sts(credentials = lab.aws.issueRoleCredentials(FUNCTION_ROLE)): STSClient {
  return new STSClient(lab.client(credentials));
}

async function assume(more: Partial<AssumeRoleCommandInput> = {}): Promise<RoleCredentials> {
  const { Credentials } = await sts().send(new AssumeRoleCommand({ ...ASSUMPTION, ...more }));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
}

function refusal(more: Partial<AssumeRoleCommandInput>): Promise<string> {
  return codeOf(assume(more));
}

function read(credentials: RoleCredentials, Key: string, Bucket = "reports"): Promise<unknown> {
  return new S3Client(lab.client(credentials)).send(new GetObjectCommand({ Bucket, Key }));
}

describe("AssumeRole", () => {
  it("gives a session of the target account that names session, source identity and tags", async () => {
    const credentials = await assume();
    expect(await sts(credentials).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: TARGET,
      Arn: `arn:aws:sts::${TARGET}:assumed-role/mcp-reader/ABCDEFGHIJKLMNOPQRSTUVWXYZ`,
    });
    expect(lab.aws.requests.at(-1)).toMatchObject({
      operation: "GetCallerIdentity",
      sourceIdentity: AGENT,
      tags: { agent: "reader", session: "S1" },
      decision: "allowed",
    });
  });

  it("says when the credentials end, and they do", async () => {
    const answer = await sts().send(new AssumeRoleCommand({ ...ASSUMPTION, DurationSeconds: 900 }));
    expect(answer.Credentials?.Expiration?.getTime()).toBe(Math.floor(clock / 1000) * 1000 + 900_000);
    const credentials = await assume({ DurationSeconds: 900 });
    const later = async (milliseconds: number): Promise<string> => {
      clock += milliseconds;
      const client = new STSClient({ ...lab.client(credentials), systemClockOffset: clock - Date.now() });
      return codeOf(client.send(new GetCallerIdentityCommand({})));
    };
    expect(await later(899_999)).toBe("none");
    expect(await later(1)).toBe("ExpiredToken");
  });

  const refused: [name: string, input: Partial<AssumeRoleCommandInput>, code: string][] = [
    ["without ExternalId", { ExternalId: undefined }, "AccessDenied"],
    ["with another ExternalId", { ExternalId: "other" }, "AccessDenied"],
    ["a role that does not exist", { RoleArn: `arn:aws:iam::${TARGET}:role/none` }, "AccessDenied"],
    ["a session name of one character", { RoleSessionName: "a" }, "ValidationError"],
    ["a session name with a slash", { RoleSessionName: "a/b" }, "ValidationError"],
    ["a source identity with a colon", { SourceIdentity: "a:b" }, "ValidationError"],
    ["a source identity of 65 characters", { SourceIdentity: "a".repeat(65) }, "ValidationError"],
    [
      "a tag value with a bar",
      { Tags: [{ Key: "agent", Value: "https://issuer|subject" }] },
      "ValidationError",
    ],
    [
      "a tag key twice in another case",
      {
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "A", Value: "2" },
        ],
      },
      "ValidationError",
    ],
    [
      "51 tags",
      { Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: "v" })) },
      "ValidationError",
    ],
    ["less than 900 seconds", { DurationSeconds: 899 }, "ValidationError"],
    ["over an hour, as role chaining", { DurationSeconds: 3_601 }, "ValidationError"],
    [
      "a policy over 2,048 characters",
      { Policy: JSON.stringify(policy(allow("s3:*", "*"))).padEnd(2_049) },
      "PackedPolicyTooLargeException",
    ],
    [
      "a policy with a character over U+00FF",
      { Policy: JSON.stringify(policy(allow("s3:*", "arn:aws:s3:::b/ł"))) },
      "ValidationError",
    ],
    ["a policy that is no JSON", { Policy: "{" }, "MalformedPolicyDocumentException"],
    [
      "a policy that the evaluator cannot judge",
      { Policy: JSON.stringify(policy({ ...allow("s3:*", "*"), X: 1 })) },
      "MalformedPolicyDocumentException",
    ],
    ["what is not carried out", { TransitiveTagKeys: ["agent"] }, "ValidationError"],
  ];
  it.each(refused)("refuses %s", async (_name, input, code) => {
    expect(await refusal(input)).toBe(code);
  });

  it("takes a policy of exactly 2,048 characters", async () => {
    expect(await refusal({ Policy: JSON.stringify(policy(allow("s3:*", "*"))).padEnd(2_048) })).toBe("none");
  });

  it.each(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])(
    "needs %s in the trust policy and in the caller's policy",
    async (action) => {
      const others = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"].filter(
        (other) => other !== action,
      );
      lab.aws.addRole({ arn: TARGET_ROLE, trust: trust(...others), policies: [] });
      expect(await refusal({})).toBe("AccessDenied");
      expect(lab.aws.requests.at(-1)).toMatchObject({
        decision: "denied",
        why: expect.stringContaining("resource-based"),
      });
      lab.aws.addRole({ arn: TARGET_ROLE, trust: trust(...others, action), policies: [] });
      lab.aws.addRole({ arn: FUNCTION_ROLE, trust: SERVICE_TRUST, policies: [policy(allow(others, "*"))] });
      expect(await refusal({})).toBe("AccessDenied");
      expect(lab.aws.requests.at(-1)).toMatchObject({
        action,
        decision: "denied",
        why: expect.stringContaining("identity-based"),
      });
    },
  );

  it("needs neither when it passes neither tags nor source identity", async () => {
    lab.aws.addRole({ arn: TARGET_ROLE, trust: trust("sts:AssumeRole"), policies: [] });
    expect(await refusal({ SourceIdentity: undefined, Tags: undefined })).toBe("none");
  });

  it("refuses a principal that the trust policy's aws:PrincipalArn does not name", async () => {
    const other = lab.roleWith(GATEWAY, allow("sts:*", "*"));
    expect(await codeOf(sts(other).send(new AssumeRoleCommand(ASSUMPTION)))).toBe("AccessDenied");
  });

  it("judges the source identity by the trust policy's pattern", async () => {
    const withPattern = policy({
      Effect: "Allow",
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
      Principal: { AWS: GATEWAY },
      Condition: { StringLike: { "sts:SourceIdentity": "reader-????????????????" } },
    });
    lab.aws.addRole({ arn: TARGET_ROLE, trust: withPattern, policies: [] });
    expect(await refusal({})).toBe("none");
    expect(await refusal({ SourceIdentity: "reader-0123456789abcde" })).toBe("AccessDenied");
    expect(await refusal({ SourceIdentity: undefined })).toBe("AccessDenied");
  });
});

describe("a session policy", () => {
  const only = (Action: string, Resource: string): string => JSON.stringify(policy(allow(Action, Resource)));

  it("narrows the role to the one object", async () => {
    const credentials = await assume({ Policy: only("s3:GetObject", "arn:aws:s3:::reports/a.txt") });
    expect(await codeOf(read(credentials, "a.txt"))).toBe("none");
    expect(await codeOf(read(credentials, "b.txt"))).toBe("AccessDenied");
    expect(lab.aws.requests.at(-1)).toMatchObject({
      action: "s3:GetObject",
      resource: "arn:aws:s3:::reports/b.txt",
      decision: "denied",
      why: expect.stringContaining("because no session policy allows the s3:GetObject action"),
    });
  });

  it("cannot widen the role", async () => {
    const credentials = await assume({ Policy: only("*", "*") });
    const deleting = new S3Client(lab.client(credentials)).send(
      new GetObjectCommand({ Bucket: "reports", Key: "zz" }),
    );
    expect(await codeOf(deleting)).toBe("NoSuchKey");
    expect(await codeOf(sts(credentials).send(new AssumeRoleCommand(ASSUMPTION)))).toBe("AccessDenied");
  });

  it("without kms:Decrypt through S3 does not open an object under SSE-KMS", async () => {
    const Resource = "arn:aws:s3:::sealed/k.txt";
    const bare = await assume({ Policy: only("s3:GetObject", Resource) });
    expect(await codeOf(read(bare, "k.txt", "sealed"))).toBe("AccessDenied");
    expect(lab.aws.requests.at(-1)).toMatchObject({ action: "kms:Decrypt", resource: KEY.arn });
    const via = (service: string): Json =>
      allow("kms:Decrypt", "*", { StringEquals: { "kms:ViaService": `${service}.${REGION}.amazonaws.com` } });
    const wrong = await assume({
      Policy: JSON.stringify(policy(allow("s3:GetObject", Resource), via("ssm"))),
    });
    expect(await codeOf(read(wrong, "k.txt", "sealed"))).toBe("AccessDenied");
    const right = await assume({
      Policy: JSON.stringify(policy(allow("s3:GetObject", Resource), via("s3"))),
    });
    expect(await codeOf(read(right, "k.txt", "sealed"))).toBe("none");
  });
});

it("answers no web identity: that is the gateway's, and seen in the log if it comes", async () => {
  const call = sts().send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: TARGET_ROLE,
      RoleSessionName: "abc",
      WebIdentityToken: "token",
    }),
  );
  expect(await codeOf(call)).toBe("MissingAuthenticationToken");
  expect(lab.aws.requests.at(-1)).toMatchObject({
    operation: "AssumeRoleWithWebIdentity",
    decision: "denied",
  });
});
