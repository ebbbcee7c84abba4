// Which sessions are under legal hold (table `state`, `HOLD#<session>`), and when each is looked at again: the sparse index
// `inbox` lists those, with the time of the next look in the place of an opening. It only names them; the flow reads each.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import { parseSessionId, type SessionId } from "../model/ids.ts";
import type { HoldMark, HoldMarks } from "../recording/holds.ts";
import { type Item, textOf } from "./stored-text.ts";

const INBOX = "HOLDS";
const AT_ONCE = 100; // sessions of one run
const KEY_PREFIX = "HOLD#";
const STATUSES: readonly string[] = ["held", "releasing", "released"] satisfies HoldMark["status"][];

export interface HoldMarksSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createHoldMarks({ client, table }: HoldMarksSetup): HoldMarks {
  return {
    async find(session) {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(session), ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item === undefined ? undefined : markIn(Item, session);
    },
    async put({ session, status, expiresMs, dueAt }) {
      const Item = {
        ...keyOf(session),
        status: { S: status },
        expiresMs: { N: String(expiresMs) },
        ...(dueAt !== null && { inbox: { S: INBOX }, openedAt: { N: String(dueAt) } }),
      };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    async lookNext(session, dueAt) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(session),
        UpdateExpression: "SET openedAt = :due",
        ConditionExpression: "#status = :held",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":held": { S: "held" }, ":due": { N: String(dueAt) } },
      });
      try {
        await client.send(command);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    async due(now) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: "inbox",
          KeyConditionExpression: "inbox = :holds AND openedAt <= :now",
          ExpressionAttributeValues: { ":holds": { S: INBOX }, ":now": { N: String(now) } },
          Limit: AT_ONCE,
        }),
      );
      return Items.map((item) => sessionOf(textOf(item, "pk")));
    },
  };
}

function keyOf(session: SessionId): { pk: { S: string } } {
  return { pk: { S: `${KEY_PREFIX}${session}` } };
}

function sessionOf(pk: string): SessionId {
  const session = parseSessionId(pk.slice(KEY_PREFIX.length));
  if (session === undefined) throw unreadable();
  return session;
}

function markIn(item: Item, session: SessionId): HoldMark {
  const status = textOf(item, "status");
  const expiresMs = Number(item.expiresMs?.N);
  if (!isStatus(status) || !Number.isFinite(expiresMs)) throw unreadable();
  const due = item.openedAt?.N;
  return { session, status, expiresMs, dueAt: due === undefined ? null : Number(due) };
}

function isStatus(text: string): text is HoldMark["status"] {
  return STATUSES.includes(text);
}

function unreadable(): CountersignError {
  return new CountersignError("record_failed", "a stored legal hold cannot be read");
}
