// How far walks over the minutes are, in table `state`: one item for each. It only moves forward, so that of two runs the
// one that is behind changes nothing. It has no TTL: what it says is needed as long as the deployment stands.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { MinuteCursor } from "../flow/walk-minutes.ts";

export interface MinuteCursorSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createMinuteCursor({ client, table }: MinuteCursorSetup): MinuteCursor {
  const keyOf = (walk: string) => ({ pk: { S: `RECONCILE#${walk}` } });
  return {
    async at(walk) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(walk), ConsistentRead: true }),
      );
      if (Item === undefined) return "none";
      const startMs = Number(Item.startMs?.N);
      if (!Number.isSafeInteger(startMs)) {
        throw new CountersignError("record_failed", "a stored cursor cannot be read");
      }
      return startMs;
    },
    async moveTo(walk, startMs) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...keyOf(walk), startMs: { N: String(startMs) } },
            ConditionExpression: "attribute_not_exists(pk) OR #startMs < :startMs",
            ExpressionAttributeNames: { "#startMs": "startMs" },
            ExpressionAttributeValues: { ":startMs": { N: String(startMs) } },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}
