// `npm run bench`: what a cold start loads, and what one GetItem costs in this process, step by step. Medians, since
// machines are noisy; ratios to the whole call, since machines differ. The world's own times (DynamoDB, KMS, STS, AWS)
// are not in here: ports are in memory. Apart from it, since it takes minutes: `node bench/approvals.ts`, 1,000 held calls.

import { bundleFigures } from "./bundle.ts";
import { maskingLines } from "./masking.ts";
import { policyFigures } from "./policy.ts";
import { recognitionFigures } from "./recognition.ts";
import { stepFigures } from "./steps.ts";
import { timingFigures } from "./timing.ts";

const bundle = await bundleFigures();
console.log("Bundle of the call function");
console.log(`  code                 ${kilobytes(bundle.codeBytes)}, ${kilobytes(bundle.codeGzipBytes)} gzip`);
console.log(`  policy engine (wasm) ${kilobytes(bundle.wasmBytes)}`);
console.log(
  `  models, all services ${kilobytes(bundle.modelBytes)} in ${bundle.modelFiles} files, read when first needed`,
);
console.log(`  import in a fresh process: median ${bundle.importMs.toFixed(0)} ms of ${bundle.runs} runs`);

const { steps, whole } = await stepFigures();
console.log("\nOne warm DynamoDB GetItem, in process");
for (const { name, microseconds } of [...steps, whole]) {
  const share = `${((100 * microseconds) / whole.microseconds).toFixed(0)} %`;
  console.log(`  ${name.padEnd(28)} ${microseconds.toFixed(0).padStart(6)} us  ${share.padStart(5)}`);
}

const recognition = await recognitionFigures();
console.log("\nRecognition: one request to the call");
for (const { name, microseconds } of recognition.warm) {
  const first = recognition.first.find((figure) => figure.name === name)?.milliseconds;
  const cold = first === undefined ? "" : `, ${first.toFixed(1)} ms the first time in a process`;
  console.log(`  ${name.padEnd(28)} ${microseconds.toFixed(0).padStart(6)} us warm${cold}`);
}

const policy = await policyFigures();
console.log("\nPolicy: one decision, role and call");
for (const { policies, resourceSets, microseconds } of policy.decisions) {
  const milliseconds = (microseconds / 1_000).toFixed(2);
  console.log(
    `  ${String(policies).padStart(5)} policies, ${resourceSets} resource sets   ${milliseconds} ms`,
  );
}

const timing = await timingFigures();
console.log(`\nA wrong signature under a known and under an unknown key id, ${timing.calls} calls each`);
console.log(`  known ${timing.knownUs.toFixed(1)} us, unknown ${timing.unknownUs.toFixed(1)} us (medians)`);
console.log(
  `  separation ${timing.separation.toFixed(3)} (0.5: none; Mann-Whitney z ${timing.z.toFixed(1)})`,
);

console.log(`\nMasking\n${maskingLines().join("\n")}`);

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KB`;
}
