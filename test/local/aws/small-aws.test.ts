import { mkdtempSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GenerateMacCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule, TableSpec } from "../../../lib/local/aws/contract.ts";
import {
  allow,
  codeOf,
  emptyResources,
  FUNCTION_ROLE,
  GATEWAY,
  HMAC,
  type Lab,
  openLab,
  policy,
  REGION,
  SERVICE_TRUST,
} from "./harness.ts";

const STATE: TableSpec = {
  name: "state",
  keySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  attributes: [{ AttributeName: "pk", AttributeType: "S" }],
  indexes: [],
};
const resources = {
  ...emptyResources(),
  tables: [STATE],
  secrets: [
    {
      arn: `arn:aws:secretsmanager:${REGION}:${GATEWAY}:secret:origin-AbCdEf`,
      name: "origin",
      value: "s3cret",
    },
  ],
  parameters: [{ name: "/url", value: "https://localhost" }],
  roles: [
    {
      arn: FUNCTION_ROLE,
      trust: SERVICE_TRUST,
      policies: [policy(allow(["dynamodb:*", "kms:*", "s3:*", "secretsmanager:*"], "*"))],
    },
  ],
};
const put = (pk: string): PutItemCommand =>
  new PutItemCommand({ TableName: "state", Item: { pk: { S: pk } } });
const get = (pk: string): GetItemCommand =>
  new GetItemCommand({ TableName: "state", Key: { pk: { S: pk } } });

describe("faults", () => {
  let lab: Lab;
  let dynamo: DynamoDBClient;
  beforeAll(async () => {
    lab = await openLab({ resources });
    dynamo = new DynamoDBClient(lab.client(lab.aws.issueRoleCredentials(FUNCTION_ROLE)));
  });
  afterAll(() => lab.stop());
  afterEach(() => lab.aws.heal());

  const exists = async (pk: string): Promise<boolean> => (await dynamo.send(get(pk))).Item !== undefined;

  const cases: [how: FaultRule["how"], code: string, executed: boolean][] = [
    ["throttle", "ThrottlingException", false],
    ["500", "InternalServerError", false],
    ["reset-before", "ECONNRESET", false],
    ["reset-after", "ECONNRESET", true],
    ["slow", "none", true],
  ];
  it.each(cases)("%s: the client sees %s, and executed is %s", async (how, code, executed) => {
    lab.aws.fail({ service: "dynamodb", operation: "PutItem", how, milliseconds: 20 });
    expect(await codeOf(dynamo.send(put(how)))).toBe(code);
    expect(await exists(how)).toBe(executed);
  });

  it("hits as often as it says, and only its operation", async () => {
    lab.aws.fail({ service: "dynamodb", operation: "PutItem", how: "500", times: 2 });
    expect(await codeOf(dynamo.send(get("x")))).toBe("none");
    const codes = [];
    for (let n = 0; n < 3; n += 1) codes.push(await codeOf(dynamo.send(put("x"))));
    expect(codes).toEqual(["InternalServerError", "InternalServerError", "none"]);
  });

  it("lets the requests pass that it is to skip, and answers the status that it names", async () => {
    lab.aws.fail({ service: "dynamodb", how: "500", skip: 2, status: 503 });
    const endings = [];
    for (let n = 0; n < 4; n += 1) {
      await dynamo.send(get("x")).catch(() => undefined);
      endings.push(lab.aws.requests.at(-1)?.status);
    }
    expect(endings).toEqual([200, 200, 503, 200]);
  });

  it("stays until it is healed when it has no end", async () => {
    lab.aws.fail({ service: "dynamodb", how: "throttle", times: Number.POSITIVE_INFINITY });
    expect(await codeOf(dynamo.send(get("x")))).toBe("ThrottlingException");
    expect(await codeOf(dynamo.send(get("x")))).toBe("ThrottlingException");
    lab.aws.heal();
    expect(await codeOf(dynamo.send(get("x")))).toBe("none");
  });

  it("speaks each service's own error", async () => {
    const options = lab.client(lab.aws.issueRoleCredentials(FUNCTION_ROLE));
    lab.aws.fail({ service: "s3", how: "throttle" });
    expect(await codeOf(new S3Client(options).send(new GetObjectCommand({ Bucket: "bbb", Key: "k" })))).toBe(
      "SlowDown",
    );
    lab.aws.fail({ service: "sts", how: "throttle" });
    expect(await codeOf(new STSClient(options).send(new GetCallerIdentityCommand({})))).toBe("Throttling");
  });
});

describe("headers of an answer", () => {
  it("tell the request id of the log, as the service tells it", async () => {
    const lab = await openLab({ resources });
    const options = lab.client(lab.aws.issueRoleCredentials(FUNCTION_ROLE));
    const dynamo = await new DynamoDBClient(options).send(get("x"));
    expect(dynamo.$metadata.requestId).toBe(lab.aws.requests.at(-1)?.requestId);
    const s3 = await new S3Client(options)
      .send(new GetObjectCommand({ Bucket: "bbb", Key: "k" }))
      .catch((error) => error);
    expect(s3.$metadata.requestId).toBe(lab.aws.requests.at(-1)?.requestId);
    expect(s3.$metadata.extendedRequestId).toBeDefined();
    await lab.stop();
  });
});

