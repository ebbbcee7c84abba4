import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  KMSClient,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allow,
  codeOf,
  GATEWAY,
  HMAC,
  type Json,
  KEY,
  type Lab,
  openLab,
  REGION,
  TARGET,
} from "./harness.ts";

let lab: Lab;
let secretArn: string;
let sealedArn: string;
beforeAll(async () => {
  lab = await openLab();
  secretArn = lab.aws.seed.secret(TARGET, { name: "app/db", value: "new", previous: "old" });
  sealedArn = lab.aws.seed.secret(TARGET, { name: "sealed", value: "s", kmsKeyArn: KEY.arn });
  lab.aws.seed.parameter(TARGET, { name: "/app/plain", value: "p" });
  lab.aws.seed.parameter(TARGET, { name: "/app/secure", value: "s", kmsKeyArn: KEY.arn });
  lab.aws.seed.parameter(TARGET, { name: "/app/deep/er", value: "d" });
  lab.aws.seed.parameter(TARGET, { name: "flat", value: "f" });
  lab.aws.seed.user(TARGET, "alice");
});
afterAll(() => lab.stop());

const options = (account: string, statements: Json[]): ReturnType<Lab["client"]> =>
  lab.client(lab.roleWith(account, ...statements));
const viaKey = (service: string, action = "kms:Decrypt"): Json =>
  allow(action, KEY.arn, { StringEquals: { "kms:ViaService": `${service}.${REGION}.amazonaws.com` } });

describe("KMS", () => {
  const client = (...statements: Json[]): KMSClient => new KMSClient(options(GATEWAY, statements));
  const Message = Buffer.from("session id");
  const mac = new GenerateMacCommand({ KeyId: HMAC.arn, MacAlgorithm: "HMAC_SHA_256", Message });

  it("makes the same MAC for the same message, by key id or ARN, and verifies it", async () => {
    const kms = client(allow("kms:*", "*"));
    const { Mac } = await kms.send(mac);
    const byId = await kms.send(new GenerateMacCommand({ ...mac.input, KeyId: HMAC.keyId } as never));
    expect([Mac?.length, byId.Mac]).toEqual([32, Mac]);
    const verify = (bytes: Uint8Array | undefined): Promise<unknown> =>
      kms.send(new VerifyMacCommand({ KeyId: HMAC.arn, MacAlgorithm: "HMAC_SHA_256", Message, Mac: bytes }));
    expect(await codeOf(verify(Mac))).toBe("none");
    expect(await codeOf(verify(Mac?.map((byte, index) => (index === 0 ? byte ^ 1 : byte))))).toBe(
      "KMSInvalidMacException",
    );
  });

  it("asks for the action on the key, and does not reach keys of another account", async () => {
    expect(await codeOf(client(allow("kms:GenerateMac", HMAC.arn)).send(mac))).toBe("none");
    expect(await codeOf(client(allow("kms:VerifyMac", HMAC.arn)).send(mac))).toBe("AccessDeniedException");
    const foreign = new KMSClient(options(TARGET, [allow("kms:*", "*")]));
    expect(await codeOf(foreign.send(mac))).toBe("NotFoundException");
  });

  it("refuses another algorithm, a long message, a key of another use, and what is not served", async () => {
    const kms = client(allow("kms:*", "*"));
    const generate = (more: object): Promise<string> =>
      codeOf(kms.send(new GenerateMacCommand({ ...mac.input, ...more } as never)));
    expect(await generate({ MacAlgorithm: "HMAC_SHA_512" })).toBe("ValidationException");
    expect(await generate({ Message: new Uint8Array(4_097) })).toBe("ValidationException");
    expect(await generate({ Message: new Uint8Array(4_096) })).toBe("none");
    expect(await codeOf(kms.send(new EncryptCommand({ KeyId: HMAC.arn, Plaintext: Message })))).toBe(
      "InvalidKeyUsageException",
    );
    expect(await codeOf(kms.send(new DescribeKeyCommand({ KeyId: HMAC.arn })))).toBe(
      "UnknownOperationException",
    );
  });

  it("decrypts what it encrypted, under the same context only", async () => {
    const kms = new KMSClient(options(TARGET, [allow("kms:*", KEY.arn)]));
    const EncryptionContext = { approval: "1", agent: "a" };
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: KEY.arn, Plaintext: Message, EncryptionContext }),
    );
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe("session id");
    expect(await codeOf(kms.send(new DecryptCommand({ CiphertextBlob })))).toBe("InvalidCiphertextException");
    const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId: KEY.keyId, KeySpec: "AES_256" }));
    const again = await kms.send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }));
    expect([dataKey.Plaintext?.length, again.Plaintext]).toEqual([32, dataKey.Plaintext]);
  });
});

