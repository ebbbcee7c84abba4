// An export is what was sealed and what the table holds: untouched it verifies, and a table that was touched shows.

import { beforeEach, describe, expect, it } from "vitest";
import { checkpoint } from "../../lambdas/flow/checkpoint.ts";
import { exportLines } from "../../lambdas/flow/export.ts";
import { verifyExport } from "../../lib/verify-export.ts";
import { fakeCheckpointStore, fakeSigner, fakeTable } from "../fakes/checkpoints.ts";

const START = Date.UTC(2026, 0, 2, 3, 4);
const MINUTE = 60_000;
const DAY = { fromMs: START - 720 * MINUTE, untilMs: START + 720 * MINUTE };

async function world() {
  let now = START;
  const clock = { nowMs: () => now };
  const [table, store, signer] = [fakeTable(clock), fakeCheckpointStore(), fakeSigner()];
  const texts = {
    read: async (keys: readonly { readonly pk: string; readonly sk: string }[]) =>
      [...table.items.values()]
        .filter((item) => keys.some(({ pk, sk }) => pk === item.pk && sk === item.sk))
        .map(({ pk, sk, record }) => ({ pk, sk, record }))
        .reverse(),
  };
  const seal = { clock, index: table, store, signer, deployment: "d" };
  await checkpoint(seal);
  // Of eight records in four minutes the fourth comes into the index three minutes late.
  for (let each = 0; each < 8; each += 1) {
    const stored = { pk: "SESSION#S", sk: `CALL#${each}#INTENT`, record: `{"n":${each}}` };
    table.write(stored, START + each * 30_000, each === 3 ? 3 * MINUTE : 0);
  }
  for (let minute = 1; minute <= 10; minute += 1) {
    now = START + minute * MINUTE;
    await checkpoint(seal);
  }
  const exported = async (span = DAY) => {
    const lines: string[] = [];
    for await (const line of exportLines(span, { store, index: table, texts })) lines.push(line);
    return lines;
  };
  const verified = async () => verifyExport(await exported(), signer.publicKeyPem);
  return { table, store, exported, verified };
}

let sealed: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  sealed = await world();
});

describe("an export", () => {
  it("of everything verifies, with the record that came late", async () => {
    expect(await sealed.verified()).toMatchObject({ ok: true, first: 1, last: 11, records: 8 });
  });

  it.each<[string, number, number, number, number]>([
    ["one minute", 0, MINUTE, 3, 3],
    ["a moment", 5, 6, 3, 3],
    ["two half minutes", 30_000, 90_000, 3, 4],
    ["more than there is", -9 * MINUTE, 99 * MINUTE, 1, 11],
  ])("of %s holds the checkpoints that touch it", async (_what, from, until, first, last) => {
    const [header = ""] = await sealed.exported({ fromMs: START + from, untilMs: START + until });
    expect(JSON.parse(header)).toMatchObject({ first, last });
  });

  it.each<[string, number, number]>([
    ["before the first checkpoint", -9 * MINUTE, -8 * MINUTE],
    ["that is not sealed yet", 20 * MINUTE, 30 * MINUTE],
    ["of no time", MINUTE, MINUTE],
  ])("of a span %s has no lines", async (_what, from, until) => {
    expect(await sealed.exported({ fromMs: START + from, untilMs: START + until })).toEqual([]);
  });

  it("of a table that lost a record says which", async () => {
    const [leaf] = [...sealed.table.items].find(([, { sk }]) => sk === "CALL#4#INTENT") ?? [];
    sealed.table.items.delete(leaf ?? "");
    const verdict = await sealed.verified();
    expect(verdict).toMatchObject({ ok: false, fault: { kind: "dropped" } });
    expect(JSON.stringify(verdict)).toContain("CALL#5#INTENT");
  });

  it("of a table in which a record was changed says which", async () => {
    const [leaf = "", item] = [...sealed.table.items].find(([, { sk }]) => sk === "CALL#4#INTENT") ?? [];
    if (item !== undefined) sealed.table.items.set(leaf, { ...item, record: '{"n":44}' });
    const verdict = await sealed.verified();
    expect(verdict).toMatchObject({ ok: false, fault: { kind: "changed" } });
    expect(JSON.stringify(verdict)).toContain("CALL#4#INTENT");
  });

  it("of no checkpoints has no lines", async () => {
    sealed.store.stored.clear();
    expect(await sealed.exported()).toEqual([]);
  });
});
