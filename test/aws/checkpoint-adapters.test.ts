// Checkpoints over AWS: each sequence is stored once, the latest is found by one listing, KMS signs the very text, and
// the time index gives back each record that the log wrote.

import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  type DynamoDBClient as DynamoDB,
  DynamoDBClient,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import { createCheckpointSigner } from "../../lambdas/aws/checkpoint-signer.ts";
import { createCheckpointStore } from "../../lambdas/aws/checkpoint-store.ts";
import { createRecordIndex } from "../../lambdas/aws/record-index.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import { checkpointText, rootOfLeaves } from "../../lambdas/recording/checkpoint.ts";
import type { CheckpointStore } from "../../lambdas/recording/checkpoint-ports.ts";
import type { CheckpointLine } from "../../lambdas/recording/export-format.ts";
import { callKeyOf } from "../../lambdas/recording/keys.ts";
import { leafHashOf } from "../../lambdas/recording/leaf.ts";
import { MINUTE_MS, startOfMinute } from "../../lambdas/recording/minutes.ts";
import { fakeCheckpointStore } from "../fakes/checkpoints.ts";
import { type DynaliteTables, dynaliteTables } from "../fakes/dynalite-tables.ts";
import { callerIn, intent, opening, outcome, refusal } from "../recording/facts.ts";
import { stubEndpoint } from "./stub-endpoint.ts";

function lineOf(sequence: number, deployment = "d"): CheckpointLine {
  const checkpoint = checkpointText({
    version: 1,
    sequence,
    from: "2026-01-02T03:04:00.000Z",
    to: "2026-01-02T03:05:00.000Z",
    count: 0,
    late: 0,
    root: rootOfLeaves([]),
    previous: sequence === 1 ? null : "a".repeat(64),
    deployment,
    signedAt: "2026-01-02T03:06:00.000Z",
  });
  return { type: "checkpoint", checkpoint, signature: "MEUC", leaves: [] };
}

/** As much of a bucket as the store uses. `losesAnswers` repeats each write, as the SDK does after a lost answer. */
function bucket(losesAnswers = false) {
  const objects = new Map<string, string>();
  const put = ({ Key = "", Body = "", IfNoneMatch }: Record<string, string>) => {
    if (IfNoneMatch === "*" && objects.has(Key)) {
      throw new S3ServiceException({ name: "PreconditionFailed", $fault: "client", $metadata: {} });
    }
    objects.set(Key, Body);
    return {};
  };
  const answers: Readonly<Record<string, (input: Record<string, string>) => unknown>> = {
    PutObjectCommand: (input) => {
      if (losesAnswers) put(input);
      return put(input);
    },
    GetObjectCommand: ({ Key = "" }) => {
      const text = objects.get(Key);
      if (text === undefined)
        throw new S3ServiceException({ name: "NoSuchKey", $fault: "client", $metadata: {} });
      return { Body: { transformToString: async () => text } };
    },
    ListObjectsV2Command: ({ Prefix = "" }) => {
      const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).toSorted();
      return { Contents: keys.slice(0, 1).map((Key) => ({ Key })) };
    },
  };
  const send = async (command: { input: Record<string, string>; constructor: { name: string } }) =>
    answers[command.constructor.name]?.(command.input);
  return { objects, client: { send } as unknown as S3Client };
}

const adapter = () => createCheckpointStore({ client: bucket().client, bucket: "b" });
describe.each<[string, () => CheckpointStore]>([
  ["the adapter", adapter],
  ["the fake", fakeCheckpointStore],
])("%s", (_name, make) => {
  it("stores each sequence once", async () => {
    const store = make();
    expect(await store.append(1, lineOf(1))).toBe("appended");
    expect(await store.append(1, lineOf(1, "another"))).toBe("exists");
    expect(await store.at(1)).toEqual(lineOf(1));
  });

  it("finds the latest, or none", async () => {
    const store = make();
    expect(await store.latest()).toBe("none");
    for (const sequence of [1, 2, 9, 10, 11, 100]) await store.append(sequence, lineOf(sequence));
    expect(await store.latest()).toEqual(lineOf(100));
  });

  it("throws for one that is not there", async () => {
    await expect(make().at(7)).rejects.toThrow();
  });
});

