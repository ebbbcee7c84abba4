// A held session is copied whole, goes on being copied, and is lifted by an order alone; an order that was cut short says
// so and is repeated without harm.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { extendHolds, placeHold, releaseHold } from "../../lambdas/flow/legal-hold.ts";
import { nextLook } from "../../lambdas/recording/holds.ts";
import { leafHashOf } from "../../lambdas/recording/leaf.ts";
import { SESSION } from "../recording/facts.ts";
import { DIGEST, LARGE, LATER, NOW_MS, recordOf, world } from "./held-session.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

describe("a legal hold", () => {
  it("copies every record with its leaf, and the payloads that they name, each under hold", async () => {
    const { dependencies, holds, records, copied, held } = await world();
    expect(await placeHold(SESSION, LATER, dependencies)).toEqual({
      kind: "held",
      copied: { records: 3, payloads: 1, missing: [], whole: true },
    });
    expect(copied().toSorted()).toEqual(records.map(leafHashOf).toSorted());
    expect(holds.objects.get(`holds/${SESSION}/payloads/${DIGEST}`)?.bytes).toEqual(Uint8Array.from(LARGE));
    expect(new Set(held())).toEqual(new Set(["ON"]));
  });

  it("placed again copies nothing twice", async () => {
    const { dependencies, holds } = await world();
    await placeHold(SESSION, LATER, dependencies);
    const before = holds.objects.size;
    expect(await placeHold(SESSION, LATER, dependencies)).toMatchObject({
      copied: { records: 0, payloads: 0 },
    });
    expect(holds.objects.size).toBe(before);
  });

  it("of a session that never was is refused, and leaves no mark", async () => {
    const { dependencies, holds } = await world();
    holds.stored.clear();
    expect(await placeHold(SESSION, LATER, dependencies)).toEqual({ kind: "unknown" });
    expect(holds.marked.size).toBe(0);
  });

  it.each([0, 1, 2])("cut short at write %i fails, and the next look carries it out", async (writes) => {
    const { dependencies, holds, copied } = await world();
    holds.failAfter = writes;
    await expect(placeHold(SESSION, LATER, dependencies)).rejects.toThrow("down");
    expect(await extendHolds(LATER, dependencies)).toMatchObject({ sessions: 1, failed: 0 });
    expect(copied()).toHaveLength(3);
    expect(holds.objects.size).toBe(3); // two pages of records, one payload
  });

  it("that runs out of time says so, stays due, and goes on at the next look", async () => {
    const { dependencies, holds, copied } = await world();
    expect(await placeHold(SESSION, NOW_MS, dependencies)).toMatchObject({ copied: { whole: false } });
    expect(await holds.marks.due(NOW_MS / 1_000)).toEqual([SESSION]);
    expect(await extendHolds(LATER, dependencies)).toMatchObject({ sessions: 1, records: 3, payloads: 1 });
    expect(copied()).toHaveLength(3);
    expect(await holds.marks.due(NOW_MS / 1_000)).toEqual([]);
  });

  it("names a payload that is gone, and copies the rest", async () => {
    const { dependencies, payloads, copied } = await world();
    payloads.objects.clear();
    expect(await placeHold(SESSION, LATER, dependencies)).toMatchObject({ copied: { missing: [DIGEST] } });
    expect(copied()).toHaveLength(3);
  });

  it("goes on: what the session records afterwards is copied at the next look, and not before it is due", async () => {
    const { dependencies, clock, holds, records, copied } = await world();
    await placeHold(SESSION, LATER, dependencies);
    records.unshift(recordOf("CALL#0#OUTCOME"));
    expect(await extendHolds(LATER, dependencies)).toMatchObject({ sessions: 0 });
    clock.ms += 61_000;
    expect(await extendHolds(clock.ms + 1_000, dependencies)).toMatchObject({ sessions: 1, records: 1 });
    expect(copied()).toHaveLength(4);
    expect(holds.marked.get(SESSION)?.dueAt).toBeGreaterThan(clock.ms / 1_000);
  });

  it("is looked at each minute while the session goes on, then less often, never less than once a day", () => {
    const hour = 3_600_000;
    expect(nextLook(NOW_MS, NOW_MS + hour) * 1_000 - NOW_MS).toBe(60_000);
    expect(nextLook(NOW_MS, NOW_MS - 8 * hour) * 1_000 - NOW_MS).toBe(hour);
    expect(nextLook(NOW_MS, NOW_MS - 9_000 * hour) * 1_000 - NOW_MS).toBe(24 * hour);
  });
});

