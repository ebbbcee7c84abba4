// The logins and browser sessions of approvers in table `state`. Keys are hashes: a copy of the table opens no session.
// A login is given out by the delete that removes it, so twice is impossible. TTL deletes late: ends are checked here.

import { createHash } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { LoginIdentity, PendingLogin, WebSession, WebSessions } from "../flow/approvals/ports.ts";
import { type Item, recordOf } from "./stored-text.ts";

const TTL_MARGIN_SECONDS = 3_600; // clocks of table and function may differ

export interface WebSessionsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createWebSessions(setup: WebSessionsSetup): WebSessions {
  const { client, table } = setup;
  return {
    beginLogin: (id, login) => put(setup, loginKey(id), login),
    async takeLogin(id, now) {
      const taken = await take(setup, loginKey(id));
      const login = taken === undefined ? undefined : parseLogin(recordOf(taken));
      return login !== undefined && now < login.expiresAt ? login : undefined;
    },
    open: (id, session) => put(setup, sessionKey(id), session),
    async find(id, now) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { pk: { S: sessionKey(id) } }, ConsistentRead: true }),
      );
      const session = Item === undefined ? undefined : parseSession(recordOf(Item));
      return session !== undefined && now < session.expiresAt ? session : undefined;
    },
    async close(id) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: sessionKey(id) } } }));
    },
  };
}

async function put(
  { client, table }: WebSessionsSetup,
  pk: string,
  record: PendingLogin | WebSession,
): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        pk: { S: pk },
        record: { S: JSON.stringify(record) },
        ttl: { N: String(record.expiresAt + TTL_MARGIN_SECONDS) },
      },
      // 256 random bits: a taken key is a broken generator. A repeat by the SDK fails here too, and people try again.
      ConditionExpression: "attribute_not_exists(pk)",
    }),
  );
}

async function take({ client, table }: WebSessionsSetup, pk: string): Promise<Item | undefined> {
  try {
    const { Attributes } = await client.send(
      new DeleteItemCommand({
        TableName: table,
        Key: { pk: { S: pk } },
        ConditionExpression: "attribute_exists(pk)",
        ReturnValues: "ALL_OLD",
      }),
    );
    return Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

function loginKey(id: string): string {
  return `LOGIN#${hashOf(id)}`;
}

function sessionKey(id: string): string {
  return `WEB#${hashOf(id)}`;
}

function hashOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}

type Stored = Readonly<Record<string, unknown>>;

function parseLogin(record: Stored): PendingLogin {
  return {
    state: textIn(record, "state"),
    nonce: textIn(record, "nonce"),
    verifier: textIn(record, "verifier"),
    returnPath: textIn(record, "returnPath"),
    expiresAt: numberIn(record, "expiresAt"),
  };
}

function parseSession(record: Stored): WebSession {
  return {
    identity: parseIdentity(record.identity),
    csrf: textIn(record, "csrf"),
    expiresAt: numberIn(record, "expiresAt"),
  };
}

function parseIdentity(value: unknown): LoginIdentity {
  if (typeof value !== "object" || value === null) throw unreadable();
  const record: Stored = { ...value };
  const { groups } = record;
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === "string")) throw unreadable();
  return {
    issuer: textIn(record, "issuer"),
    subject: textIn(record, "subject"),
    name: textIn(record, "name"),
    groups,
  };
}

function textIn(record: Stored, member: string): string {
  const value = record[member];
  if (typeof value !== "string" || value === "") throw unreadable();
  return value;
}

function numberIn(record: Stored, member: string): number {
  const value = record[member];
  if (typeof value !== "number" || !Number.isFinite(value)) throw unreadable();
  return value;
}

function unreadable(): CountersignError {
  return new CountersignError("record_failed", "a stored browser session cannot be read");
}
