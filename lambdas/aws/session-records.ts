// A session read back from table `sessions`, a page at a time, by Query on its one partition. The cursor is the sort key of
// the last record shown; it comes back from outside, and moves a reader within this session only, since the partition is
// the caller's argument. Who may read which session is the flow's.

import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { SessionId } from "../model/ids.ts";
import { openItemKey } from "../recording/keys.ts";
import type { StoredText } from "../recording/leaf.ts";
import type { SessionRecords } from "../recording/ports.ts";
import { type Item, textOf } from "./stored-text.ts";

const PAGE = 200; // records of a few KB; DynamoDB ends a page at 1 MB whatever is asked
const MOST_KEY_BYTES = 1_024; // of a sort key

export interface SessionRecordsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createSessionRecords({ client, table }: SessionRecordsSetup): SessionRecords {
  return {
    async page(session, cursor) {
      const after = cursor === null ? null : keyIn(cursor);
      if (after === undefined) return { kind: "bad_cursor" };
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: after === null ? "pk = :pk" : "pk = :pk AND sk > :after",
          ExpressionAttributeValues: {
            ":pk": { S: partitionOf(session) },
            ...(after !== null && { ":after": { S: after } }),
          },
          Limit: PAGE,
        }),
      );
      const last = LastEvaluatedKey?.sk?.S;
      return {
        kind: "page",
        records: Items.map(storedIn),
        next: last === undefined ? null : Buffer.from(last).toString("base64url"),
      };
    },
    async opening(session) {
      const { pk, sk } = openItemKey(session);
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk = :sk",
          ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: sk } },
        }),
      );
      return Items[0] === undefined ? undefined : storedIn(Items[0]);
    },
  };
}

function partitionOf(session: SessionId): string {
  return openItemKey(session).pk;
}

function storedIn(item: Item): StoredText {
  return { pk: textOf(item, "pk"), sk: textOf(item, "sk"), record: textOf(item, "record") };
}

/** Only what we write as one is a cursor: base64url of UTF-8, in its one spelling. */
function keyIn(cursor: string): string | undefined {
  const bytes = Buffer.from(cursor, "base64url");
  const text = bytes.toString("utf8");
  const isOurs = Buffer.from(text).toString("base64url") === cursor;
  return isOurs && bytes.length > 0 && bytes.length <= MOST_KEY_BYTES ? text : undefined;
}
