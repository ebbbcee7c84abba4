// What somebody sees who has set something up wrongly: each message says what to do. Asserted as the SDK throws it.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { DynamoDBClient, type DynamoDBClientConfig, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { GATEWAY_ACCOUNT, READER_ROLE, REGION, REPORTS_AGENT } from "../../lib/local/demo-world.ts";
import { agentClients, failureOf, forwarded, useDemo } from "./demo.ts";
import { entriesOf, outcomesOf } from "./ledger.ts";
import { send } from "./raw-request.ts";

const demo = useDemo();

const list = () => new ListObjectsV2Command({ Bucket: "reports" });
const item = () => new GetItemCommand({ TableName: "orders", Key: { id: { S: "A-0" } } });

/** A client with good keys of a session and one thing set otherwise. */
async function s3With(changes: S3ClientConfig): Promise<S3Client> {
  const credentials = await agentClients(demo()).s3.config.credentials();
  return new S3Client({ ...shared(), forcePathStyle: true, credentials, ...changes });
}

async function dynamodbWith(changes: DynamoDBClientConfig): Promise<DynamoDBClient> {
  const credentials = await agentClients(demo()).dynamodb.config.credentials();
  return new DynamoDBClient({ ...shared(), credentials, ...changes });
}

function shared() {
  return { endpoint: `${demo().cloud.gatewayUrl}/aws`, region: REGION, maxAttempts: 1 };
}

const TEN_MINUTES = 600_000;
const AWS_KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const AWS_SESSION = { ...AWS_KEY, accessKeyId: "ASIAIOSFODNN7EXAMPLE", sessionToken: "FwoGZXIvYXdzEXAMPLE" };
const FORMER_KEY = {
  accessKeyId: "CSGNABCDEFGHIJKLMNOPQRSTUVWX23",
  secretAccessKey: "of a former deployment",
  sessionToken: "of a former deployment",
};

describe("signed with a key of AWS", () => {
  test.each([
    ["a user's", AWS_KEY],
    ["a role session's", AWS_SESSION],
  ])("%s: the message names the variable to unset", async (_whose, credentials) => {
    const inS3 = await failureOf((await s3With({ credentials })).send(list()));
    expect(inS3).toMatchObject({ name: "InvalidAccessKeyId", status: 403 });
    const inJson = await failureOf((await dynamodbWith({ credentials })).send(item()));
    expect(inJson).toMatchObject({ name: "UnrecognizedClientException", status: 403 });
    for (const { message } of [inS3, inJson]) {
      expect(message).toContain("unset AWS_ACCESS_KEY_ID");
      expect(message).not.toContain("EXAMPLE");
    }
  });
});

describe("a clock that is ten minutes off", () => {
  test.each([
    ["ahead", TEN_MINUTES],
    ["behind", -TEN_MINUTES],
  ])("(%s): the message shows both times and says to set the clock", async (_way, systemClockOffset) => {
    const failure = await failureOf((await s3With({ systemClockOffset })).send(list()));
    expect(failure).toMatchObject({ name: "RequestTimeTooSkewed", status: 403 });
    expect(failure.message).toMatch(/signed at \d{4}-.* here it is \d{4}-.*set the client's clock/);
  });

  test("is corrected by the SDK's own retry, by the Date of the answer", async () => {
    const shifted = `const Real = Date; globalThis.Date = class extends Real {
      constructor(...given) { super(...(given.length === 0 ? [Real.now() + ${TEN_MINUTES}] : given)); }
      static now() { return Real.now() + ${TEN_MINUTES}; }
    };`;
    const preload = `data:text/javascript,${encodeURIComponent(shifted)}`;
    const script = join(import.meta.dirname, "sdk-child.ts");
    const env = { ...demo().environment(READER_ROLE) };
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", preload, script, "read"], {
      env,
    });
    expect(JSON.parse(stdout)).toEqual(["read", expect.stringContaining("north,124")]);
    const codes = outcomesOf(await entriesOf(demo())).map(({ code }) => code);
    expect(codes).toContain("RequestTimeTooSkewed");
  });
});

describe("a wrong scope", () => {
  test("a region that does not exist: the message names it", async () => {
    const failure = await failureOf((await s3With({ region: "eu-nowhere-9" })).send(list()));
    expect(failure).toMatchObject({ name: "InvalidRequest", status: 400 });
    expect(failure.message).toContain("`eu-nowhere-9`");
  });

  test("a service that does not exist: the message names it", async () => {
    const dynamodb = await dynamodbWith({});
    Object.assign(dynamodb.config, { signingName: "dynamodbb" });
    const failure = await failureOf(dynamodb.send(item()));
    expect(failure).toMatchObject({ name: "UnknownOperationException", status: 403 });
    expect(failure.message).toContain("`dynamodbb`");
  });

  test("an operation that does not exist: the message names it", async () => {
    const dynamodb = await dynamodbWith({});
    dynamodb.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers["x-amz-target"] = "DynamoDB_20120810.GuessItem";
        return next(args);
      },
      { step: "build", name: "otherOperation" },
    );
    const failure = await failureOf(dynamodb.send(item()));
    expect(failure).toMatchObject({ name: "UnknownOperationException", status: 403 });
    expect(failure.message).toContain("GuessItem");
  });
});

