// What somebody could do to an export: seeded, so that a tampering that is not found can be made again.

import { checkpointText, parseCheckpoint, rootOfLeaves } from "../../lambdas/recording/checkpoint.ts";
import {
  type CheckpointLine,
  type ExportLine,
  parseLine,
  writeLine,
} from "../../lambdas/recording/export-format.ts";
import { leafHashOf } from "../../lambdas/recording/leaf.ts";
import type { Exported } from "./exported.ts";

export type Random = (below: number) => number;

/** mulberry32: small, seeded, even enough to choose with. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Tampering = (original: Exported, random: Random) => readonly string[];

export const TAMPERINGS = {
  "edit a character": ({ lines }, random) => {
    const at = random(lines.length);
    const text = lines[at] ?? "";
    const place = random(text.length);
    const other = String.fromCharCode(32 + random(95));
    return lines.with(at, `${text.slice(0, place)}${other}${text.slice(place + 1)}`);
  },
  "edit a record": ({ lines }, random) => {
    const at = anyOf(lines, "record", random);
    return edited(lines, at, (line) =>
      line.type === "record"
        ? { ...line, record: line.record.replace(/\d+}$/, `${random(1e6) + 1e6}}`) }
        : line,
    );
  },
  "edit a record's key": ({ lines }, random) => {
    const at = anyOf(lines, "record", random);
    return edited(lines, at, (line) => (line.type === "record" ? { ...line, pk: `${line.pk}0` } : line));
  },
  "edit a record and its leaf": ({ lines }, random) => forgedRecord(lines, anyOf(lines, "record", random)),
  "drop a line": ({ lines }, random) => lines.toSpliced(random(lines.length), 1),
  "drop a record": ({ lines }, random) => lines.toSpliced(anyOf(lines, "record", random), 1),
  "drop a checkpoint with its records": ({ lines }, random) => {
    const at = anyOf(lines, "checkpoint", random);
    return lines.toSpliced(at, blockEnd(lines, at) - at);
  },
  "swap two lines": ({ lines }, random) => swapped(lines, random(lines.length), random(lines.length)),
  "swap two records": ({ lines }, random) =>
    swapped(lines, anyOf(lines, "record", random), anyOf(lines, "record", random)),
  "copy a line": ({ lines }, random) =>
    lines.toSpliced(random(lines.length + 1), 0, lines[random(lines.length)] ?? ""),
  "add a record": ({ lines }, random) => {
    const record = `{"version":1,"phase":"OUTCOME","n":${random(1e6) + 1e6}}`;
    const line = writeLine({ type: "record", pk: "SESSION#0", sk: `CALL#${random(99)}#OUTCOME`, record });
    return lines.toSpliced(1 + random(lines.length), 0, line);
  },
  truncate: ({ lines }, random) => lines.slice(0, random(lines.length)),
  "truncate after a checkpoint, and the header": ({ lines }, random) => {
    const end =
      anyOf(lines.slice(firstCheckpoint(lines, 1)), "checkpoint", random) + firstCheckpoint(lines, 1);
    return withHeader(lines.slice(0, end));
  },
  "cut the beginning, and the header": ({ lines }, random) => {
    const rest = lines.slice(firstCheckpoint(lines, 1));
    return withHeader([lines[0] ?? "", ...rest.slice(anyOf(rest, "checkpoint", random))]);
  },
  "fork with another key": (original, random) =>
    forked(original.lines, random, () => Buffer.from("forged").toString("base64")),
  "fork with the true key": (original, random) => forked(original.lines, random, original.sign),
  "restore an older table": ({ lines }, random) => {
    const since = anyOf(lines, "record", random);
    return lines.filter((line, at) => at < since || typeOf(line) !== "record");
  },
  "restore an older table, and add": ({ lines }, random) => {
    const since = anyOf(lines, "record", random);
    return lines.map((line, at) => (at < since ? line : line.replace(/\\"n\\":(\d+)}"}$/, '\\"n\\":1$1}"}')));
  },
} satisfies Readonly<Record<string, Tampering>>;

/** The place of the first line (from 1) that is not as it was. */
export function firstDifference(
  original: readonly string[],
  tampered: readonly string[],
): number | undefined {
  const longest = Math.max(original.length, tampered.length);
  for (let at = 0; at < longest; at += 1) if (original[at] !== tampered[at]) return at + 1;
  return undefined;
}

