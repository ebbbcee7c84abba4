// Feeds every parser its share of inputs and reports what a parser must never do: throw anything but its own refusal,
// take over 200 ms, take over 64 MB, or accept what a second reader of the same format does not. Times and sizes that look
// bad are measured again, so that a garbage collection or a busy machine is no finding.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { inputOf, type Material, randomOf } from "./mutate.ts";

export interface Target {
  readonly name: string;
  readonly material: Material;
  /** Whether the parser took the input. @throws for anything that is not the parser's own refusal: a finding. */
  readonly accepts: (input: Uint8Array) => boolean;
}

export interface Finding {
  readonly target: string;
  readonly index: number;
  readonly kind: "crash" | "slow" | "memory";
  readonly detail: string;
  readonly input: Uint8Array;
}

export interface TargetReport {
  readonly name: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly bytes: number;
  readonly slowestMs: number;
  readonly largestGrowthBytes: number;
  readonly findings: readonly Finding[];
}

export interface Campaign {
  readonly seed: number;
  /** In all, shared equally by the targets. */
  readonly inputs: number;
  readonly onReport?: (report: TargetReport) => void;
}

const MAX_MS = 200;
const MAX_GROWTH_BYTES = 64 * 1_048_576;
const SUSPECT_MS = 5; // an input that takes less cannot have filled 64 MB that matter
const MOST_FINDINGS = 10; // of one target: more say nothing new
const REPEATS = 3;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

export function runCampaign(targets: readonly Target[], campaign: Campaign): readonly TargetReport[] {
  const share = Math.ceil(campaign.inputs / targets.length);
  return targets.map((target) => {
    const report = runTarget(target, campaign.seed, share);
    campaign.onReport?.(report);
    return report;
  });
}

function runTarget(target: Target, seed: number, inputs: number): TargetReport {
  const { name, material } = target;
  const findings: Finding[] = [];
  let [accepted, bytes, slowestMs, largestGrowthBytes] = [0, 0, 0, 0];
  collect();
  const baseline = heapBytes();
  for (let index = 0; index < inputs && findings.length < MOST_FINDINGS; index++) {
    const input = inputOf(material, randomOf(seed, name, index));
    const found = (kind: Finding["kind"], detail: string) =>
      findings.push({ target: name, index, kind, detail, input });
    bytes += input.length;
    const run = timed(target, input);
    if (run.thrown !== undefined) found("crash", run.thrown);
    if (run.accepted) accepted++;
    if (run.ms < SUSPECT_MS) continue;
    const again = measuredAgain(target, input);
    slowestMs = Math.max(slowestMs, again.ms);
    largestGrowthBytes = Math.max(largestGrowthBytes, again.growthBytes);
    if (again.ms > MAX_MS) found("slow", `${again.ms.toFixed(0)} ms`);
    if (again.growthBytes > MAX_GROWTH_BYTES) found("memory", megabytes(again.growthBytes));
  }
  collect();
  const kept = heapBytes() - baseline;
  if (kept > MAX_GROWTH_BYTES) {
    findings.push({
      target: name,
      index: inputs,
      kind: "memory",
      detail: `${megabytes(kept)} kept`,
      input: Buffer.of(),
    });
  }
  return { name, inputs, accepted, bytes, slowestMs, largestGrowthBytes, findings };
}

interface Run {
  readonly ms: number;
  readonly accepted: boolean;
  readonly thrown?: string;
}

function timed({ accepts }: Target, input: Uint8Array): Run {
  const started = performance.now();
  try {
    const accepted = accepts(input);
    return { ms: performance.now() - started, accepted };
  } catch (error) {
    const thrown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { ms: performance.now() - started, accepted: false, thrown };
  }
}

/** The least of some runs, each from a collected heap: what the input costs, not what the machine was doing. */
function measuredAgain(target: Target, input: Uint8Array): { ms: number; growthBytes: number } {
  const runs = Array.from({ length: REPEATS }, () => {
    collect();
    const before = heapBytes();
    const { ms } = timed(target, input);
    return { ms, growthBytes: heapBytes() - before };
  });
  return {
    ms: Math.min(...runs.map(({ ms }) => ms)),
    growthBytes: Math.max(0, Math.min(...runs.map(({ growthBytes }) => growthBytes))),
  };
}

function heapBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
