// Recorded calls from the table of sessions itself, read with the credentials of whoever asks: of one session, or of all by
// a scan, which is made for small tables. Gives the lines that recorded-calls.ts reads; filters nothing but the session.

import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { WantedCalls } from "./recorded-calls.ts";

/** @throws when the table cannot be read */
export async function* tableCalls(
  client: DynamoDBClient,
  table: string,
  { session }: WantedCalls,
): AsyncGenerator<string> {
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await pageOf(client, table, session, start);
    for (const { pk, sk, record } of page.Items ?? []) {
      yield JSON.stringify({ pk: pk?.S, sk: sk?.S, record: record?.S });
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

async function pageOf(
  client: DynamoDBClient,
  TableName: string,
  session: string | undefined,
  start: Record<string, AttributeValue> | undefined,
): Promise<Pick<QueryCommandOutput, "Items" | "LastEvaluatedKey">> {
  const from = start === undefined ? {} : { ExclusiveStartKey: start };
  if (session === undefined) return client.send(new ScanCommand({ TableName, ...from }));
  return client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :session",
      ExpressionAttributeValues: { ":session": { S: `SESSION#${session}` } },
      ...from,
    }),
  );
}
