// Answers over DynamoDB (table `state`), sealed, for 24 h: what a retry of a call that was carried out is told. Expiry is
// checked when an answer is read, since TTL deletes late. What an answer's name is bound to is recording/keys.ts's.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Answers, KeptAnswer, Sealer } from "../approval/ports.ts";
import { CountersignError } from "../boundary/errors.ts";
import { textOf } from "./stored-text.ts";

const KEPT_SECONDS = 86_400;
// 300,000 bytes are 400,000 characters once sealed; with the wrapped key still under the 409,600 bytes of an item.
const MOST_BYTES = 300_000;
const TTL_MARGIN_SECONDS = 3_600;
const LENGTH_BYTES = 4;

export interface AnswersSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly sealer: Sealer;
  readonly newNonce: () => string;
}

export function createAnswers(setup: AnswersSetup): Answers {
  return {
    keep: (key, response, now) => keep(setup, key, response, now),
    find: (key, now) => find(setup, key, now),
    deliver: (key) => deliver(setup, key),
  };
}

async function keep(
  { client, table, sealer }: AnswersSetup,
  key: string,
  response: KeptAnswer,
  now: number,
): Promise<"kept" | "too_large"> {
  const plain = packed(response);
  if (plain.length > MOST_BYTES) return "too_large";
  const command = new PutItemCommand({
    TableName: table,
    Item: {
      pk: { S: answerKey(key) },
      sealed: { S: await sealer.seal("answer", key, plain) },
      until: { N: String(now + KEPT_SECONDS) },
      ttl: { N: String(now + KEPT_SECONDS + TTL_MARGIN_SECONDS) },
    },
    // The first answer of a call is its only one; a second write is the SDK's repetition of the first.
    ConditionExpression: "attribute_not_exists(pk) OR #until <= :now",
    ExpressionAttributeNames: { "#until": "until" },
    ExpressionAttributeValues: { ":now": { N: String(now) } },
  });
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  return "kept";
}

async function find(
  { client, table, sealer }: AnswersSetup,
  key: string,
  now: number,
): Promise<KeptAnswer | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: answerKey(key) } }, ConsistentRead: true }),
  );
  if (Item === undefined || !(Number(Item.until?.N) > now)) return undefined;
  return unpacked(await sealer.open("answer", key, textOf(Item, "sealed")));
}

async function deliver({ client, table, newNonce }: AnswersSetup, key: string): Promise<boolean> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: answerKey(key) } },
        UpdateExpression: "SET #delivered = :nonce",
        // The nonce: a repetition by the SDK, whose first answer was lost, is still the first delivery.
        ConditionExpression:
          "attribute_exists(pk) AND (attribute_not_exists(#delivered) OR #delivered = :nonce)",
        ExpressionAttributeNames: { "#delivered": "delivered" },
        ExpressionAttributeValues: { ":nonce": { S: newNonce() } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** The length of the head in 4 bytes, the head as JSON, the body byte for byte. */
function packed({ status, headers, body }: KeptAnswer): Buffer {
  const head = Buffer.from(JSON.stringify({ status, headers }), "utf8");
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, body]);
}

function unpacked(plain: Uint8Array): KeptAnswer {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  const bodyAt = LENGTH_BYTES + bytes.readUInt32BE(0);
  if (bodyAt > bytes.length) throw unreadable();
  const head: unknown = JSON.parse(bytes.toString("utf8", LENGTH_BYTES, bodyAt));
  if (typeof head !== "object" || head === null || !("status" in head) || !("headers" in head))
    throw unreadable();
  const { status, headers } = head;
  if (typeof status !== "number" || typeof headers !== "object" || headers === null) throw unreadable();
  const entries = Object.entries(headers);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) throw unreadable();
  return { status, headers: Object.fromEntries(entries), body: bytes.subarray(bodyAt) };
}

function unreadable(): CountersignError {
  return new CountersignError("record_failed", "a stored answer cannot be read");
}

function answerKey(key: string): string {
  return `ANSWER#${key}`;
}
