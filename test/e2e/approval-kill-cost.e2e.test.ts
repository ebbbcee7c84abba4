// What docs/cost.md counts, counted: the state machine by its real definition and the flow with every act on the world.
// A change that makes approvals dearer fails here until the document says so.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DynaliteTables, dynaliteTables } from "../fakes/dynalite-tables.ts";
import { type FunctionPool, functionPool } from "./approval-kill-pool.ts";
import { play } from "./approval-kill-world.ts";
import type { Played, Scene } from "./kill-scene.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../docs/cost.md"), "utf8");

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
const base = { callerStays: true, kill: null, tries: 1 } as const;
const ATTENDED: Scene = { ...base, terms, choice: "approve" };

/** As the columns of the document: transitions, then what all functions together did. */
function countsOf({ executions, acts }: Played): readonly number[] {
  const all = acts.flatMap(({ acts: of }) => of);
  const count = (wanted: RegExp): number => all.filter((act) => wanted.test(act)).length;
  const states = executions.flatMap(({ history }) =>
    history.filter(({ type }) => /StateEntered$/.test(type)),
  );
  // One for the start of the execution.
  const transitions = states.length + executions.length;
  const database = [count(/^read /), count(/^write /)];
  return [transitions, acts.length, ...database, count(/^(seal|open) /), count(/^mail/), count(/^slack /)];
}

function documented(name: string): readonly number[] {
  const line = DOCUMENT.split("\n").find((one) => one.startsWith(`| ${name} |`)) ?? "";
  return line.split("|").slice(2, -1).map(Number);
}

// Two functions that write one approval at the same moment make each other read and write again.
const RACED = 8;

test.each<[string, Scene]>([
  ["approved, `run=attended`", ATTENDED],
  ["approved, `run=stored`", { ...ATTENDED, terms: { ...terms, run: "stored" } }],
  ["rejected", { ...ATTENDED, choice: "reject" }],
  ["expired after one reminder", { ...ATTENDED, choice: "none", terms: { ...terms, withinSeconds: 1_500 } }],
  [
    "queued for 7 days",
    { ...ATTENDED, choice: "none", terms: { ...terms, otherwise: "queue", withinSeconds: 604_800 } },
  ],
])("docs/cost.md counts right what is %s", async (name, scene) => {
  const [transitions, invoked, reads = 0, writes = 0, ...others] = countsOf(
    await play(scene, pool, tables.client),
  );
  const [ownTransitions, ownInvoked, ownReads = 0, ownWrites = 0, ...ownOthers] = documented(name);
  expect([transitions, invoked, ...others]).toEqual([ownTransitions, ownInvoked, ...ownOthers]);
  expect(Math.abs(reads - ownReads), `${reads} reads`).toBeLessThanOrEqual(RACED);
  expect(Math.abs(writes - ownWrites), `${writes} writes`).toBeLessThanOrEqual(RACED);
});
