// Times masking: the leaves of a 10 KB answer with three masks, detectors on log text beside one plain regular expression
// over the same text, and a 4 MB text that streams. Medians of rounds taken in turn, so that the ratio is fair.

import { detectorsNamed } from "../lambdas/masking/detectors/catalogue.ts";
import type { Detector } from "../lambdas/masking/detectors/detector.ts";
import { maskAnswer } from "../lambdas/masking/mask-answer.ts";
import { createStreamMasker } from "../lambdas/masking/stream-mask.ts";
import type { AnswerLeaf } from "../lambdas/model/answer.ts";

const TEXT_BYTES = 4 * 1_048_576;
const CHUNK_BYTES = 65_536;
const ROUNDS = 9;
const PLAIN =
  /AKIA[A-Z2-7]{16}|ASIA[A-Z2-7]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|ecret[_-]?(?:access)?[_-]?key/gi;

interface MaskingFigures {
  readonly answerMicroseconds: number;
  readonly leaves: number;
  readonly scans: readonly { readonly name: string; readonly megabytesPerSecond: number }[];
  readonly streamMilliseconds: number;
  readonly streamGrowthBytes: number;
}

function maskingFigures(): MaskingFigures {
  const leaves = answerLeaves();
  const obligations = {
    masks: ["Items[].Password", "Items[].Config.token", "Owner"].map((path) => ({
      path,
      style: "fixed" as const,
    })),
    unmasks: [],
    detectors: [],
  };
  const call = { service: "any", operation: "List", parameters: {} };
  const answerMs = median(300, () => void maskAnswer({ leaves, call, obligations }));
  const text = logText();
  const bytes = Buffer.from(text);
  const every = ["jwt", "connection-strings", "github", "slack", "stripe", "email"];
  const scans = [
    {
      name: "one plain regular expression",
      run: () => void bytes.toString("latin1").replace(PLAIN, "[masked]"),
    },
    { name: "pem and aws-keys (always)", run: () => void stream(bytes, set([])) },
    { name: "with tokens and e-mail", run: () => void stream(bytes, set(every)) },
    {
      name: "with cards, iban, national ids",
      run: () => void stream(bytes, set([...every, "cards", "iban", "national-ids"])),
    },
  ];
  const megabytes = bytes.length / 1_000_000;
  const { ms, growth } = streamed(bytes);
  return {
    answerMicroseconds: answerMs * 1_000,
    leaves: leaves.length,
    scans: scans.map(({ name, run }) => ({
      name,
      megabytesPerSecond: (megabytes * 1_000) / median(ROUNDS, run),
    })),
    streamMilliseconds: ms,
    streamGrowthBytes: growth,
  };
}

/** The figures as lines to print. */
export function maskingLines(): readonly string[] {
  const figures = maskingFigures();
  const plain = figures.scans[0]?.megabytesPerSecond ?? 1;
  return [
    `  10 KB answer, three masks      ${figures.answerMicroseconds.toFixed(0)} us (${figures.leaves} leaves)`,
    ...figures.scans.map(
      ({ name, megabytesPerSecond }) =>
        `  ${name.padEnd(30)} ${megabytesPerSecond.toFixed(0).padStart(5)} MB/s, ${(megabytesPerSecond / plain).toFixed(2)} of the plain one`,
    ),
    `  4 MB streamed                  ${figures.streamMilliseconds.toFixed(0)} ms, growth ${(figures.streamGrowthBytes / 1_048_576).toFixed(1)} MB`,
  ];
}

function stream(bytes: Buffer, detectors: readonly Detector[]): void {
  const masker = createStreamMasker(detectors);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) masker.push(bytes.subarray(at, at + CHUNK_BYTES));
  masker.end();
}

function streamed(bytes: Buffer): { readonly ms: number; readonly growth: number } {
  const masker = createStreamMasker(set([]));
  const memory = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = memory();
  let most = before;
  const started = performance.now();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    masker.push(bytes.subarray(at, at + CHUNK_BYTES));
    most = Math.max(most, memory());
  }
  masker.end();
  return { ms: performance.now() - started, growth: most - before };
}

function set(names: readonly string[]): readonly Detector[] {
  const named = detectorsNamed(names);
  if (named.kind === "unknown") throw new Error(`no detector ${named.name}`);
  return named.detectors;
}

function median(rounds: number, run: () => void): number {
  for (let warm = 0; warm < 3; warm++) run();
  const times = Array.from({ length: rounds }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return times.sort((one, other) => one - other)[rounds >> 1] ?? 0;
}

function answerLeaves(): readonly AnswerLeaf[] {
  return Array.from({ length: 40 }, (_, index) => index).flatMap((index) =>
    ["Name", "Arn", "Password", "Config", "Text"].map(
      (name): AnswerLeaf => ({
        path: [
          { kind: "member", name: "Items" },
          { kind: "item", index },
          { kind: "member", name },
        ],
        type: "string",
        text:
          name === "Config"
            ? `{"host":"db-${index}","token":"t-${index}"}`
            : `${name} ${"value ".repeat(8)}${index}`,
        sensitive: false,
        known: true,
      }),
    ),
  );
}

function logText(): string {
  const lines: string[] = [];
  for (let index = 0, length = 0; length < TEXT_BYTES; index++) {
    const line = `2026-01-31T12:00:${String(index % 60).padStart(2, "0")}.${index % 1_000}Z INFO  request ${index * 7_919} GET /orders/${index}?page=2 took ${index % 300} ms, user u-${index % 97}, status 200, Secret store ok\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join("");
}
