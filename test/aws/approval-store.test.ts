// The store of approvals against dynalite: its contract, its races (60 runs each, `COUNTERSIGN_RACES=200` more), and what a crash leaves behind.

import { CreateTableCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApprovalStore } from "../../lambdas/approval/ports.ts";
import { claim, expire, finish, isFinal, vote } from "../../lambdas/approval/transitions.ts";
import { createApprovalStore } from "../../lambdas/aws/approval-store.ts";
import type { Approval } from "../../lambdas/model/approval.ts";
import { newApprovalId, newNonce } from "../../lambdas/net/randomness.ts";
import { APPROVALS, approvalOf, NOW, voteOf } from "../approval/approvals.ts";
import { type DynaliteTables, dynaliteTables } from "../fakes/dynalite-tables.ts";

const TABLE = "approvals-state";
const RUNS = Number(process.env.COUNTERSIGN_RACES ?? 60);
let tables: DynaliteTables;
let nowMs = NOW * 1_000;

beforeAll(async () => {
  tables = await dynaliteTables();
  await tables.client.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "inbox", AttributeType: "S" },
        { AttributeName: "openedAt", AttributeType: "N" },
      ],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [
        {
          IndexName: "inbox",
          KeySchema: [
            { AttributeName: "inbox", KeyType: "HASH" },
            { AttributeName: "openedAt", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 30));
});
afterAll(() => tables.close());

const storeOn = (client = tables.client): ApprovalStore =>
  createApprovalStore({
    client,
    table: TABLE,
    clock: { nowMs: () => nowMs },
    pause: async () => {},
    random: () => 0,
    newNonce,
  });
const fresh = (changes: Partial<Approval> = {}): Approval =>
  approvalOf({ id: newApprovalId(), fingerprint: newNonce(), ...changes });
const opened = async (store: ApprovalStore, changes: Partial<Approval> = {}): Promise<Approval> => {
  const approval = fresh(changes);
  expect(await store.open(approval, null)).toEqual({ kind: "opened" });
  return approval;
};
const yes = (name: string) => (a: Approval) => vote(a, voteOf(name, "approve"), APPROVALS, NOW);
const no = (a: Approval) => vote(a, voteOf("Ben", "reject", "no"), APPROVALS, NOW);
const take = (a: Approval) => claim(a, { by: "call", now: NOW, demand: a.demand, approvals: APPROVALS });

