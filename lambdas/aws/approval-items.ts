// The items of approvals in table `state`, and the single writes on them. Reads are strongly consistent. `APPROVAL#<id>`
// holds the approval as JSON text, its version and what the inbox's index needs; `HELD#<id>` the sealed request, apart,
// since every write is paid for by the size of its item; `OPEN#<fingerprint>` names the approval that is open for it.
// When to write is approval-store.ts's.

import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import { type Approval, type ApprovalId, parseApprovalId } from "../model/approval.ts";
import type { Clock } from "../net/clock.ts";
import { isInInbox, parseStoredApproval } from "./stored-approval.ts";
import { type Item, textOf } from "./stored-text.ts";

const KEPT_SECONDS = 7 * 86_400; // after its end: the record of it is in table `sessions`
const KEPT_WRITES = 8; // so many writes of others may come between ours and our asking again

export interface TableSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
}

interface StoredRow {
  readonly approval: Approval;
  readonly version: number;
  /** The nonces of the last writes. */
  readonly writes: readonly string[];
  readonly token: string | undefined;
}

interface Pointer {
  readonly id: ApprovalId;
  /** Epoch seconds at which it was set. */
  readonly at: number;
}

export interface ApprovalTable {
  read(id: ApprovalId): Promise<StoredRow | undefined>;
  pointerOf(fingerprint: string): Promise<Pointer | undefined>;
  /** Points to the approval, unless somebody else has pointed since `replaces` was read. Who is pointed to afterwards. */
  point(approval: Approval, at: number, replaces: ApprovalId | undefined): Promise<ApprovalId>;
  insert(approval: Approval, nonce: string): Promise<void>;
  /** @throws ConditionalCheckFailedException when somebody wrote since `row` was read */
  replace(row: StoredRow, next: Approval, nonce: string): Promise<void>;
  putToken(id: ApprovalId, token: string): Promise<void>;
  putRequest(approval: Approval, sealed: string): Promise<void>;
  requestOf(id: ApprovalId): Promise<string | undefined>;
  dropRequest(id: ApprovalId): Promise<void>;
}

export function createApprovalTable(setup: TableSetup): ApprovalTable {
  return {
    read: (id) => read(setup, id),
    pointerOf: (fingerprint) => pointerOf(setup, fingerprint),
    point: (approval, at, replaces) => point(setup, approval, at, replaces),
    insert: (approval, nonce) => insert(setup, approval, nonce),
    replace: (row, next, nonce) => replace(setup, row, next, nonce),
    putToken: (id, token) => putToken(setup, id, token),
    putRequest: (approval, sealed) => putRequest(setup, approval, sealed),
    requestOf: async (id) => (await getItem(setup, heldKey(id)))?.sealed?.S,
    dropRequest: (id) => dropRequest(setup, id),
  };
}

async function getItem({ client, table }: TableSetup, pk: string): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true });
  return (await client.send(command)).Item;
}

async function read(setup: TableSetup, id: ApprovalId): Promise<StoredRow | undefined> {
  const item = await getItem(setup, approvalKey(id));
  if (item === undefined) return undefined;
  return {
    approval: parseStoredApproval(textOf(item, "record"), id),
    version: numberOf(item, "version"),
    writes: textOf(item, "writes").split(" "),
    token: item.token?.S,
  };
}

async function pointerOf(setup: TableSetup, fingerprint: string): Promise<Pointer | undefined> {
  const item = await getItem(setup, openKey(fingerprint));
  if (item === undefined) return undefined;
  const id = parseApprovalId(textOf(item, "approval"));
  if (id === undefined) throw new CountersignError("record_failed", "a stored item cannot be read");
  return { id, at: numberOf(item, "at") };
}

