// `npm run fuzz -- [--inputs N] [--seed S]`: feeds the parsers of the front door hostile inputs and ends with 1 when one of
// them crashes, stalls, swells or accepts what another reader refuses. The same seed makes the same inputs.

import { parseArgs } from "node:util";
import { type Finding, runCampaign, type TargetReport } from "./fuzz/campaign.ts";
import { fuzzTargets } from "./fuzz/targets.ts";
import { fuzzMasking } from "./fuzz-masking.ts";

const INPUTS = "3200000"; // so that whole requests get a million
const SHOWN_BYTES = 600;

const { values } = parseArgs({
  options: { inputs: { type: "string", default: INPUTS }, seed: { type: "string", default: "1" } },
});
const inputs = wholeNumber("--inputs", values.inputs);
const seed = wholeNumber("--seed", values.seed);

console.log(`${inputs} inputs, seed ${seed}`);
console.log(`${"parser".padEnd(34)}    inputs  accepted        MB   slowest    growth`);
const reports = runCampaign(fuzzTargets(), { seed, inputs, onReport: printReport });
const findings = reports.flatMap((report) => report.findings);
for (const finding of findings) printFinding(finding);
const total = reports.reduce((sum, report) => sum + report.inputs, 0);
console.log(`${total} inputs, ${findings.length} findings`);
process.exitCode = findings.length + fuzzMasking(seed) === 0 ? 0 : 1;

function wholeNumber(option: string, text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`${option} must be a whole number, not \`${text}\``);
  return Number(text);
}

function printReport({
  name,
  inputs: count,
  accepted,
  bytes,
  slowestMs,
  largestGrowthBytes,
}: TargetReport): void {
  const share = `${((100 * accepted) / count).toFixed(1)} %`;
  const [megabytes, growth] = [bytes, largestGrowthBytes].map((value) => (value / 1_048_576).toFixed(0));
  console.log(
    `${name.padEnd(34)} ${String(count).padStart(9)} ${share.padStart(9)} ${megabytes?.padStart(9)} ${slowestMs.toFixed(0).padStart(6)} ms ${growth?.padStart(6)} MB`,
  );
}

function printFinding({ target, index, kind, detail, input }: Finding): void {
  const bytes = Buffer.from(input).subarray(0, SHOWN_BYTES).toString("base64");
  console.log(`\n${kind} in ${target}, input ${index} (${input.length} bytes): ${detail}\n  ${bytes}`);
}
