// Measures `countersign verify`: how long an export of 100,000 records takes, and whether 10,000 random tamperings of a
// small one are all found. `node bench/verify.ts [tamperings] [records]`.

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileLines } from "../lib/file-lines.ts";
import { verifyExport } from "../lib/verify-export.ts";
import { exported } from "../test/lib/exported.ts";
import { firstDifference, randomOf, TAMPERINGS } from "../test/lib/tamper.ts";
import { outcome } from "../test/recording/facts.ts";

const [tamperings = 10_000, records = 100_000] = process.argv.slice(2).map(Number);
const MINUTES = 60;

const text = JSON.stringify(outcome());
const large = await exported(
  Array.from({ length: MINUTES }, () => Math.ceil(records / MINUTES)),
  (index) => text.replace('"r-1"', `"r-${index}"`),
);
const directory = mkdtempSync(join(tmpdir(), "countersign-verify-"));
try {
  const file = join(directory, "export.jsonl");
  writeFileSync(file, `${large.lines.join("\n")}\n`);
  const start = performance.now();
  const verdict = await verifyExport(fileLines(file), large.publicKeyPem, { until: large.to });
  const seconds = (performance.now() - start) / 1_000;
  const megabytes = statSync(file).size / 1e6;
  console.log(
    `${large.records} records, ${megabytes.toFixed(1)} MB: ok=${verdict.ok} in ${seconds.toFixed(2)} s`,
  );
} finally {
  rmSync(directory, { recursive: true });
}

const small = await exported([5, 0, 9, 1, 0, 12, 3, 8, 0, 4]);
const untouched = await verifyExport(small.lines, small.publicKeyPem);
if (!untouched.ok) throw new Error("the export as it was made does not verify");
const expected = { from: small.from, until: small.to, checkpoint: untouched.lastCheckpoint };
const kinds = Object.entries(TAMPERINGS);
const counts = new Map<string, { tried: number; found: number; without: number }>();
for (let seed = 0, tried = 0; tried < tamperings; seed += 1) {
  const [name, tamper] = kinds[seed % kinds.length] ?? [];
  if (name === undefined || tamper === undefined) break;
  const tampered = tamper(small, randomOf(seed));
  if (firstDifference(small.lines, tampered) === undefined) continue;
  tried += 1;
  const count = counts.get(name) ?? { tried: 0, found: 0, without: 0 };
  counts.set(name, count);
  count.tried += 1;
  if (!(await verifyExport(tampered, small.publicKeyPem, expected)).ok) count.found += 1;
  if (!(await verifyExport(tampered, small.publicKeyPem)).ok) count.without += 1;
}
console.table(
  Object.fromEntries(
    [...counts].map(([name, { tried, found, without }]) => [
      name,
      { tried, found, "found with the key alone": without },
    ]),
  ),
);
const total = [...counts.values()].reduce((sum, { tried }) => sum + tried, 0);
const found = [...counts.values()].reduce((sum, { found: each }) => sum + each, 0);
console.log(`${found} of ${total} tamperings found`);
process.exitCode = found === total ? 0 : 1;
