// What a deployment must do, as checks that the mutation suite runs against a template with something taken out. Each
// check throws what is wrong. They see the gateway as clients do, through the edge, and read its records.

import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { expect } from "vitest";
import { ADMIN_ROLE, CLEANUP_AGENT, REGION } from "../../lib/local/demo-world.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import { APPROVAL_CHECKS } from "./approval-checks.ts";
import { CHECKPOINT_CHECKS } from "./checkpoint-checks.ts";
import { type AgentClients, agentClients, type Demo, failureOf, forwarded } from "./demo.ts";
import { entriesOf, intentsOf, outcomesOf } from "./ledger.ts";
import { PAYLOAD_CHECKS } from "./payload-checks.ts";
import { PEOPLE_CHECKS } from "./people-checks.ts";
import { type RawAnswer, send } from "./raw-request.ts";
import { RECONCILE_CHECKS } from "./reconcile-checks.ts";

/** What a check is about: calls, the edge (`headers`, `errors`, `api`), and what serves approvals, the API and checkpoints. */
export type Area =
  | "calls"
  | "headers"
  | "errors"
  | "api"
  | "pages"
  | "asked"
  | "stored"
  | "explained"
  | "sealed"
  | "closed"
  | "held";

/** A deployment with the clients of two agents: one reads and writes, what the other deletes is held. */
export interface Subject {
  readonly demo: Demo;
  readonly clients: AgentClients;
  readonly held: AgentClients;
  /** How much was logged by AWS when this subject began: what came before is not its doing. */
  readonly since: number;
}

export interface Check {
  readonly name: string;
  readonly area: Area;
  readonly run: (subject: Subject) => Promise<void>;
}

export function subjectOf(demo: Demo): Subject {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile } = demo.environment(ADMIN_ROLE, CLEANUP_AGENT);
  return {
    demo,
    clients: agentClients(demo, { attempts: "once" }),
    held: agentClients(demo, { attempts: "once", role: ADMIN_ROLE, tokenFile }),
    since: demo.cloud.aws.requests.length,
  };
}

const MASKED = "[masked:countersign]";
const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const CALLS: readonly Check[] = [
  calls("a session opens, and objects are listed", async ({ clients: { s3 } }) => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "reports" }));
    expect(Contents.length).toBeGreaterThan(1);
  }),
  calls("an item is put and got", async ({ clients: { dynamodb } }) => {
    await dynamodb.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: "checked" } } }));
    const asked = new GetItemCommand({ TableName: "orders", Key: { id: { S: "checked" } } });
    expect((await dynamodb.send(asked)).Item).toEqual({ id: { S: "checked" } });
  }),
  calls("every byte of an object arrives, there and back", async ({ clients: { s3 } }) => {
    const object = { Bucket: "reports", Key: "bytes.bin" };
    await s3.send(new PutObjectCommand({ ...object, Body: BYTES }));
    const { Body } = await s3.send(new GetObjectCommand(object));
    expect(await Body?.transformToByteArray()).toEqual(BYTES);
  }),
  calls("secrets and encrypted parameters are read, and hidden", async ({ clients: { secrets, ssm } }) => {
    const secret = await secrets.send(new GetSecretValueCommand({ SecretId: "orders/api" }));
    expect(secret).toMatchObject({ Name: "orders/api", SecretString: MASKED });
    const asked = new GetParameterCommand({ Name: "/orders/token", WithDecryption: true });
    expect((await ssm.send(asked)).Parameter).toMatchObject({ Name: "/orders/token", Value: MASKED });
  }),
  calls("a delete reaches policy, which denies it with its reason", async ({ clients: { s3 } }) => {
    const deleted = new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" });
    expect((await failureOf(s3.send(deleted))).message).toContain("ask the owner of the bucket");
  }),
  calls(
    "each call has its two records, with the address that the edge saw",
    async ({ demo, clients: { s3 } }) => {
      const Key = `${crypto.randomUUID()}.csv`;
      await s3.send(new PutObjectCommand({ Bucket: "reports", Key, Body: "1" }));
      const entries = await entriesOf(demo);
      for (const of of [intentsOf, outcomesOf]) {
        const found = of(entries).filter(({ call }) => call?.parameters?.includes(Key));
        expect(found.map(({ caller }) => caller?.sourceIp)).toEqual(["127.0.0.1"]);
      }
    },
  ),
  calls("a write that came before is answered as it was, and not sent again", async (subject) => {
    const item = JSON.stringify({ TableName: "orders", Item: { id: { S: "twice" } } });
    const extra = [["amz-sdk-invocation-id", "11111111-2222-3333-4444-555555555555"]] as const;
    const since = subject.demo.cloud.aws.requests.length;
    const first = await dynamodbCall(subject, "PutItem", item, extra);
    expect(first.status).toBe(200);
    const again = await dynamodbCall(subject, "PutItem", item, extra);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(forwarded(subject.demo, since)).toHaveLength(1);
  }),
];

const XML = ["Accept", "application/xml"] as const;

