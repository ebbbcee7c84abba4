// Appends one record to table `sessions`: PutItem with `attribute_not_exists`, so that what is recorded stays. Each record is
// one JSON text (so that a hostile string stays inside it) beside its keys and the few attributes that indexes need: of all
// records the minute of their writing and their leaf, so that the checkpoints find each of them without reading it, and
// what searches find them by. Decides nothing; what may be in a record is recording/'s and masking/'s.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import { type Clock, systemClock } from "../net/clock.ts";
import { newNonce } from "../net/randomness.ts";
import type { ItemKey } from "../recording/keys.ts";
import { leafHashOf } from "../recording/leaf.ts";
import { minuteBucket } from "../recording/minutes.ts";
import { type AnyRecord, searchAttributes } from "../recording/search-attributes.ts";
import type { Item } from "./stored-text.ts";

const SECONDS_PER_DAY = 86_400;

export interface RecordTable {
  /** With bounded retries and timeouts: the flow waits for it. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
  /** Of the writer; the system's when left out. */
  readonly clock?: Clock;
}

/** `exists`: another record stands under this key. @throws when it is not known to be stored */
export async function appendRecord(
  setup: RecordTable,
  key: ItemKey,
  record: AnyRecord,
): Promise<"appended" | "exists"> {
  const nonce = newNonce();
  try {
    await setup.client.send(
      new PutItemCommand({
        TableName: setup.table,
        Item: itemOf(setup, { key, record, nonce }),
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
    return "appended";
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // The SDK may have repeated a write of ours whose first answer was lost: then the item that stands there is ours.
    const standing = await readRecord(setup, key);
    return standing?.nonce?.S === nonce ? "appended" : "exists";
  }
}

/** @throws CountersignError `record_failed` where another record stands */
export async function mustAppend(setup: RecordTable, key: ItemKey, record: AnyRecord): Promise<void> {
  if ((await appendRecord(setup, key, record)) === "exists") {
    throw new CountersignError("record_failed", "another record stands where this one belongs");
  }
}

/** Query, not GetItem: the function may do no more on this table than append and read sessions back. */
export async function readRecord(
  { client, table }: RecordTable,
  { pk, sk }: ItemKey,
): Promise<Item | undefined> {
  const { Items } = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: sk } },
    }),
  );
  return Items?.[0];
}

interface Entry {
  readonly key: ItemKey;
  readonly record: AnyRecord;
  readonly nonce: string;
}

function itemOf(
  { retentionDays, clock = systemClock }: RecordTable,
  { key, record, nonce }: Entry,
): Record<string, { S: string } | { N: string }> {
  const writtenAt = Math.floor(Date.parse(record.at) / 1_000);
  const text = JSON.stringify(record);
  const leaf = leafHashOf({ ...key, record: text });
  const found = Object.entries(searchAttributes(record, leaf)).map(([name, value]) => [
    name,
    typeof value === "string" ? { S: value } : { N: String(value) },
  ]);
  return {
    pk: { S: key.pk },
    sk: { S: key.sk },
    at: { S: record.at },
    ttl: { N: String(writtenAt + retentionDays * SECONDS_PER_DAY) },
    nonce: { S: nonce },
    record: { S: text },
    // By the clock of the writer, not by `at`: a record may tell of an earlier moment than that of its writing.
    minute: { S: minuteBucket(clock.nowMs(), leaf) },
    leaf: { S: leaf },
    ...Object.fromEntries(found),
  };
}
