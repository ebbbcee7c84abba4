// The process killed (SIGKILL) at every named step of an approval, over real DynamoDB writes and the real state machine.
// However it dies: AWS was sent the call once at most, the approval ends, and exactly one record says how.
// With COUNTERSIGN_KILL_TABLE=1 every step is played and the table is printed; else every second one is.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DynaliteTables, dynaliteTables } from "../fakes/dynalite-tables.ts";
import { type FunctionPool, functionPool } from "./approval-kill-pool.ts";
import { KILL_STEPS, type KillStep, LEFT_ALONE } from "./approval-kill-steps.ts";
import { play } from "./approval-kill-world.ts";
import type { Played, Scene } from "./kill-scene.ts";

const AT_ONCE = 4;
const I4_SECONDS = 300; // one terminal record within 5 min

const IS_WHOLE = process.env.COUNTERSIGN_KILL_TABLE !== undefined;
let tables: DynaliteTables;
let pool: FunctionPool;
beforeAll(async () => {
  tables = await dynaliteTables();
  const { protocol, hostname, port } = (await tables.client.config.endpoint?.()) ?? {};
  pool = await functionPool(`${protocol}//${hostname}:${port}`);
});
afterAll(async () => {
  pool?.close();
  await tables?.close();
});

// Every second step, beginning with the first, keeps the suite short; the table asks for all of them.
const STEPS = KILL_STEPS.filter((_, index) => IS_WHOLE || index % 2 === 0);

function sceneOf(story: KillStep["story"]): Omit<Scene, "kill" | "callerStays"> {
  return {
    terms: { run: story === "stored" ? "stored" : "attended", otherwise: "reject", withinSeconds: 3_600 },
    choice: story === "rejected" ? "reject" : "approve",
  };
}

interface Row extends KillStep {
  readonly played: Played;
}

async function playAll(steps: readonly KillStep[], callerStays: boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const open = [...steps.entries()];
  const work = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const [index, { story, work: of, step, kill }] = next;
      const planned = { work: of, kill, ...(step !== undefined && { step }) };
      const played = await play({ ...sceneOf(story), callerStays, kill: planned }, pool, tables.client);
      rows[index] = { ...(steps[index] as KillStep), played };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (IS_WHOLE) print(rows);
  return rows;
}

function nameOf({ story, work, step, kill: { when, act, nth } }: KillStep): string {
  const which = nth === 1 ? act : `${act}, no. ${nth}`;
  return `${story}: ${step ?? work}, ${when === "inside" ? "while aws works" : `${when} \`${which}\``}`;
}

function print(rows: readonly Row[]): void {
  for (const row of rows) {
    const { sent, approval, ends, secondsToEnd, told } = row.played;
    const caller = told === "gone" ? "gone" : told.status;
    const end = `sent ${sent}, ${approval?.status}, ${ends.length} record after ${secondsToEnd} s, caller ${caller}`;
    process.stdout.write(`${nameOf(row).padEnd(70)} ${end}\n`);
  }
}

/** What holds of every step. */
function check(row: Row): void {
  const { played, end, sent } = row;
  const name = nameOf(row);
  expect(played.killed, `${name}: killed`).toBe(true);
  expect(played.sent, `${name}: sent`).toBe(sent);
  expect(end.split(" or "), `${name}: status`).toContain(played.approval?.status);
  expect(played.approvals, `${name}: approvals`).toBe(1);
  expect(played.ends.length, `${name}: records of the end`).toBe(1);
  expect(played.secondsToEnd, `${name}: seconds to the record`).toBeLessThanOrEqual(I4_SECONDS);
  expect(
    played.executions.map(({ status }) => status),
    `${name}: workflow`,
  ).toEqual(["SUCCEEDED"]);
  expect(played.waitingPlacesLost, `${name}: waiting places`).toBe(0);
}

const TOLD = { done: [200, 400], failed: [403], in_doubt: [400], rejected: [403] } as const;

describe("a process that is killed in the middle of an approval", () => {
  test("never makes AWS do it twice, and the approval ends with one record and the truth for its caller", async () => {
    for (const row of await playAll(STEPS, true)) {
      check(row);
      const { told, approval } = row.played;
      const allowed: readonly number[] = TOLD[approval?.status as keyof typeof TOLD] ?? [];
      expect(allowed, `${nameOf(row)}: the caller`).toContain(told === "gone" ? "gone" : told.status);
    }
  }, 180_000);

  test("leaves no claim open, also when its caller never comes back", async () => {
    for (const row of await playAll(LEFT_ALONE, false)) check(row);
  }, 120_000);

  test("was killed at every act that changes something", async () => {
    const named = new Set(KILL_STEPS.map(({ work, step, kill }) => `${step ?? work} ${kill.act}`));
    for (const story of ["attended", "stored", "rejected"] as const) {
      const { acts } = await play({ ...sceneOf(story), callerStays: true, kill: null }, pool, tables.client);
      const all = acts.flatMap(({ work, acts: of }) => of.map((act) => `${work} ${act}`));
      const missing = all.filter((act) => !/ read |wait$/.test(act) && !named.has(act));
      expect(missing.filter((act) => !KNOWN.has(act))).toEqual([]);
    }
  });
});

/** Not killed at, since nothing hangs on them. */
const KNOWN = new Set([
  "call write GRANT (changed)", // takes a grant that is not there
  "call write record of an end", // the refusal of the caller's own try
  "vote write APPROVAL (rejected)", // as the vote that approves
]);
