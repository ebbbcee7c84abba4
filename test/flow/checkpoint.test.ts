// Each minute is sealed once, in order, and no record is left out, however late the index shows it.

import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type CheckpointDependencies, checkpoint } from "../../lambdas/flow/checkpoint.ts";
import { checkpointHash, parseCheckpoint, rootOfLeaves } from "../../lambdas/recording/checkpoint.ts";
import { fakeCheckpointStore, fakeSigner, fakeTable } from "../fakes/checkpoints.ts";

const START = Date.UTC(2026, 0, 2, 3, 4);
const MINUTE = 60_000;

function world() {
  let now = START;
  const clock = { nowMs: () => now };
  const [table, store, signer] = [fakeTable(clock), fakeCheckpointStore(), fakeSigner()];
  const dependencies = {
    clock,
    index: table,
    store,
    signer,
    deployment: "d",
  } satisfies CheckpointDependencies;
  let written = 0;
  return {
    table,
    store,
    signer,
    dependencies,
    to: (ms: number) => {
      now = ms;
    },
    write: (writtenMs: number, lagMs = 0) => {
      written += 1;
      table.write(
        { pk: "SESSION#S", sk: `CALL#${written}#INTENT`, record: `{"n":${written}}` },
        writtenMs,
        lagMs,
      );
    },
    chain: () =>
      [...store.stored]
        .sort(([a], [b]) => a - b)
        .map(([, line]) => {
          const read = parseCheckpoint(line.checkpoint);
          if (read === undefined) throw new Error("a stored checkpoint is not canonical");
          return { ...read, line };
        }),
  };
}

describe("a minute", () => {
  it("is sealed one minute after its end, not a millisecond sooner", async () => {
    const { to, dependencies, store, chain } = world();
    await checkpoint(dependencies);
    expect(chain()).toMatchObject([{ sequence: 1, from: "2026-01-02T03:02:00.000Z" }]);
    to(START + MINUTE - 1);
    expect(await checkpoint(dependencies)).toMatchObject({ checkpoints: 0, minutesBehind: 0 });
    to(START + MINUTE);
    expect(await checkpoint(dependencies)).toMatchObject({ checkpoints: 1 });
    expect(store.stored.size).toBe(2);
  });

  it("counts what was written in it, by time and key, under a root that is signed", async () => {
    const { to, write, dependencies, signer, table, chain } = world();
    await checkpoint(dependencies);
    for (const second of [30, 0, 59.999]) write(START - MINUTE + second * 1_000);
    write(START);
    to(START + MINUTE);
    expect(await checkpoint(dependencies)).toEqual({ checkpoints: 1, records: 3, late: 0, minutesBehind: 0 });
    const sealed = chain()[1];
    const { checkpoint: text = "", signature = "", leaves = [] } = sealed?.line ?? {};
    expect(leaves.map((leaf) => table.items.get(leaf)?.sk)).toEqual([
      "CALL#2#INTENT",
      "CALL#1#INTENT",
      "CALL#3#INTENT",
    ]);
    expect(sealed).toMatchObject({
      count: 3,
      root: rootOfLeaves(leaves),
      signedAt: "2026-01-02T03:05:00.000Z",
    });
    const key = createPublicKey(signer.publicKeyPem);
    expect(verify("sha256", Buffer.from(text), key, Buffer.from(signature, "base64"))).toBe(true);
  });

  it("without records has a checkpoint as well", async () => {
    const { dependencies, chain } = world();
    await checkpoint(dependencies);
    expect(chain()).toMatchObject([{ count: 0, root: rootOfLeaves([]), previous: null }]);
  });
});

