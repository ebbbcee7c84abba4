// The minutes in which records are written, and the partitions of the time index that they fall into. Pure.
// A minute is spread over 16 partitions: one partition of an index takes 1,000 writes a second.

import { createHash } from "node:crypto";

export const MINUTE_MS = 60_000;

export const SHARDS = 16;

/**
 * How many minutes after its own each minute is looked at again. A write may take minutes (a signed request counts for
 * 5 to 15 of them, a frozen function sends it late), an index that lags may take longer; after a day nothing comes.
 */
export const LOOKED_AT_AGAIN = [1, 5, 30, 1_440] as const;

/** The value of the attribute `minute`: `m#<minute>#<shard>`. The leaf spreads the records evenly. */
export function minuteBucket(writtenAtMs: number, leaf: string): string {
  return bucketOf(startOfMinute(writtenAtMs), shardOf(leaf));
}

/** Which of the 16 partitions of an index's value a record falls into, 0 to 15. */
export function shardOf(leaf: string): number {
  return (createHash("sha256").update(leaf).digest()[0] ?? 0) % SHARDS;
}

/** All partitions of the minute that begins then. */
export function minuteBuckets(startMs: number): readonly string[] {
  return Array.from({ length: SHARDS }, (_, shard) => bucketOf(startMs, shard));
}

/** When the minute began in which this moment lies, epoch milliseconds. */
export function startOfMinute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function bucketOf(startMs: number, shard: number): string {
  return `m#${new Date(startMs).toISOString().slice(0, "2026-01-01T00:00".length)}#${shard}`;
}
