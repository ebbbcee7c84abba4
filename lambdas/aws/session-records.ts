// A session's records, read back by their partition (table `sessions`, Query). Decides nothing.

import { type AttributeValue, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { SessionRecords } from "../recording/holds.ts";
import { openItemKey } from "../recording/keys.ts";
import { recordOf, textOf } from "./stored-text.ts";

export interface SessionRecordsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createSessionRecords({ client, table }: SessionRecordsSetup): SessionRecords {
  return {
    async expiryOf(session) {
      const { pk, sk } = openItemKey(session);
      const { Items } = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk = :sk",
          ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: sk } },
        }),
      );
      const [item] = Items ?? [];
      if (item === undefined) return "unknown";
      const expires = Date.parse(String(recordOf(item).expires));
      if (Number.isNaN(expires))
        throw new CountersignError("record_failed", "a stored opening cannot be read");
      return expires;
    },
    async *recordsOf(session) {
      let start: Record<string, AttributeValue> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": { S: openItemKey(session).pk } },
            ...(start !== undefined && { ExclusiveStartKey: start }),
          }),
        );
        start = LastEvaluatedKey;
        yield Items.map((item) => ({
          pk: textOf(item, "pk"),
          sk: textOf(item, "sk"),
          record: textOf(item, "record"),
        }));
      } while (start !== undefined);
    },
  };
}