describe("the chain", () => {
  it("is dense, each checkpoint naming the one before, after an hour without any", async () => {
    const { to, write, dependencies, chain, table } = world();
    await checkpoint(dependencies);
    for (let minute = -1; minute < 90; minute += 1) write(START + minute * MINUTE + 10);
    to(START + 90 * MINUTE);
    expect(await checkpoint(dependencies)).toMatchObject({ checkpoints: 60, minutesBehind: 30 });
    expect(await checkpoint(dependencies)).toMatchObject({ checkpoints: 30, minutesBehind: 0 });
    const all = chain();
    for (const [index, { sequence, from, previous }] of all.entries()) {
      const before = all[index - 1];
      expect(sequence).toBe(index + 1);
      expect(previous).toBe(before === undefined ? null : checkpointHash(before.line.checkpoint));
      if (before !== undefined) expect(from).toBe(before.to);
    }
    // All but the record of the last minute, which is not settled.
    expect(all.flatMap(({ line }) => line.leaves)).toHaveLength(table.items.size - 1);
  });

  it("does not fork when two seal at once", async () => {
    const { to, write, dependencies, chain } = world();
    await checkpoint(dependencies);
    write(START - 1);
    to(START + 3 * MINUTE);
    await Promise.all([checkpoint(dependencies), checkpoint(dependencies), checkpoint(dependencies)]);
    expect(chain().map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(chain().flatMap(({ line }) => line.leaves)).toHaveLength(1);
  });

  it("leaves the rest to the run that was quicker, whose checkpoint says something else", async () => {
    const { to, write, dependencies, store, chain } = world();
    await checkpoint(dependencies);
    write(START - 1);
    to(START + 3 * MINUTE);
    const slower = {
      ...store,
      append: async (...[sequence, line]: Parameters<typeof store.append>) => {
        // The other run does not see the record, and seals one minute only.
        const index = { writtenIn: async () => [] };
        const clock = { nowMs: () => START + MINUTE };
        if (sequence === 2) await checkpoint({ ...dependencies, index, clock });
        return store.append(sequence, line);
      },
    };
    expect(await checkpoint({ ...dependencies, store: slower })).toMatchObject({ checkpoints: 0 });
    expect(chain()).toMatchObject([{ sequence: 1 }, { sequence: 2, count: 0 }]);
    await checkpoint(dependencies);
    const [, quicker, next] = chain();
    expect(next).toMatchObject({
      count: 1,
      late: 1,
      previous: checkpointHash(quicker?.line.checkpoint ?? ""),
    });
  });

  it("goes on where it stood after a run that failed", async () => {
    const { to, dependencies, chain } = world();
    await checkpoint(dependencies);
    to(START + 2 * MINUTE);
    const sign = () => Promise.reject(new Error("down"));
    await expect(checkpoint({ ...dependencies, signer: { sign } })).rejects.toThrow("down");
    expect(chain()).toHaveLength(1);
    await checkpoint(dependencies);
    expect(chain().map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it("stops at a latest checkpoint that cannot be read", async () => {
    const { dependencies, store } = world();
    const line = { type: "checkpoint", checkpoint: "{}", signature: "", leaves: [] } as const;
    store.stored.set(1, line);
    await expect(checkpoint(dependencies)).rejects.toThrow("cannot be read");
  });
});

describe("a record that the index shows late", () => {
  it.each([0, 1, 2, 4, 6, 20, 29, 45, 600, 1_439])("by %i minutes is sealed once", async (lag) => {
    const { to, write, dependencies, chain } = world();
    await checkpoint(dependencies);
    write(START, lag * MINUTE);
    write(START + 5, 0);
    for (let minute = 1; minute <= 1_450; minute += 10) {
      to(START + (minute + 9) * MINUTE);
      await checkpoint(dependencies);
    }
    const sealed = chain();
    expect(sealed.flatMap(({ line }) => line.leaves).toSorted()).toHaveLength(2);
    expect(new Set(sealed.flatMap(({ line }) => line.leaves)).size).toBe(2);
  });

  it("is marked, after the records of the minute in which it came", async () => {
    const { to, write, dependencies, chain, table } = world();
    await checkpoint(dependencies);
    write(START, 2.5 * MINUTE);
    for (let minute = 1; minute <= 4; minute += 1) {
      write(START + minute * MINUTE);
      to(START + minute * MINUTE);
      await checkpoint(dependencies);
    }
    const marked = chain().filter(({ late }) => late > 0);
    expect(marked).toMatchObject([{ from: "2026-01-02T03:05:00.000Z", count: 2, late: 1 }]);
    const last = marked[0]?.line.leaves.at(-1) ?? "";
    expect(table.items.get(last)?.sk).toBe("CALL#1#INTENT");
  });

  it("was written before the first checkpoint: it is sealed within a day", async () => {
    const { to, write, dependencies, chain } = world();
    for (const hours of [0.1, 1, 23]) write(START - hours * 60 * MINUTE);
    await checkpoint(dependencies);
    for (let minute = 30; minute <= 1_440; minute += 30) {
      to(START + minute * MINUTE);
      await checkpoint(dependencies);
    }
    expect(chain().flatMap(({ line }) => line.leaves)).toHaveLength(3);
  });
});
