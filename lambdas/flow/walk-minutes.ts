// Walks the minutes of the past, each once it is over and settled, and some again, since an index lags. A cursor that is
// kept says how far the walk is, so that after a pause it goes on where it stopped. What is done in a minute is the
// visitor's, and must be harmless when it is done twice. Trusts nobody to run it alone.

import type { Clock } from "../net/clock.ts";
import { MINUTE_MS, startOfMinute } from "../recording/minutes.ts";

const MOST_AT_ONCE = 60; // an hour's backlog in one run
const LONGEST_RUN_MS = 180_000; // within the function's 5 minutes, a last visit included
/** Minutes ago, as checkpoints do (recording/minutes.ts): what an index showed late, or a slow clock wrote there. */
const LOOKED_AT_AGAIN = [5, 30, 1_440] as const;

export interface MinuteCursor {
  /** Where the walk of this name goes on, epoch milliseconds; `none` before its first. @throws when that is not known */
  at(walk: string): Promise<number | "none">;
  /** Never back: a run that is behind changes nothing. @throws when it is not known to be kept */
  moveTo(walk: string, startMs: number): Promise<void>;
}

export interface Walk {
  /** Names its cursor. */
  readonly name: string;
  /** How old something must be. */
  readonly ageMs: number;
  /** Does what is to be done about what began in this minute and not after `untilMs`; returns how much that was. */
  visit(startMs: number, untilMs: number): Promise<number>;
}

export interface Walked {
  readonly done: number;
  /** How many settled minutes still wait. */
  readonly minutesBehind: number;
}

/** @throws what `visit` and the cursor throw: the next run goes on from there */
export async function walkMinutes(
  { name, ageMs, visit }: Walk,
  { clock, cursor }: { readonly clock: Clock; readonly cursor: MinuteCursor },
): Promise<Walked> {
  const began = clock.nowMs();
  const until = (): number => clock.nowMs() - ageMs;
  let next = await startOf(name, until(), cursor);
  let done = 0;
  let minutes = 0;
  const mayGoOn = (): boolean => minutes < MOST_AT_ONCE && clock.nowMs() - began < LONGEST_RUN_MS;
  while (next + MINUTE_MS <= until() && mayGoOn()) {
    for (const age of [0, ...LOOKED_AT_AGAIN]) done += await visit(next - age * MINUTE_MS, until());
    next += MINUTE_MS;
    minutes += 1;
    await cursor.moveTo(name, next);
  }
  const minutesBehind = Math.max(0, Math.floor((until() - next) / MINUTE_MS));
  // INVARIANT: what is old enough in the minute that is not settled is not left for the next run: 5 minutes are short.
  if (minutesBehind === 0 && next <= until()) done += await visit(next, until());
  return { done, minutesBehind };
}

async function startOf(name: string, untilMs: number, cursor: MinuteCursor): Promise<number> {
  const standing = await cursor.at(name);
  if (standing !== "none") return standing;
  // The first walk begins here, and looks a day back only minute by minute, as it goes on.
  const first = startOfMinute(untilMs);
  await cursor.moveTo(name, first);
  return first;
}
