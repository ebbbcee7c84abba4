// The lines of an export: a header, then each checkpoint followed by its records in the order of its leaves. Pure.
// A line has one spelling only: what is not exactly as written here is not read, so that no two readers of an export can
// understand it differently. docs/record-format.md.

import { isHash } from "./checkpoint.ts";
import type { StoredText } from "./leaf.ts";

export interface ExportHeader {
  readonly type: "header";
  readonly format: "countersign-export";
  readonly version: 1;
  readonly deployment: string;
  /** Of the first checkpoint, and the end of the last one. */
  readonly from: string;
  readonly to: string;
  /** Sequences of the first and the last checkpoint. */
  readonly first: number;
  readonly last: number;
}

export interface CheckpointLine {
  readonly type: "checkpoint";
  /** The canonical text, which is what was signed. */
  readonly checkpoint: string;
  /** ECDSA P-256 with SHA-256 over the text's UTF-8, DER, base64. */
  readonly signature: string;
  /** Leaf hashes in hex, in the order of the tree. */
  readonly leaves: readonly string[];
}

interface RecordLine extends StoredText {
  readonly type: "record";
}

export type ExportLine = ExportHeader | CheckpointLine | RecordLine;

/** The line's only spelling, without its line feed. */
export function writeLine(line: ExportLine): string {
  switch (line.type) {
    case "header": {
      const { type, format, version, deployment, from, to, first, last } = line;
      return JSON.stringify({ type, format, version, deployment, from, to, first, last });
    }
    case "checkpoint": {
      const { type, checkpoint, signature, leaves } = line;
      return JSON.stringify({ type, checkpoint, signature, leaves });
    }
    case "record": {
      const { type, pk, sk, record } = line;
      return JSON.stringify({ type, pk, sk, record });
    }
  }
}

/** What the line says, or `undefined` where it is not in its only spelling. */
export function parseLine(text: string): ExportLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !isLine(value)) return undefined;
  return writeLine(value) === text ? value : undefined;
}

function isLine(value: object): value is ExportLine {
  const line = value as Record<keyof ExportHeader | keyof CheckpointLine | keyof RecordLine, unknown>;
  switch (line.type) {
    case "header":
      return (
        line.format === "countersign-export" &&
        line.version === 1 &&
        [line.deployment, line.from, line.to].every(isText) &&
        [line.first, line.last].every(Number.isSafeInteger)
      );
    case "checkpoint":
      return [line.checkpoint, line.signature].every(isText) && isLeaves(line.leaves);
    case "record":
      return [line.pk, line.sk, line.record].every(isText);
    default:
      return false;
  }
}

function isLeaves(value: unknown): boolean {
  return Array.isArray(value) && value.every(isHash);
}

/** A lone surrogate has no UTF-8 of its own: two texts would give the same leaf. */
function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}
