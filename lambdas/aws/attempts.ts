// Reads from the records what became of the one execution of a call (table `sessions`, Query only). Decides nothing.

import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { Outcome } from "../model/record.ts";
import { type CallKey, callItemKey } from "../recording/keys.ts";
import { recordOf } from "./stored-text.ts";

export interface AttemptsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/**
 * Returns a reader of a call's records: `none` when not even an intent was written, `intent` when one was and no end is
 * recorded, else how its last attempt ended. @throws when the records cannot be read
 */
export function createAttempts({
  client,
  table,
}: AttemptsSetup): (key: CallKey) => Promise<"none" | "intent" | Outcome> {
  return async (key) => {
    const { pk, sk } = callItemKey({ ...key, attempt: 1 }, "INTENT");
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :call)",
        ExpressionAttributeValues: { ":pk": { S: pk }, ":call": { S: sk.slice(0, -"INTENT".length) } },
      }),
    );
    const records = Items.map(recordOf);
    const intents = records.filter(({ phase }) => phase === "INTENT");
    const outcomes = records.filter(({ phase }) => phase === "OUTCOME") as unknown as readonly Outcome[];
    if (intents.length === 0 && outcomes.length === 0) return "none";
    // A new attempt is made only after the Outcome of the one before: one intent more than ends is one still open.
    if (intents.length > outcomes.length) return "intent";
    return outcomes.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1) ?? "intent";
  };
}
