// Reads the records of sessions from the table itself, past the API: for tests that ask what was written, not what is shown.

import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { Intent, Opening, Outcome } from "../../lambdas/model/record.ts";

type SessionRecord = Opening | Intent | Outcome;

/** One item: where it lies and what it says. */
export interface StoredRecord {
  readonly pk: string;
  readonly sk: string;
  readonly record: SessionRecord;
}

/**
 * The id of the session that opened last, of one agent (its subject) or of any, or `undefined` when there is none. Scans
 * the table: made for small ones.
 */
export async function latestSession(
  client: DynamoDBClient,
  table: string,
  subject?: string,
): Promise<string | undefined> {
  let latest: { readonly at: string; readonly id: string } | undefined;
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: "sk = :open",
        ExpressionAttributeValues: { ":open": { S: "OPEN" } },
        ...(start !== undefined && { ExclusiveStartKey: start }),
      }),
    );
    for (const item of page.Items ?? []) {
      if (subject !== undefined && subjectOf(item) !== subject) continue;
      const found = { at: item.at?.S ?? "", id: (item.pk?.S ?? "").replace("SESSION#", "") };
      if (latest === undefined || found.at > latest.at) latest = found;
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return latest?.id;
}

function subjectOf(item: Record<string, AttributeValue>): string | undefined {
  return (JSON.parse(item.record?.S ?? "") as Opening).caller?.subject;
}

/** All records of a session, in the order in which they were written. */
export async function readSession(
  client: DynamoDBClient,
  table: string,
  id: string,
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :session",
        ExpressionAttributeValues: { ":session": { S: `SESSION#${id}` } },
        ConsistentRead: true,
        ...(start !== undefined && { ExclusiveStartKey: start }),
      }),
    );
    for (const item of page.Items ?? []) {
      records.push({
        pk: item.pk?.S ?? "",
        sk: item.sk?.S ?? "",
        record: JSON.parse(item.record?.S ?? "") as SessionRecord,
      });
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return records.sort((a, b) => (a.record.at < b.record.at ? -1 : 1));
}