function edited(
  lines: readonly string[],
  at: number,
  change: (line: ExportLine) => ExportLine,
): readonly string[] {
  const line = parseLine(lines[at] ?? "");
  if (line === undefined) throw new Error(`line ${at + 1} is not of an export`);
  return lines.with(at, writeLine(change(line)));
}

/** The record, its leaf and the root: all but the signature. */
function forgedRecord(lines: readonly string[], at: number): readonly string[] {
  const changed = edited(lines, at, (line) =>
    line.type === "record" ? { ...line, record: line.record.replace("INTENT", "intent") } : line,
  );
  const [before, after] = [lines[at], changed[at]].map((text) => parseLine(text ?? ""));
  if (before?.type !== "record" || after?.type !== "record") throw new Error("not a record");
  const [old, forged] = [leafHashOf(before), leafHashOf(after)];
  return changed.map((text) => text.replace(old, forged));
}

/** From some checkpoint on one leaf less; that checkpoint is made to fit, the following ones stay. */
function forked(lines: readonly string[], random: Random, sign: (text: string) => string): readonly string[] {
  const full = lines.flatMap((text, at) => (leavesIn(text).length > 0 ? [at] : []));
  const at = full[random(full.length)] ?? 0;
  const place = random(leavesIn(lines[at] ?? "").length);
  const shorter = edited(lines, at, (line) =>
    line.type === "checkpoint" ? without(line, place, sign) : line,
  );
  return shorter.toSpliced(at + 1 + place, 1);
}

function without(line: CheckpointLine, place: number, sign: (text: string) => string): CheckpointLine {
  const checkpoint = parseCheckpoint(line.checkpoint);
  if (checkpoint === undefined) throw new Error("not a checkpoint");
  const leaves = line.leaves.toSpliced(place, 1);
  const late = Math.min(checkpoint.late, leaves.length);
  const text = checkpointText({ ...checkpoint, count: leaves.length, late, root: rootOfLeaves(leaves) });
  return { ...line, checkpoint: text, signature: sign(text), leaves };
}

/** As if the export had been asked for just what it holds. */
function withHeader(lines: readonly string[]): readonly string[] {
  const spans = lines.flatMap((text) => {
    const line = parseLine(text);
    return line?.type === "checkpoint" ? [parseCheckpoint(line.checkpoint)] : [];
  });
  const [first, last] = [spans.at(0), spans.at(-1)];
  if (first === undefined || last === undefined) return lines;
  return edited(lines, 0, (line) => ({
    ...line,
    from: first.from,
    to: last.to,
    first: first.sequence,
    last: last.sequence,
  }));
}

function swapped(lines: readonly string[], one: number, other: number): readonly string[] {
  return lines.with(one, lines[other] ?? "").with(other, lines[one] ?? "");
}

function anyOf(lines: readonly string[], type: ExportLine["type"], random: Random): number {
  const places = lines.flatMap((line, at) => (typeOf(line) === type ? [at] : []));
  return places[random(places.length)] ?? 0;
}

function firstCheckpoint(lines: readonly string[], after: number): number {
  return lines.findIndex((line, at) => at > after && typeOf(line) === "checkpoint");
}

function blockEnd(lines: readonly string[], at: number): number {
  const end = firstCheckpoint(lines, at);
  return end < 0 ? lines.length : end;
}

function leavesIn(text: string): readonly string[] {
  const line = typeOf(text) === "checkpoint" ? parseLine(text) : undefined;
  return line?.type === "checkpoint" ? line.leaves : [];
}

function typeOf(text: string): string | undefined {
  return /^{"type":"(\w+)"/.exec(text)?.[1];
}