const API: readonly Check[] = [
  {
    name: "an error of the API's own has AWS's shape",
    area: "api",
    run: async ({ demo }) => {
      // API Gateway takes no plain braces in a query.
      const broken = { method: "GET", target: "/aws/?{" };
      const { text, headers } = await send(demo, { ...broken, headers: hostOf(demo) });
      expect(JSON.parse(text)).toMatchObject({ __type: "InvalidRequest" });
      expect(headers["x-amzn-errortype"]).toBe("InvalidRequest");
      const inXml = await send(demo, { ...broken, headers: [...hostOf(demo), XML] });
      expect(inXml.text).toContain("<Code>InvalidRequest</Code>");
    },
  },
  {
    name: "a body that is too large is refused in AWS's shape",
    area: "api",
    run: async ({ demo }) => {
      const body = new Uint8Array(4_750_000); // an event over Lambda's 6 MB
      const large = { method: "POST", target: "/aws", body };
      const { text, headers } = await send(demo, { ...large, headers: hostOf(demo) });
      expect(JSON.parse(text)).toMatchObject({ __type: "RequestEntityTooLarge" });
      expect(headers["x-amzn-errortype"]).toBe("RequestEntityTooLarge");
      const inXml = await send(demo, { ...large, headers: [...hostOf(demo), XML] });
      expect(inXml.text).toContain("<Code>RequestEntityTooLarge</Code>");
    },
  },
  {
    name: "the root and every path below it reach the function",
    area: "api",
    run: async ({ demo }) => {
      for (const target of ["/", "/somewhere/else"]) {
        const { text } = await send(demo, { method: "GET", target, headers: hostOf(demo) });
        expect(text).toContain("AWS_ENDPOINT_URL must end with");
      }
    },
  },
  {
    name: "whoever finds the API's own address is told the gateway's",
    area: "api",
    run: async ({ demo: { cloud } }) => {
      const headers = [["Host", `${cloud.stack.api.id}.execute-api.${REGION}.amazonaws.com`]] as const;
      const request = { method: "GET", target: "/live/aws", headers, body: new Uint8Array() };
      const answer = await cloud.api({ ...request, sourceIp: "192.0.2.1" });
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString("utf8")).toContain(`${cloud.tlsUrl}/aws`);
    },
  },
  {
    name: "a client cannot write the headers that the edge writes",
    area: "api",
    run: async (subject) => {
      const { demo } = subject;
      const item = JSON.stringify({ TableName: "orders", Key: { id: { S: "spoofed" } } });
      const written = `written by the client ${crypto.randomUUID()}`;
      const extra = [["x-countersign-h-user-agent", written]] as const;
      await dynamodbCall(subject, "GetItem", item, extra, ["x-countersign-h-user-agent"]);
      const outcomes = outcomesOf(await entriesOf(demo));
      const spoofed = outcomes.filter(({ caller }) => caller?.userAgent === written);
      expect(spoofed).toEqual([]);
    },
  },
];

/** All checks. `headers` are those that must arrive as they were signed, `statuses` those that must not be kept. */
export function checksOf(headers: readonly string[], statuses: readonly number[]): readonly Check[] {
  return [
    ...CALLS,
    ...API,
    ...APPROVAL_CHECKS,
    ...CHECKPOINT_CHECKS,
    ...RECONCILE_CHECKS,
    ...PAYLOAD_CHECKS,
    ...PEOPLE_CHECKS,
    ...headers.map(headerCheck),
    ...statuses.map(statusCheck),
  ];
}

function calls(name: string, run: Check["run"]): Check {
  return { name, area: "calls", run };
}

const VALUES: Readonly<Record<string, string>> = {
  "content-type": "application/x-amz-json-1.0",
  te: "trailers",
  "transfer-encoding": "chunked",
};

/** A request whose signature covers the header is verified: so the header arrived as it was sent. */
function headerCheck(name: string): Check {
  return {
    name: `the header \`${name}\` arrives as it was signed`,
    area: "headers",
    run: async (subject) => {
      const own = ["authorization", "content-type", "host"];
      const extra = own.includes(name) ? [] : [[name, VALUES[name] ?? "1"] as const];
      const body = JSON.stringify({ TableName: "orders", Key: { id: { S: "A-0" } } });
      const { text } = await dynamodbCall(subject, "GetItem", body, extra);
      expect(text).not.toMatch(/signature|not signed/i);
    },
  };
}

/** An answer with this status is the next caller's own, and not one that the edge has kept. */
function statusCheck(status: number): Check {
  return {
    name: `an answer with status ${status} is not kept by the edge`,
    area: "errors",
    run: async ({ demo: { cloud }, clients: { s3 } }) => {
      const read = () => s3.send(new GetObjectCommand({ Bucket: "reports", Key: `${status}.csv` }));
      await s3.send(new PutObjectCommand({ Bucket: "reports", Key: `${status}.csv`, Body: "1" }));
      cloud.aws.fail({ service: "s3", operation: "GetObject", how: "500", status });
      expect((await failureOf(read())).status).toBe(status);
      await read();
    },
  };
}

function hostOf({ cloud }: Demo): readonly (readonly [string, string])[] {
  return [["Host", new URL(cloud.gatewayUrl).host]];
}

/** A call whose every header is ours to choose. */
async function dynamodbCall(
  { demo, clients }: Subject,
  operation: string,
  body: string,
  extra: readonly (readonly [string, string])[],
  unsigned: readonly string[] = [],
): Promise<RawAnswer> {
  const { accessKeyId, secretAccessKey } = await clients.dynamodb.config.credentials();
  const timestamp = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const { request } = signRequest(
    {
      method: "POST",
      path: "/aws",
      query: "",
      headers: [
        ...hostOf(demo),
        ["Content-Type", "application/x-amz-json-1.0"],
        ["X-Amz-Date", timestamp],
        ["X-Amz-Target", `DynamoDB_20120810.${operation}`],
        ...extra,
      ],
      body: Buffer.from(body),
    },
    {
      service: "dynamodb",
      region: REGION,
      keyId: accessKeyId,
      secret: secretAccessKey,
      timestamp,
      putIn: extra.map(([name]) => name.toLowerCase()).filter((name) => !unsigned.includes(name)),
      leaveOut: unsigned,
    },
  );
  return send(demo, { method: "POST", target: "/aws", headers: request.headers, body });
}
