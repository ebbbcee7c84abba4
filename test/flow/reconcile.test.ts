import { beforeEach, describe, expect, it, vi } from "vitest";
import { CountersignError } from "../../lambdas/boundary/errors.ts";
import { LOST_AFTER_MS } from "../../lambdas/flow/close-lost.ts";
import { type ReconcileDependencies, reconcile } from "../../lambdas/flow/reconcile.ts";
import type { Approval } from "../../lambdas/model/approval.ts";
import type { Intent } from "../../lambdas/model/record.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import { type CallKey, callItemKey, callKeyOf } from "../../lambdas/recording/keys.ts";
import { startOfMinute } from "../../lambdas/recording/minutes.ts";
import { approvalOf } from "../approval/approvals.ts";
import { fakeCallLog } from "../fakes/call-log.ts";
import { fakeTable } from "../fakes/checkpoints.ts";
import { intent, outcome } from "../recording/facts.ts";

const START = Date.parse("2026-01-02T03:04:05.006Z");
const MINUTE = 60_000;

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

/** A table whose index may lag, a log, and the minutes going by. */
function world() {
  const clock = { ms: START, nowMs: () => clock.ms };
  const table = fakeTable(clock);
  const log = fakeCallLog();
  const cursors = new Map<string, number>();
  const started: string[] = [];
  const approvals: Approval[] = [];
  const broken: { index?: Error; workflow?: Error } = {};
  let serial = 0;
  const dependencies: ReconcileDependencies = {
    clock,
    log,
    index: {
      writtenIn: async (startMs) => {
        if (broken.index !== undefined) throw broken.index;
        return table.writtenIn(startMs);
      },
    },
    intents: {
      async openIntentOf(key) {
        if ((await log.outcomeOf(key)) !== "none") return "ended";
        const { pk, sk } = callItemKey(key, "INTENT");
        const found = log.records.find(({ key: at }) => at.pk === pk && at.sk === sk)?.record;
        return found?.phase === "INTENT" ? found : "ended";
      },
    },
    cursor: {
      at: async (walk) => cursors.get(walk) ?? "none",
      moveTo: async (walk, ms) => void cursors.set(walk, Math.max(ms, cursors.get(walk) ?? 0)),
    },
    opened: {
      openedBetween: async (from, to) =>
        approvals.filter(({ openedAt }) => openedAt >= from && openedAt <= to),
    },
    workflow: {
      start: async (id) => {
        if (broken.workflow !== undefined) throw broken.workflow;
        started.push(id);
      },
    },
    deployment: { approvals: null },
  };
  const write = async (phase: "INTENT" | "OUTCOME", key: CallKey, lagMs = 0): Promise<void> => {
    const at = new Date(clock.ms).toISOString();
    const record = phase === "INTENT" ? { ...INTENT, at } : { ...outcome(), at };
    if (record.phase === "INTENT") await log.appendIntent(key, record);
    else await log.appendOutcome(key, record);
    table.write({ ...callItemKey(key, phase), record: JSON.stringify(record) }, clock.ms, lagMs);
  };
  return {
    ...{ clock, table, log, cursors, started, approvals, broken, dependencies, write },
    newKey(): CallKey {
      serial += 1;
      return callKeyOf(newSessionId(), { kind: "invocation", id: `${serial}` }, "f");
    },
    run: () => reconcile(dependencies),
    /** Each minute once, as its schedule does. */
    async minutes(count: number): Promise<number> {
      let closed = 0;
      for (let minute = 0; minute < count; minute += 1) {
        clock.ms += MINUTE;
        closed += (await reconcile(dependencies)).closed;
      }
      return closed;
    },
  };
}

const INTENT: Intent = intent();