describe("a token that is not for this gateway", () => {
  test("names the audience that is wanted, and is recorded without a word of the token", async () => {
    const token = await demo().cloud.issuer.mintToken(REPORTS_AGENT.subject, "another-service");
    const tokenFile = join(demo().directory, "other.token");
    writeFileSync(tokenFile, token);
    const failure = await failureOf(agentClients(demo(), { tokenFile }).s3.send(list()));
    expect(failure).toMatchObject({ name: "InvalidIdentityTokenException", status: 400 });
    expect(failure.message).toContain("request one for `countersign`");
    expect(failure.message).not.toContain("another-service");
    expect(outcomesOf(await entriesOf(demo())).at(-1)).toMatchObject({
      ending: "refused",
      code: "InvalidIdentityToken",
      caller: null,
    });
  });

  test("a token file that is empty or holds something else says that it is no token", async () => {
    const tokenFile = join(demo().directory, "garbage.token");
    writeFileSync(tokenFile, "not a token at all");
    const failure = await failureOf(agentClients(demo(), { tokenFile }).s3.send(list()));
    expect(failure).toMatchObject({ name: "InvalidIdentityTokenException", status: 400 });
  });

  test("a role of another account names the role that is not there", async () => {
    const role = `arn:aws:iam::${GATEWAY_ACCOUNT}:role/nobody`;
    const failure = await failureOf(agentClients(demo(), { role }).s3.send(list()));
    expect(failure).toMatchObject({ name: "AccessDenied", status: 403 });
    expect(failure.message).toContain("role/nobody");
  });
});

describe("a key id of a former deployment", () => {
  test("is told to be old, and where the CLI keeps such keys", async () => {
    const failure = await failureOf((await s3With({ credentials: FORMER_KEY })).send(list()));
    expect(failure).toMatchObject({ name: "ExpiredToken", status: 403 });
    expect(failure.message).toContain("~/.aws/cli/cache");
  });
});

describe("a bucket in the host name", () => {
  test("is told to use path-style addressing", async () => {
    const { port } = new URL(demo().cloud.gatewayUrl);
    const credentials = await agentClients(demo()).s3.config.credentials();
    // The name is the client's own doing; the connection goes where the gateway is.
    const s3 = new S3Client({ ...shared(), endpoint: `http://gateway.test:${port}/aws`, credentials });
    // As the SDK writes it for a gateway that has a name; the name that is expected here is an address.
    s3.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { hostname: string; headers: Record<string, string> };
        expect(request.hostname).toBe("reports.gateway.test");
        request.headers.host = `reports.127.0.0.1:${port}`;
        request.hostname = "127.0.0.1";
        return next(args);
      },
      { step: "build", priority: "low", name: "resolve" },
    );
    const since = demo().cloud.aws.requests.length;
    for (const command of [list(), new GetObjectCommand({ Bucket: "reports", Key: "2026/q2.csv" })]) {
      const failure = await failureOf(s3.send(command as ReturnType<typeof list>));
      expect(failure.message).toMatch(/path-style/);
      expect(failure.message).toContain("forcePathStyle");
    }
    expect(forwarded(demo(), since)).toEqual([]);
  });
});

describe("a request that is not signed in its header", () => {
  test("presigned: is told that the gateway takes no presigned URLs", async () => {
    const query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=CSGN%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    const answer = await get(`/aws/reports/2026/q2.csv?${query}`);
    expect(answer).toMatchObject({ status: 403 });
    expect(answer.text).toContain("takes no presigned URLs: sign the request in its Authorization header");
  });

  test("unsigned: is told which variables give an SDK its credentials", async () => {
    const s3 = await s3With({ signer: { sign: async (request) => request } });
    const failure = await failureOf(s3.send(list()));
    expect(failure.status).toBe(403);
    expect(failure.message).toContain("the call is not signed");
    expect(failure.message).toContain("AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN");
  });

  test("outside /aws: is told how AWS_ENDPOINT_URL must end", async () => {
    const failure = await failureOf((await dynamodbWith({ endpoint: demo().cloud.gatewayUrl })).send(item()));
    expect(failure.message).toContain("AWS_ENDPOINT_URL must end with `/aws`");
    expect((await get("/somewhere/else")).text).toContain("AWS_ENDPOINT_URL must end with `/aws`");
  });
});

function get(target: string) {
  return send(demo(), { method: "GET", target, headers: [["Host", new URL(demo().cloud.gatewayUrl).host]] });
}

describe("with everything set up rightly", () => {
  test("the same calls are answered: it was the one thing each time", async () => {
    expect(demo().environment(READER_ROLE).AWS_ENDPOINT_URL).toMatch(/\/aws$/);
    await (await s3With({})).send(list());
    await (await dynamodbWith({})).send(item());
  });
});
