// Sessions and revocation markers over DynamoDB (table `state`). One strongly consistent BatchGet answers whether a
// session exists, whether it, its agent, its role or everything is revoked, and what is forbidden in an emergency. Decides on what it has just read, never on
// memory: that only says which markers to ask for. Expiry is the verifier's to check: TTL deletes late.

import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { Revocation, SessionStore } from "../flow/ports.ts";
import { EMERGENCY_KEY, type EmergencyForbid, NO_EMERGENCY, parseEmergency } from "../model/emergency.ts";
import type { RoleArn, SessionId } from "../model/ids.ts";
import type { Principal, Session } from "../model/principal.ts";
import { LruMap } from "./lru-map.ts";
import { parseStoredSession } from "./stored-session.ts";
import { type Item, textOf } from "./stored-text.ts";

const BATCH_ATTEMPTS = 4;
const REMEMBERED_SESSIONS = 10_000; // three short keys each: a few MB
const TTL_MARGIN_SECONDS = 86_400; // an ended session stays a day, so that its end can be told from a wrong key

/** The marker's key in table `state`; an item under it, whatever it holds, revokes. */
export const markerKey = {
  everything: "REVOKED#ALL",
  session: (id: SessionId): string => `REVOKED#SESSION#${id}`,
  agent: ({ issuer, subject }: Pick<Principal, "issuer" | "subject">): string =>
    `REVOKED#AGENT#${issuer}|${subject}`,
  role: (role: RoleArn): string => `REVOKED#ROLE#${role}`,
};

export interface SessionStoreSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createSessionStore(setup: SessionStoreSetup): SessionStore {
  const markersOf = new LruMap<SessionId, readonly string[]>(REMEMBERED_SESSIONS);
  return {
    open: (session) => put(setup, session),
    async find(id) {
      const remembered = markersOf.get(id) ?? [];
      const asked = [
        sessionKey(id),
        markerKey.session(id),
        markerKey.everything,
        EMERGENCY_KEY,
        ...remembered,
      ];
      const first = await readAll(setup, asked);
      const item = first.get(sessionKey(id));
      if (item === undefined) return { kind: "unknown" };
      const session = parseStoredSession(textOf(item, "record"), id);
      const markers = [markerKey.agent(session.principal), markerKey.role(session.role)];
      markersOf.set(id, markers);
      // INVARIANT: the markers of this very session were read in or after the read of the session.
      const missing = markers.filter((marker) => !asked.includes(marker));
      const second = missing.length === 0 ? new Map<string, Item>() : await readAll(setup, missing);
      const by = revocationIn(new Set([...first.keys(), ...second.keys()]), session);
      if (by !== "none") return { kind: "revoked", by };
      return { kind: "found", session, emergency: emergencyIn(first) };
    },
    async standingOf(principal, role, session) {
      const keys = [
        markerKey.everything,
        markerKey.agent(principal),
        markerKey.role(role),
        EMERGENCY_KEY,
        ...(session === undefined ? [] : [markerKey.session(session)]),
      ];
      const read = await readAll(setup, keys);
      return {
        revoked: revocationIn(new Set(read.keys()), {
          principal,
          role,
          ...(session !== undefined && { id: session }),
        }),
        emergency: emergencyIn(read),
      };
    },
  };
}

function emergencyIn(read: ReadonlyMap<string, Item>): EmergencyForbid {
  const row = read.get(EMERGENCY_KEY);
  return row === undefined ? NO_EMERGENCY : parseEmergency(row.rules?.S);
}

function revocationIn(
  present: ReadonlySet<string>,
  { id, principal, role }: Pick<Session, "principal" | "role"> & { readonly id?: SessionId },
): Revocation | "none" {
  if (present.has(markerKey.everything)) return "everything";
  if (present.has(markerKey.agent(principal))) return "agent";
  if (present.has(markerKey.role(role))) return "role";
  return id !== undefined && present.has(markerKey.session(id)) ? "session" : "none";
}

async function put({ client, table }: SessionStoreSetup, session: Session): Promise<void> {
  const record = JSON.stringify(session);
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          pk: { S: sessionKey(session.id) },
          record: { S: record },
          agent: { S: `${session.principal.issuer}|${session.principal.subject}` },
          ttl: { N: String(session.expiresAt + TTL_MARGIN_SECONDS) },
        },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // The SDK may have repeated a write whose first answer was lost. The id is 128 random bits: same text, same write.
    const standing = (await readAll({ client, table }, [sessionKey(session.id)])).get(sessionKey(session.id));
    if (standing?.record?.S !== record)
      throw new CountersignError("record_failed", "the session id is taken");
  }
}

/** One strongly consistent read of all keys. What DynamoDB leaves unprocessed is asked again, a bounded number of times. */
async function readAll(
  { client, table }: SessionStoreSetup,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  let open: Record<string, AttributeValue>[] = keys.map((pk) => ({ pk: { S: pk } }));
  for (let attempt = 0; attempt < BATCH_ATTEMPTS && open.length > 0; attempt += 1) {
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: true } } }),
    );
    for (const item of answer.Responses?.[table] ?? []) found.set(textOf(item, "pk"), item);
    open = answer.UnprocessedKeys?.[table]?.Keys ?? [];
  }
  // INVARIANT: a marker that was not read counts as not known, never as absent.
  if (open.length > 0) throw new CountersignError("record_failed", "the session table is busy");
  return found;
}

function sessionKey(id: SessionId): string {
  return `SESSION#${id}`;
}