describe("the store", () => {
  it("gives back an approval as it was opened, its request and its token apart", async () => {
    const [store, approval] = [storeOn(), fresh({ demand: { ...approvalOf().demand, run: "stored" } })];
    expect(await store.open(approval, "sealed")).toEqual({ kind: "opened" });
    expect(await store.find(approval.id)).toEqual(approval);
    expect(await store.openFor(approval.fingerprint)).toBe(approval.id);
    expect(await store.requestOf(approval.id)).toBe("sealed");
    expect(await store.tokenOf(approval.id)).toBeUndefined();
    await store.putToken(approval.id, "t1");
    await store.putToken(approval.id, "t2");
    expect(await store.tokenOf(approval.id)).toBe("t2");
    await store.change(approval.id, no);
    expect(await store.requestOf(approval.id)).toBeUndefined();
    expect(await store.openFor(approval.fingerprint)).toBeUndefined();
  });

  it("keeps the token of no approval that it does not know", async () => {
    await expect(storeOn().putToken(newApprovalId(), "t")).rejects.toThrow();
    expect(await storeOn().change(newApprovalId(), no)).toEqual({ kind: "unknown" });
  });

  it("opens one of fifty that come at once, and names it to the others", async () => {
    const [store, fingerprint] = [storeOn(), newNonce()];
    const results = await Promise.all(
      Array.from({ length: 50 }, () => store.open(fresh({ fingerprint }), null)),
    );
    expect(results.filter(({ kind }) => kind === "opened")).toHaveLength(1);
    const id = await store.openFor(fingerprint);
    expect(results.flatMap((result) => (result.kind === "exists" ? [result.id] : []))).toEqual(
      Array(49).fill(id),
    );
  });

  it("opens anew after a final one, and after one that nobody ended in time", async () => {
    const store = storeOn();
    const first = await opened(store);
    await store.change(first.id, no);
    const second = await opened(store, { fingerprint: first.fingerprint });
    expect(await store.open(fresh({ fingerprint: first.fingerprint }), null)).toEqual({
      kind: "exists",
      id: second.id,
    });
    nowMs = second.expiresAt * 1_000;
    await opened(store, { fingerprint: first.fingerprint });
    nowMs = NOW * 1_000;
  });

  it("keeps one that is done in reach for a day", async () => {
    const store = storeOn();
    const { id, fingerprint } = await opened(store);
    for (const step of [yes("Ada"), take, (a: Approval) => finish(a, "done", null, "x")])
      await store.change(id, step);
    nowMs = (NOW + 86_399) * 1_000;
    expect(await store.openFor(fingerprint)).toBe(id);
    nowMs = (NOW + 86_400) * 1_000;
    expect(await store.openFor(fingerprint)).toBeUndefined();
    nowMs = NOW * 1_000;
  });

  it("takes over the pointer to an approval that was never written, after 30 seconds", async () => {
    const [store, fingerprint, lost] = [storeOn(), newNonce(), newApprovalId()];
    const Item = { pk: { S: `OPEN#${fingerprint}` }, approval: { S: lost }, at: { N: String(NOW) } };
    await tables.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    nowMs = (NOW + 29) * 1_000;
    expect(await store.open(fresh({ fingerprint }), null)).toEqual({ kind: "exists", id: lost });
    nowMs = (NOW + 30) * 1_000;
    await opened(store, { fingerprint });
    nowMs = NOW * 1_000;
  });

  it("lists what is open, oldest first, in pages, and drops what ended", async () => {
    const store = storeOn();
    const made = [];
    for (const openedAt of [3, 1, 2]) made.push(await opened(store, { openedAt }));
    await store.change(made[2]?.id ?? newApprovalId(), no);
    const page = await store.listOpen(1);
    expect(page.approvals.map(({ openedAt }) => openedAt)).toEqual([1]);
    const rest = await store.listOpen(100, page.next);
    expect(rest.approvals[0]?.openedAt).toBe(3);
    expect(rest.approvals.every(({ status }) => !isFinal(status))).toBe(true);
    expect((await store.listOpen(1, "x'; --")).approvals[0]?.openedAt).toBe(1);
    const Key = { pk: { S: `APPROVAL#${made[2]?.id}` } };
    const { Item } = await tables.client.send(new GetItemCommand({ TableName: TABLE, Key }));
    expect(Object.keys(Item ?? {}).sort()).toEqual([
      "agent",
      "pk",
      "record",
      "status",
      "ttl",
      "version",
      "writes",
    ]);
  });

  it("refuses an item that is another approval's", async () => {
    const store = storeOn();
    const { id } = await opened(store);
    const record = { S: JSON.stringify(fresh()) };
    const Item = { pk: { S: `APPROVAL#${id}` }, record, version: { N: "1" }, writes: { S: "n" } };
    await tables.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await expect(store.find(id)).rejects.toMatchObject({ code: "record_failed" });
  });

  it("counts its own write as made when the first answer was lost", async () => {
    const repeating = {
      send: async (command: never) => {
        if ((command as object).constructor.name !== "GetItemCommand") await tables.client.send(command);
        return tables.client.send(command);
      },
    } as unknown as DynaliteTables["client"];
    const approval = await opened(storeOn(repeating));
    await storeOn().change(approval.id, yes("Ada"));
    expect((await storeOn(repeating).change(approval.id, take)).kind).toBe("changed");
  });
});

describe(`races, ${RUNS} runs each: exactly one wins`, () => {
  const race = async (
    steps: readonly ((a: Approval) => ReturnType<typeof no | typeof take | typeof expire>)[],
    before: readonly (typeof no)[] = [],
  ) => {
    const store = storeOn();
    const { id } = await opened(store);
    for (const step of before) await store.change(id, step);
    const results = await Promise.all(steps.map((step) => store.change(id, step)));
    return { kinds: results.map(({ kind }) => kind).sort(), end: await store.find(id) };
  };
  it.each<[string, Parameters<typeof race>, readonly string[]]>([
    ["two approvers", [[yes("Ada"), yes("Ben")]], ["approved"]],
    ["approve against reject", [[yes("Ada"), no]], ["approved", "rejected"]],
    [
      "approve against expire",
      [
        [
          yes("Ada"),
          (a) => (a.status === "pending" ? expire(a, NOW + 3_600) : { kind: "keep", reason: "not_open" }),
        ],
      ],
      ["approved", "expired"],
    ],
    ["two claims", [[take, take], [yes("Ada")]], ["running"]],
  ])("%s", async (_name, given, ends) => {
    for (let run = 0; run < RUNS; run += 1) {
      const { kinds, end } = await race(...given);
      expect(kinds).toEqual(["changed", "unchanged"]);
      expect(ends).toContain(end?.status);
      expect(end?.votes.length).toBeLessThanOrEqual(1);
    }
  });
});
