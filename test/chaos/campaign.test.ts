// A sample of the random schedules (`npm run -s chaos` plays a thousand): whatever fails, every invariant holds. A
// violation names its seed; COUNTERSIGN_SEEDS=<from>-<to> plays others.

import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type DynaliteTables, dynaliteTables } from "../fakes/dynalite-tables.ts";
import { campaign } from "./campaign.ts";

const [from = 1, to = 25] = (process.env.COUNTERSIGN_SEEDS ?? "").split("-").filter(Boolean).map(Number);
const SEEDS = Array.from({ length: to - from + 1 }, (_, index) => from + index);

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables?.close());
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that this causes
});

test("one to three faults among one to three calls violate nothing", async () => {
  const { violations, ...sums } = await campaign(SEEDS, tables.client);
  process.stdout.write(`${JSON.stringify(sums)}\n`);
  expect(violations).toEqual([]);
  expect(sums.fired).toBeGreaterThan(sums.planned / 2);
}, 600_000);
