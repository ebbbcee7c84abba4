// Random schedules of faults over mixed calls, by seed (test/chaos): `npm run -s chaos -- [from] [to]`, 1 to 1,000 when left
// out. Prints what was met, and each violation with its seed; the exit code says whether there was one.

import { type Campaign, campaign } from "../test/chaos/campaign.ts";
import { dynaliteTables } from "../test/fakes/dynalite-tables.ts";

const CHUNK = 20; // the tables of a chunk stay small, so that time goes into the schedules

const [from = 1, to = 1_000] = process.argv.slice(2).map(Number);
console.log = () => {}; // the faults that this causes
const began = Date.now();
const sums = { schedules: 0, calls: 0, planned: 0, fired: 0, carriedOut: 0, closedByReconciler: 0 };
let violations = 0;
for (let first = from; first <= to; first += CHUNK) {
  const seeds = Array.from({ length: Math.min(CHUNK, to - first + 1) }, (_, index) => first + index);
  const tables = await dynaliteTables();
  const found = await campaign(seeds, tables.client);
  await tables.close();
  for (const name of Object.keys(sums) as (keyof typeof sums & keyof Campaign)[]) sums[name] += found[name];
  violations += found.violations.length;
  for (const text of found.violations) process.stdout.write(`${text}\n`);
}
const seconds = Math.round((Date.now() - began) / 1_000);
process.stdout.write(`${JSON.stringify({ ...sums, violations, seconds })}\n`);
process.exitCode = violations === 0 ? 0 : 1;