describe("Secrets Manager", () => {
  const client = (...statements: Json[]): SecretsManagerClient =>
    new SecretsManagerClient(options(TARGET, statements));
  const get = (SecretId: string, VersionStage?: string): GetSecretValueCommand =>
    new GetSecretValueCommand({ SecretId, ...(VersionStage !== undefined && { VersionStage }) });

  it("reads the current and the previous value, by name, ARN and ARN without its suffix", async () => {
    const reader = client(allow("secretsmanager:GetSecretValue", secretArn));
    expect((await reader.send(get("app/db"))).SecretString).toBe("new");
    expect((await reader.send(get(secretArn, "AWSPREVIOUS"))).SecretString).toBe("old");
    expect((await reader.send(get(secretArn.slice(0, -7)))).SecretString).toBe("new");
    expect(secretArn).toMatch(
      /^arn:aws:secretsmanager:eu-west-1:222222222222:secret:app\/db-[A-Za-z0-9]{6}$/,
    );
    expect(await codeOf(reader.send(get(secretArn, "OTHER")))).toBe("ResourceNotFoundException");
  });

  it("judges a secret by its full ARN, a name that nobody has as it stands", async () => {
    const pattern = client(
      allow("secretsmanager:GetSecretValue", `arn:aws:secretsmanager:*:*:secret:app/db-??????`),
    );
    expect(await codeOf(pattern.send(get("app/db")))).toBe("none");
    expect(await codeOf(pattern.send(get("app/none")))).toBe("AccessDeniedException");
    expect(await codeOf(client(allow("secretsmanager:*", "*")).send(get("app/none")))).toBe(
      "ResourceNotFoundException",
    );
  });

  it("asks for the customer key of a secret, through Secrets Manager", async () => {
    const read = allow("secretsmanager:GetSecretValue", sealedArn);
    expect(await codeOf(client(read).send(get("sealed")))).toBe("AccessDeniedException");
    expect(await codeOf(client(read, viaKey("s3")).send(get("sealed")))).toBe("AccessDeniedException");
    expect((await client(read, viaKey("secretsmanager")).send(get("sealed"))).SecretString).toBe("s");
  });

  it("describes and lists without values, and puts a new version", async () => {
    const every = client(allow("secretsmanager:*", "*"));
    const { ARN } = await every.send(new DescribeSecretCommand({ SecretId: "app/db" }));
    const listed = await every.send(new ListSecretsCommand({}));
    expect([ARN, listed.SecretList?.map(({ Name }) => Name)]).toEqual([secretArn, ["app/db", "sealed"]]);
    await every.send(new PutSecretValueCommand({ SecretId: "app/db", SecretString: "newer" }));
    expect((await every.send(get("app/db"))).SecretString).toBe("newer");
    expect((await every.send(get("app/db", "AWSPREVIOUS"))).SecretString).toBe("new");
  });
});

