// The records' log over DynamoDB: table `sessions`, PutItem with `attribute_not_exists` and Query only. Each record is one
// JSON text (so that a hostile string stays inside it) beside the keys and the few attributes that indexes need: of all
// records the minute of their writing and their leaf, so that the checkpoints find each of them without reading it.
// Decides nothing; what may be in a record is recording/'s and masking/'s.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { Intent, Opening, Outcome } from "../model/record.ts";
import { type Clock, systemClock } from "../net/clock.ts";
import { newNonce } from "../net/randomness.ts";
import { callItemKey, type ItemKey, openItemKey, refusalItemKey } from "../recording/keys.ts";
import { leafHashOf } from "../recording/leaf.ts";
import { minuteBucket } from "../recording/minutes.ts";
import type { CallLog } from "../recording/ports.ts";
import { type Item, recordOf } from "./stored-text.ts";

const SECONDS_PER_DAY = 86_400;

export interface CallLogSetup {
  /** With bounded retries and timeouts: the flow waits for it. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
  /** Of the writer; the system's when left out. */
  readonly clock?: Clock;
}

export function createCallLog(setup: CallLogSetup): CallLog {
  return {
    async appendOpen(opening) {
      const session = opening.caller?.session;
      if (!session) throw new CountersignError("internal", "an opening needs its session");
      return append(setup, openItemKey(session), opening);
    },
    appendIntent: (key, intent) => append(setup, callItemKey(key, "INTENT"), intent),
    appendOutcome: (key, outcome) => must(append(setup, callItemKey(key, "OUTCOME"), outcome)),
    appendRefusal: (outcome) => {
      const { at, caller, gatewayRequestId } = outcome;
      return must(append(setup, refusalItemKey(caller?.session ?? null, at, gatewayRequestId), outcome));
    },
    async outcomeOf(key) {
      const item = await read(setup, callItemKey(key, "OUTCOME"));
      return item === undefined ? "none" : outcomeIn(item);
    },
  };
}

async function append(
  setup: CallLogSetup,
  key: ItemKey,
  record: Opening | Intent | Outcome,
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
    const standing = await read(setup, key);
    return standing?.nonce?.S === nonce ? "appended" : "exists";
  }
}

async function must(appended: Promise<"appended" | "exists">): Promise<void> {
  if ((await appended) === "exists") {
    throw new CountersignError("record_failed", "another record stands where this one belongs");
  }
}

/** Query, not GetItem: the function may do no more on this table than append and read sessions back. */
async function read({ client, table }: CallLogSetup, { pk, sk }: ItemKey): Promise<Item | undefined> {
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
  readonly record: Opening | Intent | Outcome;
  readonly nonce: string;
}

function itemOf(
  { retentionDays, clock = systemClock }: CallLogSetup,
  { key, record, nonce }: Entry,
): Record<string, { S: string } | { N: string }> {
  const writtenAt = Math.floor(Date.parse(record.at) / 1_000);
  const text = JSON.stringify(record);
  const leaf = leafHashOf({ ...key, record: text });
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
    ...(record.phase === "OUTCOME" && indexAttributes(record)),
  };
}

/** By agent, by action, by decision: on the Outcome only, and `decision` never for permits, so its index stays small. */
function indexAttributes({ caller, call, decision }: Outcome): Record<string, { S: string }> {
  const action = call?.actions[0]?.action;
  return {
    ...(caller !== null && { agent: { S: `${caller.issuer}|${caller.subject}` } }),
    ...(action !== undefined && { action: { S: action } }),
    ...(decision !== null && decision.decision !== "permit" && { decision: { S: decision.decision } }),
  };
}

function outcomeIn(item: Item): Outcome {
  const record = recordOf(item);
  if (
    record.phase !== "OUTCOME" ||
    typeof record.mayHaveRun !== "boolean" ||
    typeof record.ending !== "string"
  ) {
    throw new CountersignError("record_failed", "a stored outcome cannot be read");
  }
  return record as unknown as Outcome;
}
