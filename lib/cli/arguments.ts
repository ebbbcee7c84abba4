// Reads the words of a command line as commands mean them: options, times, counts. What is wrong is told with what to
// write instead.

import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { didYouMean } from "../did-you-mean.ts";
import { UsageError } from "./exit.ts";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Options and further words. @throws UsageError, with the option that may be meant */
export function parseWords<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageErrorOf(error, Object.keys(options)) ?? error;
  }
}

/** What `parseArgs` says, with the option that may be meant; `undefined` for any other error. */
export function usageErrorOf(error: unknown, options: Iterable<string>): UsageError | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (!String(error.code).startsWith("ERR_PARSE_ARGS")) return undefined;
  const unknown = /^Unknown option '(--[^']*|-.)'/.exec(error.message)?.[1];
  if (unknown === undefined) return new UsageError(firstSentence(error.message), { cause: error });
  const known = [...options].map((name) => `--${name}`);
  return new UsageError(`there is no option \`${unknown}\`${didYouMean(unknown, known)}`, { cause: error });
}

/**
 * A time: ISO 8601, or so long ago: `90s`, `30m`, `4h`, `2d`. Epoch milliseconds.
 * @throws UsageError
 */
export function timeOf(option: string, text: string, nowMs: number): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs !== undefined) return nowMs - Number(count) * unitMs;
  // `Date.parse` would take a bare number for a year.
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new UsageError(
      `--${option} \`${text}\` is not a time: write it as 2026-01-31T12:00:00Z, or as \`30m\`, \`4h\`, \`2d\` ago`,
    );
  }
  return ms;
}

/** @throws UsageError unless it is a whole number from 1 up */
export function countOf(option: string, text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count > 0) return count;
  throw new UsageError(`--${option} takes a whole number from 1, not \`${text}\``);
}

/** The only further word, or none. @throws UsageError for more */
export function onlyWord(words: readonly string[], what: string): string | undefined {
  const [word, ...more] = words;
  if (more.length > 0) throw new UsageError(`name one ${what}: \`${more[0]}\` is one too many`);
  return word;
}

/** @throws UsageError when there are any */
export function noWords([word]: readonly string[]): void {
  if (word !== undefined) throw new UsageError(`\`${word}\` belongs to no option`);
}

function firstSentence(message: string): string {
  return message.replace(/\. [\s\S]*$/, "");
}