describe("a call whose function was killed", () => {
  it("is closed as in doubt within five minutes, with what its intent knows", async () => {
    for (const offset of [0, 1, 29_999, 54_993, 54_994, 59_999]) {
      const { clock, run, write, newKey, log, minutes } = world();
      await run();
      clock.ms += offset;
      const began = clock.ms;
      const key = newKey();
      await write("INTENT", key);
      expect(await minutes(4)).toBe(1);
      const end = await log.outcomeOf(key);
      if (end === "none") throw new Error("it has no end");
      expect(Date.parse(end.at) - began, `${offset}`).toBeLessThanOrEqual(300_000);
      expect(Date.parse(end.at) - began, `${offset}`).toBeGreaterThanOrEqual(LOST_AFTER_MS);
      const { phase: _, at: __, ...known } = INTENT;
      expect(end).toMatchObject({
        ...known,
        ...{ phase: "OUTCOME", ending: "in_doubt", status: 400, code: "RequestInDoubt" },
        ...{ mayHaveRun: true, awsRequestId: null, closedBy: "reconciler" },
      });
    }
  });

  it("is not closed while its function may still be alive", async () => {
    const { clock, run, write, newKey } = world();
    await run();
    await write("INTENT", newKey());
    clock.ms += LOST_AFTER_MS - 1;
    expect(await run()).toMatchObject({ closed: 0 });
    clock.ms += 1;
    expect(await run()).toMatchObject({ closed: 1 });
  });

  it("is closed once, also by two runs at the same time", async () => {
    const { clock, run, write, newKey, log } = world();
    await run();
    for (let count = 0; count < 40; count += 1) await write("INTENT", newKey());
    clock.ms += LOST_AFTER_MS;
    const both = await Promise.all([run(), run()]);
    expect(both.map(({ closed }) => closed).reduce((one, other) => one + other)).toBe(40);
    expect(log.records.filter(({ record }) => record.phase === "OUTCOME")).toHaveLength(40);
    expect(await run()).toMatchObject({ closed: 0 });
  });

  it("is closed also when the time index shows it late", async () => {
    for (const lag of [4 * MINUTE, 20 * MINUTE, 1_000 * MINUTE]) {
      const { run, write, newKey, minutes } = world();
      await run();
      await write("INTENT", newKey(), lag);
      expect(await minutes(1_450), `${lag}`).toBe(1);
    }
  });

  it("that wrote a second attempt is closed there, and the first keeps its own end", async () => {
    const { clock, run, write, newKey, log } = world();
    await run();
    const first = newKey();
    const second = { ...first, attempt: 2 };
    await write("INTENT", first);
    await write("OUTCOME", first);
    await write("INTENT", second);
    clock.ms += LOST_AFTER_MS;
    expect(await run()).toMatchObject({ closed: 1 });
    expect(await log.outcomeOf(first)).not.toHaveProperty("closedBy");
    expect(await log.outcomeOf(second)).toMatchObject({ closedBy: "reconciler" });
  });
});

describe("a call that has its end", () => {
  it("is left alone, in whatever minute it ended, and also when the index does not know its end yet", async () => {
    const { clock, run, write, newKey, minutes, log } = world();
    await run();
    const keys = Array.from({ length: 5 }, newKey);
    for (const key of keys) await write("INTENT", key);
    const [same, next, later, lagging, ended] = keys as [CallKey, CallKey, CallKey, CallKey, CallKey];
    await write("OUTCOME", same);
    await write("OUTCOME", lagging, 3_000 * MINUTE);
    clock.ms += MINUTE;
    await write("OUTCOME", next);
    await write("OUTCOME", ended);
    clock.ms += MINUTE;
    await write("OUTCOME", later);
    expect(await minutes(40)).toBe(0);
    expect(log.records.filter(({ record }) => "closedBy" in record)).toEqual([]);
  });

  it("does not wait for one that cannot be read", async () => {
    const { clock, run, write, newKey, dependencies } = world();
    await run();
    const [broken, whole] = [newKey(), newKey()];
    await write("INTENT", broken);
    await write("INTENT", whole);
    clock.ms += LOST_AFTER_MS;
    const intents = {
      openIntentOf: (key: CallKey) =>
        key.hash === broken.hash
          ? Promise.reject(new CountersignError("record_failed", "unreadable"))
          : dependencies.intents.openIntentOf(key),
    };
    expect(await reconcile({ ...dependencies, intents })).toMatchObject({ closed: 1 });
  });
});