describe("Parameter Store", () => {
  const client = (...statements: Json[]): SSMClient => new SSMClient(options(TARGET, statements));
  const arn = (name: string): string => `arn:aws:ssm:${REGION}:${TARGET}:parameter/${name}`;
  const get = (Name: string, WithDecryption = false): GetParameterCommand =>
    new GetParameterCommand({ Name, WithDecryption });

  it("reads a plain parameter by name and by ARN, with or without a leading slash", async () => {
    const reader = client(allow("ssm:GetParameter", [arn("app/plain"), arn("flat")]));
    expect((await reader.send(get("/app/plain"))).Parameter?.Value).toBe("p");
    expect((await reader.send(get(arn("app/plain")))).Parameter?.Value).toBe("p");
    expect((await reader.send(get(arn("flat")))).Parameter?.ARN).toBe(arn("flat"));
    expect(await codeOf(reader.send(get("/app/secure")))).toBe("AccessDeniedException");
  });

  it("opens a SecureString only with its key, through SSM", async () => {
    const read = allow("ssm:GetParameter", arn("app/secure"));
    expect((await client(read).send(get("/app/secure"))).Parameter?.Value).not.toBe("s");
    expect(await codeOf(client(read).send(get("/app/secure", true)))).toBe("AccessDeniedException");
    expect(await codeOf(client(read, viaKey("s3")).send(get("/app/secure", true)))).toBe(
      "AccessDeniedException",
    );
    expect((await client(read, viaKey("ssm")).send(get("/app/secure", true))).Parameter?.Value).toBe("s");
  });

  it("reads several, and tells which it does not know", async () => {
    const every = client(allow("ssm:*", "*"));
    const answer = await every.send(new GetParametersCommand({ Names: ["flat", "/none"] }));
    expect([answer.Parameters?.length, answer.InvalidParameters]).toEqual([1, ["/none"]]);
    expect(await codeOf(every.send(get("/none")))).toBe("ParameterNotFound");
    const one = client(allow("ssm:GetParameters", arn("flat")));
    expect(await codeOf(one.send(new GetParametersCommand({ Names: ["flat", "/app/plain"] })))).toBe(
      "AccessDeniedException",
    );
  });

  it("reads by path, one level or all", async () => {
    const every = client(allow("ssm:*", "*"), viaKey("ssm"));
    const names = async (Recursive: boolean): Promise<unknown> =>
      (
        await every.send(new GetParametersByPathCommand({ Path: "/app", Recursive, WithDecryption: true }))
      ).Parameters?.map(({ Name }) => Name);
    expect(await names(false)).toEqual(["/app/plain", "/app/secure"]);
    expect(await names(true)).toEqual(["/app/deep/er", "/app/plain", "/app/secure"]);
  });

  it("puts a parameter, once without Overwrite", async () => {
    const every = client(allow("ssm:*", "*"));
    const put = new PutParameterCommand({ Name: "/new", Value: "1", Type: "String" });
    expect(await codeOf(every.send(put))).toBe("none");
    expect(await codeOf(every.send(put))).toBe("ParameterAlreadyExists");
  });
});

describe("IAM", () => {
  const client = (...statements: Json[]): IAMClient => new IAMClient(options(TARGET, statements));

  it("lists and gets users and roles, and judges them by ARN", async () => {
    const every = client(allow("iam:*", "*"));
    expect((await every.send(new ListUsersCommand({}))).Users?.map(({ UserName }) => UserName)).toEqual([
      "alice",
    ]);
    expect((await every.send(new ListRolesCommand({}))).Roles?.[0]?.Arn).toContain(
      `arn:aws:iam::${TARGET}:role/`,
    );
    const alice = client(allow("iam:GetUser", `arn:aws:iam::${TARGET}:user/alice`));
    expect((await alice.send(new GetUserCommand({ UserName: "alice" }))).User?.UserName).toBe("alice");
    expect(await codeOf(alice.send(new GetUserCommand({ UserName: "bob" })))).toBe("AccessDenied");
    expect(await codeOf(every.send(new GetUserCommand({ UserName: "bob" })))).toBe("NoSuchEntityException");
  });

  it("creates a user once, and a key that is known and may do nothing", async () => {
    const every = client(allow("iam:*", "*"));
    expect(await codeOf(every.send(new CreateUserCommand({ UserName: "carol" })))).toBe("none");
    expect(await codeOf(every.send(new CreateUserCommand({ UserName: "carol" })))).toBe(
      "EntityAlreadyExistsException",
    );
    const { AccessKey } = await every.send(new CreateAccessKeyCommand({ UserName: "carol" }));
    const carol = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const base = lab.client(carol as never);
    expect((await new STSClient(base).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:iam::${TARGET}:user/carol`,
    );
    expect(await codeOf(new IAMClient(base).send(new ListUsersCommand({})))).toBe("AccessDenied");
  });
});