async function point(
  setup: TableSetup,
  { id, fingerprint, expiresAt }: Approval,
  at: number,
  replaces: ApprovalId | undefined,
): Promise<ApprovalId> {
  const condition =
    replaces === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : {
          ConditionExpression: "#approval = :replaces",
          ExpressionAttributeNames: { "#approval": "approval" },
          ExpressionAttributeValues: { ":replaces": { S: replaces } },
        };
  const item = {
    pk: { S: openKey(fingerprint) },
    approval: { S: id },
    at: { N: String(at) },
    ttl: { N: String(Math.max(expiresAt, at) + KEPT_SECONDS) },
  };
  try {
    await setup.client.send(new PutItemCommand({ TableName: setup.table, Item: item, ...condition }));
    return id;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  // Somebody else was first, or this was our own write, which the SDK repeated because its answer was lost.
  const standing = await pointerOf(setup, fingerprint);
  if (standing === undefined) throw new CountersignError("record_failed", "the approval was not stored");
  return standing.id;
}

async function insert(setup: TableSetup, approval: Approval, nonce: string): Promise<void> {
  const item = {
    pk: { S: approvalKey(approval.id) },
    record: { S: JSON.stringify(approval) },
    version: { N: "1" },
    writes: { S: nonce },
    status: { S: approval.status },
    agent: { S: `${approval.issuer}|${approval.subject}` },
    inbox: { S: "OPEN" },
    openedAt: { N: String(approval.openedAt) },
    ttl: { N: String(ttlOf(approval, setup)) },
  };
  const condition = { ConditionExpression: "attribute_not_exists(pk)" };
  try {
    await setup.client.send(new PutItemCommand({ TableName: setup.table, Item: item, ...condition }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const standing = await read(setup, approval.id);
    if (standing?.writes.includes(nonce) !== true) {
      throw new CountersignError("record_failed", "the approval id is taken");
    }
  }
}

const SET_ALL = "SET #record = :record, #version = :next, #writes = :writes, #status = :status, #ttl = :ttl";

async function replace(setup: TableSetup, row: StoredRow, next: Approval, nonce: string): Promise<void> {
  if (next.id !== row.approval.id) throw new Error("a change keeps the approval's id");
  // The index is sparse: what is not open any more is not in it.
  const isOpen = isInInbox(next);
  const names = { "#inbox": "inbox", "#openedAt": "openedAt" };
  await setup.client.send(
    new UpdateItemCommand({
      TableName: setup.table,
      Key: { pk: { S: approvalKey(next.id) } },
      UpdateExpression: `${SET_ALL}${isOpen ? "" : ` REMOVE ${Object.keys(names).join(", ")}`}`,
      ConditionExpression: "#version = :version",
      ExpressionAttributeNames: {
        "#record": "record",
        "#version": "version",
        "#writes": "writes",
        "#status": "status",
        "#ttl": "ttl",
        ...(isOpen ? {} : names),
      },
      ExpressionAttributeValues: {
        ":record": { S: JSON.stringify(next) },
        ":version": { N: String(row.version) },
        ":next": { N: String(row.version + 1) },
        ":writes": { S: [nonce, ...row.writes].slice(0, KEPT_WRITES).join(" ") },
        ":status": { S: next.status },
        ":ttl": { N: String(ttlOf(next, setup)) },
      },
    }),
  );
}

/** No part of the approval itself, and so without a version. @throws when there is no such approval */
async function putToken({ client, table }: TableSetup, id: ApprovalId, token: string): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: approvalKey(id) } },
      UpdateExpression: "SET #token = :token",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeNames: { "#token": "token" },
      ExpressionAttributeValues: { ":token": { S: token } },
    }),
  );
}

/** The id is random and this write comes before anybody else knows it: the same write again is all that can meet it. */
async function putRequest(setup: TableSetup, approval: Approval, sealed: string): Promise<void> {
  const item = {
    pk: { S: heldKey(approval.id) },
    sealed: { S: sealed },
    ttl: { N: String(ttlOf(approval, setup)) },
  };
  await setup.client.send(new PutItemCommand({ TableName: setup.table, Item: item }));
}

/** Deleted, not emptied: who ends approvals may delete what was held, and write it as little as read it. */
async function dropRequest({ client, table }: TableSetup, id: ApprovalId): Promise<void> {
  await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: heldKey(id) } } }));
}

function ttlOf({ expiresAt }: Approval, { clock }: TableSetup): number {
  return Math.max(expiresAt, Math.floor(clock.nowMs() / 1_000)) + KEPT_SECONDS;
}

function numberOf(item: Item, attribute: string): number {
  const number = Number(item[attribute]?.N ?? Number.NaN);
  if (!Number.isSafeInteger(number)) {
    throw new CountersignError("record_failed", "a stored item cannot be read");
  }
  return number;
}

function approvalKey(id: ApprovalId): string {
  return `APPROVAL#${id}`;
}

function heldKey(id: ApprovalId): string {
  return `HELD#${id}`;
}

function openKey(fingerprint: string): string {
  return `OPEN#${fingerprint}`;
}
