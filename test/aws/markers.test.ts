// A marker is in force from its writing to its removal: one contract, held by the adapter over DynamoDB and by the fake.

import { DeleteItemCommand, GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMarkers } from "../../lambdas/aws/markers.ts";
import { markerKey } from "../../lambdas/aws/session-store.ts";
import type { Marker, Markers } from "../../lambdas/flow/api/ports.ts";
import type { OrderTarget } from "../../lambdas/model/record.ts";
import { newNonce, newSessionId } from "../../lambdas/net/randomness.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { fakeMarkers } from "../fakes/markers.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

const adapter = (): Markers => createMarkers({ client: tables.client, table: STATE_TABLE });
const MARKER: Marker = {
  by: "Ada",
  at: "2026-01-02T03:04:05.006Z",
  reason: 'a "key" leaked}\u{1f511}',
  order: "r-1",
};
const ISSUER = "https://idp.example.com";
const targets = (): readonly OrderTarget[] => [
  { kind: "session", id: newSessionId() },
  { kind: "agent", id: `${ISSUER}|auth0|${newNonce()}` },
  { kind: "role", id: `arn:aws:iam::111122223333:role/${newNonce()}` },
];

describe.each<[string, () => Markers]>([
  ["the adapter", adapter],
  ["the fake", fakeMarkers],
])("markers: %s", (_, make) => {
  it("are in force from being put to being removed, each for itself", async () => {
    const markers = make();
    const all = [...targets(), { kind: "everything", id: null } as const];
    for (const target of all) {
      expect(await markers.inForce([target])).toEqual([]);
      await markers.put(target, MARKER);
    }
    expect(await markers.inForce(all)).toEqual(all.map((target) => ({ target, marker: MARKER })));
    for (const target of all) {
      await markers.remove(target);
      expect(await markers.inForce([target])).toEqual([]);
    }
    expect(await markers.inForce([])).toEqual([]);
  });

  it("may be put and removed twice, and hold the last order", async () => {
    const markers = make();
    const [target = { kind: "everything", id: null } as OrderTarget] = targets();
    await markers.put(target, MARKER);
    await markers.put(target, { ...MARKER, order: "r-2" });
    expect(await markers.inForce([target])).toEqual([{ target, marker: { ...MARKER, order: "r-2" } }]);
    await markers.remove(target);
    await markers.remove(target);
    expect(await markers.inForce([target])).toEqual([]);
  });

  it("are listed until they are removed", async () => {
    const markers = make();
    const all = targets();
    for (const target of all) await markers.put(target, MARKER);
    const [first, ...rest] = all;
    if (first !== undefined) await markers.remove(first);
    const { targets: found, complete } = await markers.listed();
    for (const target of rest) expect(found).toContainEqual(target);
    expect(found).not.toContainEqual(first);
    expect(complete).toBe(true);
  });
});

describe("markers in the table", () => {
  it("lie under the very keys that stop calls", async () => {
    const session = newSessionId();
    await adapter().put({ kind: "session", id: session }, MARKER);
    await adapter().put({ kind: "agent", id: `${ISSUER}|a|b` }, MARKER);
    await adapter().put({ kind: "everything", id: null }, MARKER);
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: STATE_TABLE }));
    const keys = Items.map(({ pk }) => pk?.S);
    const agent = markerKey.agent({ issuer: ISSUER, subject: "a|b" });
    for (const key of [markerKey.session(session), agent, "REVOKED#ALL"]) expect(keys).toContain(key);
    await adapter().remove({ kind: "everything", id: null });
  });

  it("are in force by nobody known when their text is not ours", async () => {
    const target = { kind: "role", id: "arn:aws:iam::111122223333:role/by-hand" } as const;
    for (const record of [
      undefined,
      "{",
      "null",
      "[]",
      '{"by":"x"}',
      '{"by":1,"at":2,"reason":3,"order":4}',
    ]) {
      const item = {
        pk: { S: `REVOKED#ROLE#${target.id}` },
        ...(record !== undefined && { record: { S: record } }),
      };
      await tables.client.send(new PutItemCommand({ TableName: STATE_TABLE, Item: item }));
      expect(await adapter().inForce([target])).toEqual([{ target, marker: null }]);
    }
    await tables.client.send(
      new DeleteItemCommand({ TableName: STATE_TABLE, Key: { pk: { S: `REVOKED#ROLE#${target.id}` } } }),
    );
  });

  it("are asked for by the hundred, more than one batch of them", async () => {
    const many = Array.from({ length: 230 }, () => ({ kind: "session", id: newSessionId() }) as const);
    const [, , marked] = [many[0], many[1], many[229]];
    if (marked !== undefined) await adapter().put(marked, MARKER);
    expect(await adapter().inForce([...many, ...many.slice(0, 5)])).toEqual([
      { target: marked, marker: MARKER },
    ]);
  });

  it.each<OrderTarget>([
    { kind: "session", id: "ALL" },
    { kind: "agent", id: "nobody" },
    { kind: "role", id: "*" },
    { kind: "role", id: null },
  ])("are written for no target of another form: %j", async (target) => {
    await expect(adapter().put(target, MARKER)).rejects.toThrow("nothing that can be revoked");
    const key = { pk: { S: `REVOKED#${target.kind.toUpperCase()}#${target.id}` } };
    const { Item } = await tables.client.send(new GetItemCommand({ TableName: STATE_TABLE, Key: key }));
    expect(Item).toBeUndefined();
  });
});