describe("after an hour without it", () => {
  it.each(["stopped", "failing"] as const)("(%s) one run catches up", async (how) => {
    const { clock, run, write, newKey, broken, log } = world();
    await run();
    for (let minute = 0; minute < 60; minute += 1) {
      await write("INTENT", newKey());
      clock.ms += MINUTE;
      if (how === "failing") {
        broken.index = new Error("down");
        await expect(run()).rejects.toThrow("down");
      }
    }
    delete broken.index;
    await run();
    const open = log.records.length - 2 * log.records.filter(({ record }) => "closedBy" in record).length;
    expect(open).toBeLessThanOrEqual(3); // those that may still be alive
  });

  it("ten hours take some runs, each with a bounded part, and none is left out", async () => {
    const { clock, run, write, newKey, minutes, log } = world();
    await run();
    for (let minute = 0; minute < 600; minute += 1) {
      await write("INTENT", newKey());
      clock.ms += MINUTE;
    }
    // The walk began where nothing could be lost yet, three minutes before the first of these calls.
    expect(await run()).toMatchObject({ closed: 57, minutesBehind: 540 });
    await minutes(12);
    expect(log.records.filter(({ record }) => "closedBy" in record)).toHaveLength(600);
  });

  it("the cursor never goes back, whatever the clock says", async () => {
    const { clock, run, cursors } = world();
    await run();
    clock.ms += 10 * MINUTE;
    await run();
    const before = new Map(cursors);
    expect(before.get("calls")).toBe(startOfMinute(clock.ms - LOST_AFTER_MS));
    clock.ms -= 10 * MINUTE;
    await run();
    expect(cursors).toEqual(before);
  });
});

describe("an approval that was stored and whose workflow was never started", () => {
  const forgotten = (ms: number, changes: Partial<Approval> = {}): Approval =>
    approvalOf({ openedAt: Math.floor(ms / 1_000), notices: [], ...changes });

  it("is started within three minutes", async () => {
    const { clock, run, approvals, started, minutes } = world();
    await run();
    const approval = forgotten(clock.ms);
    approvals.push(approval);
    await minutes(3);
    expect(started).toContain(approval.id);
  });

  it("is left to its caller while that one may just be at it, and once people were told or decided", async () => {
    const { clock, run, approvals, started, minutes } = world();
    await run();
    approvals.push(forgotten(clock.ms));
    await run();
    expect(started).toEqual([]);
    approvals.splice(0, 1, forgotten(clock.ms, { status: "approved" }));
    const told = {
      step: "ask",
      channel: "mail",
      to: "a@example.com",
      outcome: "sent",
      reference: null,
    } as const;
    approvals.push(forgotten(clock.ms, { notices: [{ ...told, at: 1 }] }));
    await minutes(40);
    expect(started).toEqual([]);
  });

  it("does not hold up the calls when it cannot be started, and the run says that it failed", async () => {
    const { clock, run, approvals, broken, started, write, newKey, log } = world();
    await run();
    approvals.push(forgotten(clock.ms));
    await write("INTENT", newKey());
    broken.workflow = new Error("no workflow");
    for (let minute = 0; minute < 30; minute += 1) {
      clock.ms += MINUTE;
      await run().catch(({ message }) => expect(message).toBe("no workflow"));
    }
    expect(log.records.filter(({ record }) => "closedBy" in record)).toHaveLength(1);
    delete broken.workflow;
    await run();
    expect(started.length).toBeGreaterThan(0);
  });
});