describe("the store", () => {
  it("takes a write of its own for appended whose first answer was lost", async () => {
    const store = createCheckpointStore({ client: bucket(true).client, bucket: "b" });
    expect(await store.append(1, lineOf(1))).toBe("appended");
    expect(await store.append(1, lineOf(1, "another"))).toBe("exists");
  });

  it("does not read a checkpoint that lies under another's key, or is not one", async () => {
    const { objects, client } = bucket();
    const store = createCheckpointStore({ client, bucket: "b" });
    await store.append(1, lineOf(1));
    const [key = "", text = ""] = [...objects][0] ?? [];
    objects.set(key.replace("998", "997"), text);
    await expect(store.at(2)).rejects.toThrow("cannot be read");
    await expect(store.latest()).rejects.toThrow("cannot be read");
    objects.set(key, `${text} `);
    await expect(store.at(1)).rejects.toThrow("cannot be read");
  });

  it("throws when the bucket does", async () => {
    const send = () =>
      Promise.reject(new S3ServiceException({ name: "SlowDown", $fault: "server", $metadata: {} }));
    const store = createCheckpointStore({ client: { send } as unknown as S3Client, bucket: "b" });
    await expect(store.append(1, lineOf(1))).rejects.toThrow();
    await expect(store.latest()).rejects.toThrow();
  });
});

describe("the signer", () => {
  it("asks KMS for ECDSA with SHA-256 over the text itself", async () => {
    const kms = await stubEndpoint(() => ({ status: 200, body: JSON.stringify({ Signature: "AQID" }) }));
    const client = new KMSClient(kms.settings);
    expect(await createCheckpointSigner({ client, keyArn: "k" }).sign("é")).toBe("AQID");
    expect(JSON.parse(kms.bodies[0] ?? "")).toEqual({
      KeyId: "k",
      Message: Buffer.from("é").toString("base64"),
      MessageType: "RAW",
      SigningAlgorithm: "ECDSA_SHA_256",
    });
    client.destroy();
    await kms.close();
  });

  it("throws when there is no signature", async () => {
    const client = { send: async () => ({}) } as unknown as KMSClient;
    await expect(createCheckpointSigner({ client, keyArn: "k" }).sign("t")).rejects.toThrow("no signature");
  });
});

describe("the time index", () => {
  const TABLE = `sessions-${randomUUID()}`;
  let tables: DynaliteTables;
  let client: DynamoDB;
  beforeAll(async () => {
    tables = await dynaliteTables();
    client = tables.client;
    await client.send(
      new CreateTableCommand({
        TableName: TABLE,
        AttributeDefinitions: ["pk", "sk", "minute", "at"].map((AttributeName) => ({
          AttributeName,
          AttributeType: "S",
        })),
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: "by-minute",
            KeySchema: [
              { AttributeName: "minute", KeyType: "HASH" },
              { AttributeName: "at", KeyType: "RANGE" },
            ],
            Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["leaf"] },
          },
        ],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  afterAll(() => tables.close());

  it("gives back every record that the log wrote, with the leaf of what is stored", async () => {
    const log = createCallLog({ client, table: TABLE, retentionDays: 1 });
    const since = startOfMinute(Date.now());
    const session = newSessionId();
    await log.appendOpen(opening({ caller: callerIn(session) }));
    for (let each = 0; each < 20; each += 1) {
      const key = callKeyOf(session, { kind: "invocation", id: `${each}` }, "f");
      await log.appendIntent(key, intent());
      await log.appendOutcome(key, outcome());
    }
    await log.appendRefusal(refusal({ caller: null }));
    const index = createRecordIndex({ client, table: TABLE });
    // A minute may have ended meanwhile.
    const found = [...(await index.writtenIn(since)), ...(await index.writtenIn(since + MINUTE_MS))];
    const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE }));
    const stored = Items.map(({ pk, sk, record }) => ({
      pk: pk?.S ?? "",
      sk: sk?.S ?? "",
      record: record?.S ?? "",
    }));
    expect(found).toHaveLength(42);
    expect(found.map(({ leaf }) => leaf).toSorted()).toEqual(stored.map(leafHashOf).toSorted());
    expect(new Set(Items.map(({ minute }) => minute?.S?.split("#")[2])).size).toBeGreaterThan(8);
    expect(await index.writtenIn(since - MINUTE_MS)).toEqual([]);
  });

  it("is read to the end of every partition", async () => {
    const row = (each: number) => ({
      pk: { S: "p" },
      sk: { S: `${each}` },
      at: { S: "2026-01-02T03:04:05.006Z" },
      leaf: { S: String(each).padStart(64, "0") },
    });
    const send = async ({ input }: { input: { ExclusiveStartKey?: { n: { N: string } } } }) => {
      const page = Number(input.ExclusiveStartKey?.n.N ?? 0);
      return { Items: [row(page)], ...(page < 2 && { LastEvaluatedKey: { n: { N: `${page + 1}` } } }) };
    };
    const index = createRecordIndex({ client: { send } as unknown as DynamoDB, table: TABLE });
    expect(await index.writtenIn(0)).toHaveLength(16 * 3);
  });

  it("throws when the index cannot be read", async () => {
    const down = new DynamoDBClient({
      endpoint: "http://127.0.0.1:9",
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    });
    await expect(createRecordIndex({ client: down, table: TABLE }).writtenIn(0)).rejects.toThrow();
  });
});
