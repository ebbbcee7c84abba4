// Reads a call's intent while the call has no end (table `sessions`, one strongly consistent Query). Decides nothing.

import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { OpenIntents } from "../flow/close-lost.ts";
import type { Intent } from "../model/record.ts";
import { callItemKey } from "../recording/keys.ts";
import { recordOf } from "./stored-text.ts";

export interface OpenIntentsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createOpenIntents({ client, table }: OpenIntentsSetup): OpenIntents {
  return {
    async openIntentOf(key) {
      const { pk, sk } = callItemKey(key, "INTENT");
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :intent AND :outcome",
          ExpressionAttributeValues: {
            ":pk": { S: pk },
            ":intent": { S: sk },
            ":outcome": { S: callItemKey(key, "OUTCOME").sk },
          },
        }),
      );
      if (Items.some((item) => item.sk?.S !== sk)) return "ended";
      const [intent] = Items;
      if (intent === undefined) return "ended"; // its retention is over
      const record = recordOf(intent);
      if (record.phase !== "INTENT") {
        throw new CountersignError("record_failed", "a stored intent cannot be read");
      }
      return record as unknown as Intent;
    },
  };
}
