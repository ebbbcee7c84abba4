// The log of people's looks and orders over DynamoDB: table `sessions`, PutItem with `attribute_not_exists`, and Query to tell
// a write of ours from another's. Written and sealed like the records of calls (call-log.ts). Decides nothing.

import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { Order, Reading } from "../model/record.ts";
import { systemClock } from "../net/clock.ts";
import { newNonce } from "../net/randomness.ts";
import { type ItemKey, orderItemKey, readingItemKey } from "../recording/keys.ts";
import { leafHashOf } from "../recording/leaf.ts";
import { minuteBucket } from "../recording/minutes.ts";
import type { PeopleLog } from "../recording/ports.ts";

const SECONDS_PER_DAY = 86_400;

export interface PeopleLogSetup {
  /** With bounded retries and timeouts: the flow waits for it. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
}

export function createPeopleLog(setup: PeopleLogSetup): PeopleLog {
  return {
    appendReading: (reading) => append(setup, readingItemKey(reading), reading),
    appendOrder: (order) => append(setup, orderItemKey(order), order),
  };
}

async function append(setup: PeopleLogSetup, key: ItemKey, record: Reading | Order): Promise<void> {
  const nonce = newNonce();
  try {
    await setup.client.send(
      new PutItemCommand({
        TableName: setup.table,
        Item: itemOf(setup, key, record, nonce),
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // The SDK may have repeated a write of ours whose first answer was lost: then the item that stands there is ours.
    if ((await nonceAt(setup, key)) === nonce) return;
    throw new CountersignError("record_failed", "another record stands where this one belongs");
  }
}

async function nonceAt({ client, table }: PeopleLogSetup, { pk, sk }: ItemKey): Promise<string | undefined> {
  const { Items } = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: sk } },
    }),
  );
  return Items?.[0]?.nonce?.S;
}

function itemOf(
  { retentionDays }: PeopleLogSetup,
  key: ItemKey,
  record: Reading | Order,
  nonce: string,
): Record<string, AttributeValue> {
  const text = JSON.stringify(record);
  const leaf = leafHashOf({ ...key, record: text });
  const ttl = Math.floor(Date.parse(record.at) / 1_000) + retentionDays * SECONDS_PER_DAY;
  return {
    pk: { S: key.pk },
    sk: { S: key.sk },
    at: { S: record.at },
    ttl: { N: String(ttl) },
    nonce: { S: nonce },
    record: { S: text },
    minute: { S: minuteBucket(systemClock.nowMs(), leaf) },
    leaf: { S: leaf },
  };
}
