// Reads the time index of table `sessions` (index `by-minute`: partition key `minute`, sort key `at`, projected `leaf`;
// Query only). An index is only eventually consistent: who asks must ask again. Decides nothing.

import { type AttributeValue, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import { type IndexedRecord, isHash } from "../recording/checkpoint.ts";
import type { RecordIndex } from "../recording/checkpoint-ports.ts";
import { minuteBuckets } from "../recording/minutes.ts";
import { type Item, textOf } from "./stored-text.ts";

const INDEX = "by-minute";

export interface RecordIndexSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createRecordIndex(setup: RecordIndexSetup): RecordIndex {
  return {
    async writtenIn(startMs) {
      const partitions = await Promise.all(minuteBuckets(startMs).map((bucket) => readAll(setup, bucket)));
      return partitions.flat();
    },
  };
}

async function readAll({ client, table }: RecordIndexSetup, bucket: string): Promise<IndexedRecord[]> {
  const records: IndexedRecord[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: INDEX,
        KeyConditionExpression: "#minute = :minute",
        ExpressionAttributeNames: { "#minute": "minute" },
        ExpressionAttributeValues: { ":minute": { S: bucket } },
        ...(start !== undefined && { ExclusiveStartKey: start }),
      }),
    );
    records.push(...(page.Items ?? []).map(indexedIn));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return records;
}

function indexedIn(item: Item): IndexedRecord {
  const leaf = textOf(item, "leaf");
  if (!isHash(leaf)) throw new CountersignError("record_failed", "a stored leaf cannot be read");
  return { pk: textOf(item, "pk"), sk: textOf(item, "sk"), at: textOf(item, "at"), leaf };
}