describe("signatures by service", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ resources });
  });
  afterAll(() => lab.stop());

  it.each([
    [
      "an unknown key",
      { accessKeyId: "ASIAAAAAAAAAAAAAAAAA" },
      ["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"],
    ],
    [
      "a wrong secret",
      { secretAccessKey: "x" },
      ["InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"],
    ],
    [
      "a wrong token",
      { sessionToken: "x" },
      ["UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken"],
    ],
  ])("answers %s with each service's own code", async (_name, change, codes) => {
    const options = lab.client({ ...lab.aws.issueRoleCredentials(FUNCTION_ROLE), ...change });
    expect([
      await codeOf(new DynamoDBClient(options).send(get("x"))),
      await codeOf(new STSClient(options).send(new GetCallerIdentityCommand({}))),
      await codeOf(new S3Client(options).send(new GetObjectCommand({ Bucket: "bbb", Key: "k" }))),
    ]).toEqual(codes);
    expect(lab.aws.requests.at(-1)).toMatchObject({ principalArn: null, decision: "denied" });
  });

  it.each([
    "dynamodb.us-west-2.amazonaws.com",
    "ec2.eu-west-1.amazonaws.com",
    "127.0.0.1",
    "dynamodb.eu-west-1.amazonaws.com.evil.example",
    "222222222222.kms.eu-west-1.amazonaws.com",
  ])("serves nothing under the host name %s", async (host) => {
    expect(await statusOf(lab, host)).toBe(400);
    expect(lab.aws.requests.at(-1)).toMatchObject({ host, service: null, decision: "denied" });
  });
});

function statusOf(lab: Lab, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        agent: lab.agent,
        host: "sts.amazonaws.com",
        servername: "sts.amazonaws.com",
        method: "POST",
        path: "/",
        headers: { host },
      },
      (response) => resolve(response.resume().statusCode),
    );
    request.on("error", reject).end();
  });
}

describe("state", () => {
  const directory = mkdtempSync(join(tmpdir(), "small-aws-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  it("survives a restart: tables, HMAC keys, objects, and nothing signed by keys of before", async () => {
    const mac = new GenerateMacCommand({
      KeyId: HMAC.arn,
      MacAlgorithm: "HMAC_SHA_256",
      Message: Buffer.from("m"),
    });
    const first = await openLab({ dataDirectory: directory, resources });
    const before = first.client(first.aws.issueRoleCredentials(FUNCTION_ROLE));
    first.aws.seed.bucket(GATEWAY, { name: "records", objects: [] });
    await new DynamoDBClient(before).send(put("kept"));
    await new S3Client(before).send(new PutObjectCommand({ Bucket: "records", Key: "k", Body: "kept" }));
    const { Mac } = await new KMSClient(before).send(mac);
    await first.stop();

    const second = await openLab({ dataDirectory: directory, resources });
    const after = second.client(second.aws.issueRoleCredentials(FUNCTION_ROLE));
    expect((await new DynamoDBClient(after).send(get("kept"))).Item).toBeDefined();
    expect((await new KMSClient(after).send(mac)).Mac).toEqual(Mac);
    const { Body } = await new S3Client(after).send(new GetObjectCommand({ Bucket: "records", Key: "k" }));
    expect(await Body?.transformToString()).toBe("kept");
    const stale = new KMSClient({ ...after, credentials: before.credentials });
    expect(await codeOf(stale.send(mac))).toBe("UnrecognizedClientException");
    await second.stop();
  });

  it("does not start over a kept table with other keys", async () => {
    const other = {
      ...STATE,
      keySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      attributes: [{ AttributeName: "id", AttributeType: "S" }],
    };
    const opening = openLab({ dataDirectory: directory, resources: { ...resources, tables: [other] } });
    await expect(opening).rejects.toThrow("--fresh");
  });
});

describe("start", () => {
  it("serves the template's secret to a role that may read it", async () => {
    const lab = await openLab({ resources });
    const client = new SecretsManagerClient(lab.client(lab.aws.issueRoleCredentials(FUNCTION_ROLE)));
    const answer = await client.send(new GetSecretValueCommand({ SecretId: resources.secrets[0]?.arn }));
    expect(answer.SecretString).toBe("s3cret");
    await lab.stop();
  });

  it("refuses a role whose policy the evaluator cannot judge", async () => {
    const role = {
      arn: FUNCTION_ROLE,
      trust: SERVICE_TRUST,
      policies: [policy(allow("s3:*", "*", { IpAddress: { "aws:SourceIp": "1.1.1.1" } }))],
    };
    await expect(openLab({ resources: { ...resources, roles: [role] } })).rejects.toThrow(
      "does not know the condition",
    );
  });

  it("tells a test every secret that it holds", async () => {
    const lab = await openLab({ resources });
    const issued = lab.aws.issueRoleCredentials(FUNCTION_ROLE);
    expect(lab.aws.secrets().credentials).toContainEqual(issued);
    expect(lab.aws.secrets().keyMaterial).toHaveLength(2); // the HMAC key and the one that the lab seeds
    await lab.stop();
  });

  it("gives no credentials for a role that it does not know", async () => {
    const lab = await openLab();
    expect(() => lab.aws.issueRoleCredentials(FUNCTION_ROLE)).toThrow("no role");
    await lab.stop();
  });
});
