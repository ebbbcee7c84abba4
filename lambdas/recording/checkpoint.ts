// Decides what a checkpoint says and in which order it counts the records of its minute. Pure. What is signed is the
// checkpoint's text itself, in one canonical form: a text that differs in a byte is another one, and is not read at all.
// Trusts the index for which records there are. Signing, storing and time are the flow's. docs/record-format.md.

import { createHash } from "node:crypto";
import { rootOf } from "./merkle-tree.ts";
import { MINUTE_MS } from "./minutes.ts";

/** A record as the time index names it. */
export interface IndexedRecord {
  readonly pk: string;
  readonly sk: string;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  /** The leaf's hash, hex, as it was written with the record. */
  readonly leaf: string;
}

export interface Checkpoint {
  readonly version: 1;
  /** 1, 2, 3 ...: one for each minute, also for one without records. */
  readonly sequence: number;
  /** The minute whose records this is about, ISO 8601: `to` is one minute after `from`. */
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** How many of these, the last ones in the list, were written in an earlier minute and seen only now. */
  readonly late: number;
  /** Of the Merkle tree over the leaves, hex. */
  readonly root: string;
  /** sha256 of the text of the checkpoint before, hex; null in the first. */
  readonly previous: string | null;
  readonly deployment: string;
  readonly signedAt: string;
}

const HASH = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The canonical text: these members in this order, without white space. */
export function checkpointText(checkpoint: Checkpoint): string {
  const { version, sequence, from, to, count, late, root, previous, deployment, signedAt } = checkpoint;
  return JSON.stringify({
    version,
    sequence,
    from,
    to,
    count,
    late,
    root,
    previous,
    deployment,
    signedAt,
  });
}

/** The checkpoint that this is the canonical text of, or `undefined`. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // A member that is absent, twice, in another order or in another spelling does not survive being written again.
  if (typeof value !== "object" || value === null) return undefined;
  const checkpoint = value as Checkpoint;
  return isWhole(checkpoint) && checkpointText(checkpoint) === text ? checkpoint : undefined;
}

/** sha256 of the text, hex: what the next checkpoint names as `previous`. */
export function checkpointHash(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** The leaves in the order in which the tree takes them: by time and key; the late ones after all others. */
export function leavesInOrder(
  onTime: readonly IndexedRecord[],
  late: readonly IndexedRecord[],
): readonly string[] {
  return [...onTime.toSorted(byTimeAndKey), ...late.toSorted(byTimeAndKey)].map(({ leaf }) => leaf);
}

/** The root over leaf hashes in hex, hex. */
export function rootOfLeaves(leaves: readonly string[]): string {
  return Buffer.from(rootOf(leaves.map((leaf) => Buffer.from(leaf, "hex")))).toString("hex");
}

export function isHash(value: unknown): value is string {
  return typeof value === "string" && HASH.test(value);
}

function isWhole(value: Checkpoint): boolean {
  const { version, sequence, from, to, count, late, root, previous, deployment, signedAt } = value;
  return (
    version === 1 &&
    isCount(sequence) &&
    sequence > 0 &&
    [from, to, signedAt].every((time) => typeof time === "string" && TIME.test(time)) &&
    Date.parse(to) - Date.parse(from) === MINUTE_MS &&
    Date.parse(from) % MINUTE_MS === 0 &&
    isCount(count) &&
    isCount(late) &&
    late <= count &&
    isHash(root) &&
    (previous === null || isHash(previous)) &&
    (previous === null) === (sequence === 1) &&
    typeof deployment === "string"
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function byTimeAndKey(one: IndexedRecord, other: IndexedRecord): number {
  return compare(one.at, other.at) || compare(one.pk, other.pk) || compare(one.sk, other.sk);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
