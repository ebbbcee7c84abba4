// A session is found only while nothing revokes it: one contract, held by the adapter over DynamoDB and by the fake.

import {
  BatchGetItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSessionStore, markerKey } from "../../lambdas/aws/session-store.ts";
import { EMERGENCY_KEY, NO_EMERGENCY } from "../../lambdas/model/emergency.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import { newNonce, newSessionId } from "../../lambdas/net/randomness.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { type FakeSessionStore, fakeSessionStore } from "../fakes/session-store.ts";
import { ruleOf } from "../policy/emergency-rules.ts";

type MarkedStore = Omit<FakeSessionStore, "failure">;

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

function newSession(): Session {
  return {
    id: newSessionId(),
    principal: {
      issuer: "https://idp.example",
      subject: newNonce(),
      groups: ["a", "b"],
      claims: Object.assign(Object.create(null), { team: "x", level: 2, ok: true, list: ["y"] }),
    },
    role: `arn:aws:iam::111122223333:role/${newNonce()}` as RoleArn,
    keyArn: "arn:aws:kms:eu-west-1:999988887777:key/k",
    sourceIp: "192.0.2.1",
    userAgent: 'agent/1 "}\n',
    openedAt: 1_800_000_000,
    expiresAt: 1_800_003_600,
  };
}

function markedStore(client: DynamoDBClient = tables.client): MarkedStore {
  return {
    ...createSessionStore({ client, table: STATE_TABLE }),
    async mark(key) {
      await tables.client.send(new PutItemCommand({ TableName: STATE_TABLE, Item: { pk: { S: key } } }));
    },
    async forbid(rules) {
      const item = { pk: { S: EMERGENCY_KEY }, ...(rules !== undefined && { rules: { S: rules } }) };
      await tables.client.send(new PutItemCommand({ TableName: STATE_TABLE, Item: item }));
    },
  };
}

describe.each<[string, () => MarkedStore]>([
  ["the adapter", markedStore],
  ["the fake", fakeSessionStore],
])("%s", (_name, make) => {
  it("finds a session as it was stored", async () => {
    const [store, session] = [make(), newSession()];
    await store.open(session);
    expect(await store.find(session.id)).toEqual({ kind: "found", session, emergency: NO_EMERGENCY });
  });

  it("does not know an id that was never stored", async () => {
    expect(await make().find(newSessionId())).toEqual({ kind: "unknown" });
  });

  it("never replaces a session, but takes the very same write twice", async () => {
    const [store, session] = [make(), newSession()];
    await store.open(session);
    await store.open(session);
    await expect(store.open({ ...session, role: newSession().role })).rejects.toThrow(
      "the session id is taken",
    );
    expect(await store.find(session.id)).toEqual({ kind: "found", session, emergency: NO_EMERGENCY });
  });

  it.each([
    ["session", (session: Session) => markerKey.session(session.id)],
    ["agent", (session: Session) => markerKey.agent(session.principal)],
    ["role", (session: Session) => markerKey.role(session.role)],
  ] as const)(
    "refuses by the %s's marker at the next call, cold and warm, and only those it names",
    async (by, keyOf) => {
      const [store, session, other] = [make(), newSession(), newSession()];
      await store.open(session);
      await store.open(other);
      await store.find(session.id);
      await store.mark(keyOf(session));
      expect(await store.find(session.id)).toEqual({ kind: "revoked", by });
      expect(await store.find(session.id)).toEqual({ kind: "revoked", by });
      expect(await store.find(other.id)).toMatchObject({ kind: "found" });
    },
  );

  it("tells an exchange that the agent or the role is revoked", async () => {
    const [store, session] = [make(), newSession()];
    expect(await store.standingOf(session.principal, session.role)).toMatchObject({ revoked: "none" });
    await store.mark(markerKey.role(session.role));
    expect(await store.standingOf(session.principal, session.role)).toMatchObject({ revoked: "role" });
    await store.mark(markerKey.agent(session.principal));
    expect(await store.standingOf(session.principal, session.role)).toMatchObject({ revoked: "agent" });
  });

  it("tells calls and exchanges the emergency forbid as of now, and says when it cannot be read", async () => {
    const [store, session] = [make(), newSession()];
    await store.open(session);
    await store.find(session.id);
    const rules = [ruleOf({ action: "s3:*" })];
    for (const [text, emergency] of [
      [JSON.stringify(rules), { kind: "rules", rules }],
      ["[", { kind: "unreadable" }],
      [undefined, { kind: "unreadable" }],
      ["[]", NO_EMERGENCY],
    ] as const) {
      await store.forbid(text);
      expect(await store.find(session.id)).toMatchObject({ kind: "found", emergency });
      expect(await store.standingOf(session.principal, session.role)).toEqual({ revoked: "none", emergency });
    }
  });
});

