// Seals the records, minute by minute: one checkpoint for each minute that is over and settled, in order, until caught up.
// It is run each minute, and twice at once does no harm: the store takes one checkpoint for a sequence, once. Decides
// when a minute is closed and which older minutes are looked at again, so that no record is left out for ever.
// Trusts the index to name each record sooner or later; what a checkpoint says is recording/'s.

import { CountersignError } from "../boundary/errors.ts";
import type { Clock } from "../net/clock.ts";
import {
  type Checkpoint,
  checkpointHash,
  checkpointText,
  type IndexedRecord,
  leavesInOrder,
  parseCheckpoint,
  rootOfLeaves,
} from "../recording/checkpoint.ts";
import type { CheckpointSigner, CheckpointStore, RecordIndex } from "../recording/checkpoint-ports.ts";
import type { CheckpointLine } from "../recording/export-format.ts";
import { LOOKED_AT_AGAIN, MINUTE_MS, startOfMinute } from "../recording/minutes.ts";

const SETTLE_MS = 60_000; // after its end a minute's records have this long to reach the index
const MOST_AT_ONCE = 60; // an hour's backlog in one run

export interface CheckpointDependencies {
  readonly clock: Clock;
  readonly index: RecordIndex;
  readonly store: CheckpointStore;
  readonly signer: CheckpointSigner;
  /** Named in each checkpoint. */
  readonly deployment: string;
}

export interface CheckpointRun {
  readonly checkpoints: number;
  readonly records: number;
  /** How many of the records were not seen in their own minute's checkpoint. */
  readonly late: number;
  /** How many settled minutes still wait for their checkpoint. */
  readonly minutesBehind: number;
}

interface Position {
  readonly sequence: number;
  readonly fromMs: number;
  readonly previous: string | null;
}

/** @throws when a record cannot be read, or a checkpoint neither signed nor stored: the next run goes on from there */
export async function checkpoint(dependencies: CheckpointDependencies): Promise<CheckpointRun> {
  let position = await nextPosition(dependencies);
  let [checkpoints, records, late] = [0, 0, 0];
  while (checkpoints < MOST_AT_ONCE && isSettled(position, dependencies.clock)) {
    const made = await seal(position, dependencies);
    if ((await dependencies.store.append(position.sequence, made.line)) === "exists") break; // another run is at it
    checkpoints += 1;
    records += made.checkpoint.count;
    late += made.checkpoint.late;
    position = after(made.checkpoint, made.line.checkpoint);
  }
  const behind = dependencies.clock.nowMs() - SETTLE_MS - position.fromMs;
  return { checkpoints, records, late, minutesBehind: Math.max(0, Math.floor(behind / MINUTE_MS)) };
}

async function nextPosition({ store, clock }: CheckpointDependencies): Promise<Position> {
  const latest = await store.latest();
  if (latest === "none") {
    // The first one closes the last minute that is settled. What was written before comes to light as late.
    const fromMs = startOfMinute(clock.nowMs() - SETTLE_MS) - MINUTE_MS;
    return { sequence: 1, fromMs, previous: null };
  }
  const standing = parseCheckpoint(latest.checkpoint);
  if (standing === undefined) throw unreadable();
  return after(standing, latest.checkpoint);
}

function after({ sequence, to }: Checkpoint, text: string): Position {
  return { sequence: sequence + 1, fromMs: Date.parse(to), previous: checkpointHash(text) };
}

function isSettled({ fromMs }: Position, clock: Clock): boolean {
  return fromMs + MINUTE_MS + SETTLE_MS <= clock.nowMs();
}

async function seal(
  { sequence, fromMs, previous }: Position,
  dependencies: CheckpointDependencies,
): Promise<{ readonly checkpoint: Checkpoint; readonly line: CheckpointLine }> {
  const { index, signer, deployment, clock } = dependencies;
  const onTime = distinct(await index.writtenIn(fromMs));
  const late: IndexedRecord[] = [];
  for (const age of LOOKED_AT_AGAIN) {
    late.push(...(await leftOut(age, { sequence, fromMs }, dependencies)));
  }
  const leaves = leavesInOrder(onTime, late);
  const checkpoint: Checkpoint = {
    version: 1,
    sequence,
    from: new Date(fromMs).toISOString(),
    to: new Date(fromMs + MINUTE_MS).toISOString(),
    count: leaves.length,
    late: late.length,
    root: rootOfLeaves(leaves),
    previous,
    deployment,
    signedAt: new Date(clock.nowMs()).toISOString(),
  };
  const text = checkpointText(checkpoint);
  const line = { type: "checkpoint", checkpoint: text, signature: await signer.sign(text), leaves } as const;
  return { checkpoint, line };
}

/** The records of the minute so long ago that are in none of the checkpoints that could hold them. */
async function leftOut(
  age: number,
  { sequence, fromMs }: Pick<Position, "sequence" | "fromMs">,
  { index, store }: CheckpointDependencies,
): Promise<readonly IndexedRecord[]> {
  const found = distinct(await index.writtenIn(fromMs - age * MINUTE_MS));
  if (found.length === 0) return [];
  // INVARIANT: one checkpoint a minute, so a minute's own has the sequence so many less, and so have its later looks.
  const looks = [0, ...LOOKED_AT_AGAIN.filter((earlier) => earlier < age)];
  const sequences = looks.map((look) => sequence - age + look).filter((each) => each >= 1);
  const counted = new Set((await Promise.all(sequences.map((each) => store.at(each)))).flatMap(leavesOf));
  return found.filter(({ leaf }) => !counted.has(leaf));
}

function leavesOf({ leaves }: CheckpointLine): readonly string[] {
  return leaves;
}

function distinct(records: readonly IndexedRecord[]): readonly IndexedRecord[] {
  return [...new Map(records.map((record) => [record.leaf, record])).values()];
}

function unreadable(): CountersignError {
  return new CountersignError("record_failed", "the latest checkpoint cannot be read");
}