describe("a session that somebody copies", () => {
  it("is left alone by others until that one ends, or its time is over", async () => {
    const { dependencies, clock, holds, copied } = await world();
    const mark = { session: SESSION, status: "held", expiresMs: LATER, dueAt: 1 } as const;
    await holds.marks.put(mark);
    await holds.marks.claim(SESSION, clock.ms, clock.ms + 300_000);
    expect(await placeHold(SESSION, LATER, dependencies)).toMatchObject({ copied: { whole: false } });
    expect(await extendHolds(LATER, dependencies)).toMatchObject({ records: 0, failed: 0 });
    expect(copied()).toEqual([]);
    clock.ms += 300_000;
    expect(await extendHolds(clock.ms + 1_000, dependencies)).toMatchObject({ records: 3, payloads: 1 });
  });

  it("is not free before: its release lifts what is there, and is to be repeated", async () => {
    const { dependencies, clock, holds, held } = await world();
    await placeHold(SESSION, LATER, dependencies);
    await holds.marks.claim(SESSION, clock.ms, clock.ms + 1_000);
    const released = { kind: "released", objects: 3 };
    expect(await releaseHold(SESSION, LATER, dependencies)).toEqual({ ...released, whole: false });
    expect(new Set(held())).toEqual(new Set(["OFF"]));
    expect(holds.marked.get(SESSION)?.status).toBe("releasing");
    await holds.marks.endClaim(SESSION, clock.ms + 1_000);
    expect(await releaseHold(SESSION, LATER, dependencies)).toEqual({ ...released, whole: true });
    expect(holds.marked.get(SESSION)?.status).toBe("released");
  });
});

describe("the release of a hold", () => {
  it("lifts every copy's hold, and nothing is copied any more", async () => {
    const { dependencies, clock, holds, records, held } = await world();
    await placeHold(SESSION, LATER, dependencies);
    expect(await releaseHold(SESSION, LATER, dependencies)).toEqual({
      kind: "released",
      objects: 3,
      whole: true,
    });
    expect(new Set(held())).toEqual(new Set(["OFF"]));
    records.push(recordOf("CALL#3#OUTCOME"));
    clock.ms += 86_400_000;
    await extendHolds(clock.ms + 1_000, dependencies);
    expect(holds.objects.size).toBe(3);
  });

  it("cut short leaves a mark that says so, and is carried out when it is ordered again", async () => {
    const { dependencies, holds, held } = await world();
    await placeHold(SESSION, LATER, dependencies);
    holds.failAfter = 1;
    await expect(releaseHold(SESSION, LATER, dependencies)).rejects.toThrow("down");
    expect(holds.marked.get(SESSION)?.status).toBe("releasing");
    await releaseHold(SESSION, LATER, dependencies);
    expect(held()).toEqual(["OFF", "OFF", "OFF"]);
    expect(holds.marked.get(SESSION)?.status).toBe("released");
  });

  it("is taken back by a new hold, which holds the old copies too", async () => {
    const { dependencies, held } = await world();
    await placeHold(SESSION, LATER, dependencies);
    await releaseHold(SESSION, LATER, dependencies);
    await placeHold(SESSION, LATER, dependencies);
    expect(new Set(held())).toEqual(new Set(["ON"]));
  });
});