describe("the adapter", () => {
  it("refuses cold by an agent's marker", async () => {
    const session = newSession();
    await markedStore().open(session);
    await markedStore().mark(markerKey.agent(session.principal));
    expect(await markedStore().find(session.id)).toEqual({ kind: "revoked", by: "agent" });
  });

  it("reads a session that it knows, and all its markers, in one strongly consistent request", async () => {
    const requests: BatchGetItemCommand[] = [];
    const client = clientWith((command) => {
      if (command instanceof BatchGetItemCommand) requests.push(command);
      return tables.client.send(command as BatchGetItemCommand);
    });
    const [store, session] = [markedStore(client), newSession()];
    await store.open(session);
    await store.find(session.id);
    requests.length = 0;
    await store.find(session.id);
    expect(requests).toHaveLength(1);
    const asked = requests[0]?.input.RequestItems?.[STATE_TABLE];
    expect(asked?.ConsistentRead).toBe(true);
    expect(asked?.Keys?.map(({ pk }) => pk?.S)).toEqual([
      `SESSION#${session.id}`,
      markerKey.session(session.id),
      markerKey.everything,
      EMERGENCY_KEY,
      markerKey.agent(session.principal),
      markerKey.role(session.role),
    ]);
  });

  it("asks again for keys that were left unprocessed, and throws when they stay so", async () => {
    const session = newSession();
    await markedStore().open(session);
    await markedStore().mark(markerKey.session(session.id));
    expect(await markedStore(leavingOut(2)).find(session.id)).toEqual({ kind: "revoked", by: "session" });
    await expect(markedStore(leavingOut(99)).find(session.id)).rejects.toThrow("busy");
  });

  it("throws when the table is down", async () => {
    const store = markedStore(clientWith(() => Promise.reject(new Error("down"))));
    await expect(store.find(newSessionId())).rejects.toThrow("down");
    await expect(store.open(newSession())).rejects.toThrow("down");
  });

  it.each([
    ["a session of another id", (session: Session) => ({ ...session, id: newSessionId() })],
    ["a role that is none", (session: Session) => ({ ...session, role: "*" })],
    ["no principal", ({ principal: _gone, ...rest }: Session) => rest],
    ["an expiry that is no number", (session: Session) => ({ ...session, expiresAt: "never" })],
  ])("throws on a stored item with %s", async (_what, spoil) => {
    const session = newSession();
    const record = JSON.stringify(spoil(session));
    const item = { pk: { S: `SESSION#${session.id}` }, record: { S: record } };
    await tables.client.send(new PutItemCommand({ TableName: STATE_TABLE, Item: item }));
    await expect(markedStore().find(session.id)).rejects.toThrow("cannot be read");
  });

  it("stores nothing that signs: no secret and no token is among the attributes", async () => {
    const { Items } = await tables.client.send(new ScanCommand({ TableName: STATE_TABLE }));
    const names = new Set(Items?.flatMap((item) => Object.keys(item)));
    expect([...names].sort()).toEqual(["agent", "pk", "record", "rules", "ttl"]);
  });

  // Last: the marker stays in the table.
  it("refuses every session and exchange by the marker for everything", async () => {
    const [store, session] = [markedStore(), newSession()];
    await store.open(session);
    await store.mark(markerKey.everything);
    expect(await store.find(session.id)).toEqual({ kind: "revoked", by: "everything" });
    expect(await store.standingOf(session.principal, session.role)).toMatchObject({ revoked: "everything" });
  });
});

/** A client that leaves the marker of the session unprocessed for so many requests. */
function leavingOut(times: number): DynamoDBClient {
  let left = times;
  return clientWith(async (command) => {
    const keys = (command as BatchGetItemCommand).input.RequestItems?.[STATE_TABLE]?.Keys ?? [];
    const [held, rest] = [keys.filter(isSessionMarker), keys.filter((key) => !isSessionMarker(key))];
    if (held.length === 0 || left === 0) return tables.client.send(command as BatchGetItemCommand);
    left -= 1;
    const UnprocessedKeys = { [STATE_TABLE]: { Keys: held, ConsistentRead: true } };
    if (rest.length === 0) return { Responses: {}, UnprocessedKeys };
    const RequestItems = { [STATE_TABLE]: { Keys: rest, ConsistentRead: true } };
    return { ...(await tables.client.send(new BatchGetItemCommand({ RequestItems }))), UnprocessedKeys };
  });
}

function isSessionMarker(key: Record<string, { S?: string }>): boolean {
  return key.pk?.S?.startsWith("REVOKED#SESSION#") === true;
}

function clientWith(send: (command: unknown) => Promise<unknown>): DynamoDBClient {
  return { send } as unknown as DynamoDBClient;
}
