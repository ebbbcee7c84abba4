// What the reconciler needs of DynamoDB: open intents, cursors that only move forward, approvals by the time of their
// opening. And the whole of it over the real adapters: one end for each call, whoever writes it.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOpenedApprovals } from "../../lambdas/aws/approval-inbox.ts";
import { createApprovalStore } from "../../lambdas/aws/approval-store.ts";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import { createMinuteCursor } from "../../lambdas/aws/minute-cursor.ts";
import { createOpenIntents } from "../../lambdas/aws/open-intents.ts";
import { createRecordIndex } from "../../lambdas/aws/record-index.ts";
import { reconcile } from "../../lambdas/flow/reconcile.ts";
import { type ApprovalId, parseApprovalId } from "../../lambdas/model/approval.ts";
import { newApprovalId, newNonce, newSessionId } from "../../lambdas/net/randomness.ts";
import { type CallKey, callKeyOf, nextAttempt } from "../../lambdas/recording/keys.ts";
import { approvalOf } from "../approval/approvals.ts";
import {
  type DynaliteTables,
  dynaliteTables,
  SESSIONS_TABLE,
  STATE_TABLE,
} from "../fakes/dynalite-tables.ts";
import { intent, outcome } from "../recording/facts.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

const records = () => ({ client: tables.client, table: SESSIONS_TABLE });
const state = () => ({ client: tables.client, table: STATE_TABLE });
const clock = { ms: Date.parse("2026-01-02T03:04:05.006Z"), nowMs: () => clock.ms };
const log = () => createCallLog({ ...records(), retentionDays: 1, clock });
const newKey = (): CallKey => callKeyOf(newSessionId(), { kind: "invocation", id: "1" }, "f");

describe("an open intent", () => {
  it("is read while the call has no end, attempt by attempt", async () => {
    const { openIntentOf } = createOpenIntents(records());
    const key = newKey();
    expect(await openIntentOf(key)).toBe("ended");
    await log().appendIntent(key, intent());
    expect(await openIntentOf(key)).toEqual(intent());
    await log().appendOutcome(key, outcome());
    expect(await openIntentOf(key)).toBe("ended");
    await log().appendIntent(nextAttempt(key), intent());
    expect(await openIntentOf(key)).toBe("ended");
    expect(await openIntentOf(nextAttempt(key))).toEqual(intent());
  });
});

describe("a cursor", () => {
  it("moves forward only, and each walk has its own", async () => {
    const cursor = createMinuteCursor(state());
    expect(await cursor.at("one")).toBe("none");
    await cursor.moveTo("one", 120_000);
    await cursor.moveTo("one", 60_000);
    await cursor.moveTo("one", 120_000);
    expect([await cursor.at("one"), await cursor.at("two")]).toEqual([120_000, "none"]);
  });
});

describe("open approvals", () => {
  it("are found by the time of their opening, all pages of them", async () => {
    const store = createApprovalStore({
      ...state(),
      ...{ clock, newNonce, random: () => 0, pause: async () => {} },
    });
    const opened: ApprovalId[] = [];
    for (let each = 0; each < 130; each += 1) {
      const id = parseApprovalId(newApprovalId()) as ApprovalId;
      await store.open(approvalOf({ id, fingerprint: `f${each}`, openedAt: 1_000 + (each % 3) }), null);
      if (each % 3 === 1) opened.push(id);
    }
    const found = await createOpenedApprovals(state()).openedBetween(1_001, 1_001);
    expect(found.map(({ id }) => id).toSorted()).toEqual(opened.toSorted());
    expect(await createOpenedApprovals(state()).openedBetween(1_003, 2_000)).toEqual([]);
  });
});

describe("the reconciler over DynamoDB", () => {
  it("and a late function that end the same calls at the same time leave one end each", async () => {
    const dependencies = {
      clock,
      cursor: createMinuteCursor(state()),
      index: createRecordIndex(records()),
      intents: createOpenIntents(records()),
      log: log(),
      opened: { openedBetween: async () => [] },
      workflow: { start: async () => {} },
      deployment: { approvals: null },
    };
    clock.ms += 3_600_000;
    await reconcile(dependencies);
    const keys = Array.from({ length: 30 }, newKey);
    const at = new Date(clock.ms).toISOString();
    for (const key of keys) await log().appendIntent(key, { ...intent(), at });
    clock.ms += 150_000;
    const late = keys.map((key) => log().appendOutcome(key, outcome()));
    const [{ closed }, written] = await Promise.all([reconcile(dependencies), Promise.allSettled(late)]);
    const appended = written.filter(({ status }) => status === "fulfilled").length;
    expect(closed + appended).toBe(keys.length);
    for (const key of keys) expect(await log().outcomeOf(key)).not.toBe("none");
    expect(await reconcile(dependencies)).toMatchObject({ closed: 0 });
  });
});
