// Times masking: whole answers from bytes to bytes, detectors on log text, each beside one plain regular expression over
// the same text; and the memory that a stream needs, garbage collected between its pieces. Medians, and ratios to the
// plain expression, since machines differ.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { detectorsNamed } from "../lambdas/masking/detectors/catalogue.ts";
import type { Detector } from "../lambdas/masking/detectors/detector.ts";
import { createStreamMasker } from "../lambdas/masking/stream-mask.ts";
import { answerFigures } from "./masking-answers.ts";
import { medianMs } from "./median.ts";

const TEXT_BYTES = 4 * 1_048_576;
const CHUNK_BYTES = 65_536;
const ROUNDS = 9;
const MANY = 100; // times the text: a stream of 400 MB
const PLAIN =
  /AKIA[A-Z2-7]{16}|ASIA[A-Z2-7]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|ecret[_-]?(?:access)?[_-]?key/gi;
const TOKENS = ["jwt", "connection-strings", "github", "slack", "stripe", "email"];
const NUMBERS = ["cards", "iban", "national-ids"];

/** The figures as lines to print. */
export function maskingLines(): readonly string[] {
  const bytes = Buffer.from(logText());
  return [...answerLines(), ...detectorLines(bytes), ...streamLines(bytes)];
}

function answerLines(): readonly string[] {
  return answerFigures().flatMap(({ name, bytes, leaves, edits, read, mask, write, whole, plain }) => [
    `  ${name.padEnd(30)} ${whole.toFixed(0).padStart(6)} us: ${leaves} leaves, ${edits} hidden, ${bytes} bytes`,
    `    read ${read.toFixed(0)} us, mask ${mask.toFixed(0)} us, write ${write.toFixed(0)} us; ${(whole / plain).toFixed(1)} times the plain expression's ${plain.toFixed(0)} us`,
  ]);
}

function detectorLines(bytes: Buffer): readonly string[] {
  const speed = (run: () => void) => (bytes.length / 1_000 / medianMs(ROUNDS, run)) | 0;
  const plain = speed(() => void bytes.toString("latin1").replace(PLAIN, "[masked]"));
  const sets = [
    ["pem and aws-keys (always)", []],
    ["with tokens and e-mail", TOKENS],
    ["with cards, iban, national ids", [...TOKENS, ...NUMBERS]],
  ] as const;
  return [
    `  one plain regular expression   ${String(plain).padStart(6)} MB/s`,
    ...sets.map(([name, names]) => {
      const megabytes = speed(() => stream(bytes, detectorSet(names)));
      return `  ${name.padEnd(30)} ${String(megabytes).padStart(6)} MB/s, ${(megabytes / plain).toFixed(2)} of the plain one`;
    }),
  ];
}

function streamLines(bytes: Buffer): readonly string[] {
  return [1, MANY].map((times) => {
    const most = growth(bytes, times);
    return `  ${String(times * 4).padStart(3)} MB streamed                at most ${(most / 1_024).toFixed(0)} KB more in memory`;
  });
}

function stream(bytes: Buffer, detectors: readonly Detector[]): void {
  const masker = createStreamMasker(detectors);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) masker.push(bytes.subarray(at, at + CHUNK_BYTES));
  masker.end();
}

/** The most that heap and buffers grew by between two pieces; collected often enough to see what is kept. */
function growth(bytes: Buffer, times: number): number {
  const collect = collector();
  const masker = createStreamMasker(detectorSet([...TOKENS, ...NUMBERS]));
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  const every = Math.max(1, (times * chunks) >> 6);
  let before: number | undefined;
  let most = 0;
  for (let number = 0; number < times * chunks; number++) {
    const at = (number % chunks) * CHUNK_BYTES;
    masker.push(bytes.subarray(at, at + CHUNK_BYTES));
    if (number % every !== 0) continue;
    collect();
    collect(); // the buffers of what the first has found dead
    const { heapUsed, external } = process.memoryUsage();
    // From the first piece on: the window is there.
    before ??= heapUsed + external;
    most = Math.max(most, heapUsed + external - before);
  }
  masker.end();
  return most;
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  return () => {
    if (typeof collect === "function") collect();
  };
}

function detectorSet(names: readonly string[]): readonly Detector[] {
  const named = detectorsNamed(names);
  if (named.kind === "unknown") throw new Error(`no detector ${named.name}`);
  return named.detectors;
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
