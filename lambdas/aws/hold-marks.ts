// Which sessions are under legal hold (table `state`, `HOLD#<session>`), and when each is looked at again: the sparse index
// `inbox` lists those, with the time of the next look in the place of an opening. It only names them; the flow reads each.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import { parseSessionId, type SessionId } from "../model/ids.ts";
import type { FoundMark, HoldMark, HoldMarks } from "../recording/holds.ts";
import { type Item, textOf } from "./stored-text.ts";

const INBOX = "HOLDS";
const AT_ONCE = 100; // sessions of one run
const KEY_PREFIX = "HOLD#";
const STATUSES: readonly string[] = ["held", "releasing", "released"] satisfies HoldMark["status"][];

const STATUS = { "#status": "status" };
const HELD = { S: "held" };

export interface HoldMarksSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** What an update says beside whose mark it changes. */
type Change = Omit<UpdateItemCommandInput, "TableName" | "Key">;

export function createHoldMarks({ client, table }: HoldMarksSetup): HoldMarks {
  const update = (session: SessionId, change: Change) =>
    client.send(new UpdateItemCommand({ TableName: table, Key: keyOf(session), ...change }));
  return {
    async find(session) {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(session), ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item === undefined ? undefined : markIn(Item, session);
    },
    async put(mark) {
      await update(mark.session, replaced(mark));
    },
    claim: (session, nowMs, untilMs) => isDone(update(session, claimed(nowMs, untilMs))),
    async endClaim(session, untilMs) {
      await isDone(update(session, claimEnded(untilMs)));
    },
    async lookNext(session, dueAt) {
      await isDone(update(session, lookedAtNext(dueAt)));
    },
    async due(now) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: "inbox",
          KeyConditionExpression: "inbox = :holds AND openedAt <= :now",
          ExpressionAttributeValues: { ":holds": { S: INBOX }, ":now": numbered(now) },
          Limit: AT_ONCE,
        }),
      );
      return Items.map((item) => sessionOf(textOf(item, "pk")));
    },
  };
}

/** Everything but the claim, which is another's. */
function replaced({ status, expiresMs, dueAt }: HoldMark): Change {
  const values = { ":status": { S: status }, ":expires": numbered(expiresMs) };
  const lasting = "SET #status = :status, expiresMs = :expires";
  const ExpressionAttributeNames = STATUS;
  if (dueAt === null) {
    const UpdateExpression = `${lasting} REMOVE inbox, openedAt`;
    return { UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues: values };
  }
  const ExpressionAttributeValues = { ...values, ":inbox": { S: INBOX }, ":due": numbered(dueAt) };
  const UpdateExpression = `${lasting}, inbox = :inbox, openedAt = :due`;
  return { UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues };
}

function claimed(nowMs: number, untilMs: number): Change {
  return {
    UpdateExpression: "SET claimedUntilMs = :until",
    // The same end is this very claim: an earlier try, whose answer was lost.
    ConditionExpression:
      "#status = :held AND (attribute_not_exists(claimedUntilMs) OR claimedUntilMs <= :now OR claimedUntilMs = :until)",
    ExpressionAttributeNames: STATUS,
    ExpressionAttributeValues: { ":held": HELD, ":now": numbered(nowMs), ":until": numbered(untilMs) },
  };
}

function claimEnded(untilMs: number): Change {
  return {
    UpdateExpression: "REMOVE claimedUntilMs",
    ConditionExpression: "claimedUntilMs = :until",
    ExpressionAttributeValues: { ":until": numbered(untilMs) },
  };
}

function lookedAtNext(dueAt: number): Change {
  return {
    UpdateExpression: "SET openedAt = :due",
    ConditionExpression: "#status = :held",
    ExpressionAttributeNames: STATUS,
    ExpressionAttributeValues: { ":held": HELD, ":due": numbered(dueAt) },
  };
}

function numbered(value: number): { N: string } {
  return { N: String(value) };
}

/** False when the change's condition did not hold. */
async function isDone(change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function keyOf(session: SessionId): { pk: { S: string } } {
  return { pk: { S: `${KEY_PREFIX}${session}` } };
}

function sessionOf(pk: string): SessionId {
  const session = parseSessionId(pk.slice(KEY_PREFIX.length));
  if (session === undefined) throw unreadable();
  return session;
}

function markIn(item: Item, session: SessionId): FoundMark {
  const status = textOf(item, "status");
  const expiresMs = Number(item.expiresMs?.N);
  if (!isStatus(status) || !Number.isFinite(expiresMs)) throw unreadable();
  return {
    session,
    status,
    expiresMs,
    dueAt: numberIn(item, "openedAt"),
    claimedUntilMs: numberIn(item, "claimedUntilMs"),
  };
}

function numberIn(item: Item, name: string): number | null {
  const told = item[name]?.N;
  return told === undefined ? null : Number(told);
}

function isStatus(text: string): text is HoldMark["status"] {
  return STATUSES.includes(text);
}

function unreadable(): CountersignError {
  return new CountersignError("record_failed", "a stored legal hold cannot be read");
}
