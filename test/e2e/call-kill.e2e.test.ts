// The process killed (SIGKILL) at every named step of a permitted call, over real DynamoDB writes; then its SDK's retries
// under the same invocation id, and the reconciler. However it dies: a change is carried out once at most, each intent has
// one end within 5 minutes, and the retry is told the truth. With COUNTERSIGN_KILL_TABLE=1 every step is
// played and the table is printed.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type DynaliteTables, dynaliteTables } from "../fakes/dynalite-tables.ts";
import { type FunctionPool, functionPool } from "./approval-kill-pool.ts";
import { play } from "./approval-kill-world.ts";
import { CALL_KILL_STEPS, type CallKillStep } from "./call-kill-steps.ts";
import type { Operation } from "./kill-requests.ts";
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

const terms = { run: "attended", otherwise: "reject", withinSeconds: 3_600 } as const;

function sceneOf(operation: Operation): Omit<Scene, "kill" | "callerStays"> {
  return { terms, choice: "none", decision: "permit", operation };
}

function playStep({ operation, kill }: CallKillStep, callerStays: boolean): Promise<Played> {
  return play({ ...sceneOf(operation), callerStays, kill: { work: "call", kill } }, pool, tables.client);
}

// Every third step keeps the suite short; the table asks for all of them.
const STEPS = CALL_KILL_STEPS.filter((_, index) => IS_WHOLE || index % 3 === 2);

async function playAll(
  steps: readonly CallKillStep[],
  callerStays: boolean,
): Promise<readonly (readonly [CallKillStep, Played])[]> {
  const rows: (readonly [CallKillStep, Played])[] = [];
  const open = [...steps.entries()];
  const work = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const [index, step] = next;
      rows[index] = [step, await playStep(step, callerStays)];
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (IS_WHOLE) for (const row of rows) print(row);
  return rows;
}

function nameOf({ operation, kill: { when, act } }: CallKillStep): string {
  return `${operation}, ${when === "inside" ? "while aws works" : `${when} \`${act}\``}`;
}

/** How each intent ended, latest attempt first: as their keys are sorted. */
function endsOf({ outcomes }: Played): readonly string[] {
  return outcomes.map(({ ending, closedBy }) =>
    closedBy === undefined ? ending : `${ending} by the ${closedBy}`,
  );
}

/** From the intent to its end, the longest; records of one session are sorted by their calls. */
function secondsToEnd({ intents, outcomes }: Played): number {
  const spans = outcomes.map(({ at }, index) => Date.parse(at) - Date.parse(intents[index]?.at ?? ""));
  return Math.round(Math.max(0, ...spans) / 1_000);
}

function print([step, played]: readonly [CallKillStep, Played]): void {
  const { sent, told } = played;
  const caller = told === "gone" ? "gone" : told.status;
  const ends = endsOf(played).toReversed().join(", then ");
  process.stdout.write(
    `| ${nameOf(step)} | ${sent} | ${ends || "no intent"} | ${secondsToEnd(played)} s | ${caller} |\n`,
  );
}

/** What holds of every step. */
function check([step, played]: readonly [CallKillStep, Played]): void {
  const name = nameOf(step);
  expect(played.killed, `${name}: killed`).toBe(true);
  expect(played.unrecorded, `${name}: sent without an intent`).toBe(0);
  expect(played.outcomes.length, `${name}: ends`).toBe(played.intents.length);
  expect(secondsToEnd(played), `${name}: seconds`).toBeLessThanOrEqual(I4_SECONDS);
}

test("a process that is killed in the middle of a call leaves at most one open intent, which is closed; its retry is told the truth", async () => {
  for (const row of await playAll(STEPS, true)) {
    check(row);
    const [step, played] = row;
    const { sent, ends, told } = step;
    const name = nameOf(step);
    expect(played.sent, `${name}: sent`).toBe(sent);
    const found = endsOf(played).toReversed();
    expect(found.length, `${name}: ends`).toBe(ends.length);
    for (const [index, end] of ends.entries())
      if (end !== "one of both") expect(found[index], `${name}: end`).toBe(end);
    if (told === "either") continue;
    expect(played.told, `${name}: the caller`).toMatchObject({ status: told });
    if (told === 400) expect(played.told).toHaveProperty("text", expect.stringContaining("RequestInDoubt"));
  }
}, 120_000);

test("its intent is closed also when the caller never comes back", async () => {
  for (const row of await playAll(
    IS_WHOLE ? CALL_KILL_STEPS : STEPS.filter(({ ends }) => ends[0] !== "answered").slice(0, 3),
    false,
  )) {
    check(row);
    expect(row[1].sent, nameOf(row[0])).toBeLessThanOrEqual(1);
    expect(row[1].intents.length, nameOf(row[0])).toBeLessThanOrEqual(1);
  }
}, 120_000);

test("it was killed at every act of the call", async () => {
  for (const operation of ["PutItem", "GetItem"] as const) {
    const { acts } = await play(
      { ...sceneOf(operation), callerStays: true, kill: null },
      pool,
      tables.client,
    );
    const named = new Set(
      CALL_KILL_STEPS.filter((step) => step.operation === operation).map(({ kill }) => kill.act),
    );
    expect(acts.flatMap(({ acts: of }) => of).filter((act) => !named.has(act))).toEqual([]);
  }
});
