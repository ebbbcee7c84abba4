// Closes the calls whose function did not live to say how they ended: each intent without an outcome that is older than
// any function can be gets the outcome `in_doubt`, with what the intent knows. Nothing is sent, and no end is replaced:
// the log takes one end for a call, so a late function or a second run changes nothing. Trusts the index only to name
// calls; whether one is open is read anew, strongly consistent.

import { CountersignError } from "../boundary/errors.ts";
import { faultFields, log as writeLog } from "../boundary/log.ts";
import type { Intent } from "../model/record.ts";
import type { Clock } from "../net/clock.ts";
import type { RecordIndex } from "../recording/checkpoint-ports.ts";
import type { CallKey } from "../recording/keys.ts";
import { endOfLost, withoutEnd } from "../recording/lost-calls.ts";
import { MINUTE_MS } from "../recording/minutes.ts";
import type { CallLog } from "../recording/ports.ts";

/** `call` and `run` live 120 s at most; 30 s more for clocks that do not agree. */
export const LOST_AFTER_MS = 150_000;

const AT_ONCE = 16;

export interface OpenIntents {
  /** The intent under this key while the call has no end, else `ended`. Strongly consistent. @throws when unreadable */
  openIntentOf(key: CallKey): Promise<Intent | "ended">;
}

export interface CloseLostDependencies {
  readonly clock: Clock;
  readonly index: RecordIndex;
  readonly intents: OpenIntents;
  readonly log: Pick<CallLog, "appendOutcome">;
}

/** @returns how many it closed. @throws when the world fails: to be repeated */
export async function closeLost(
  startMs: number,
  untilMs: number,
  dependencies: CloseLostDependencies,
): Promise<number> {
  const { index } = dependencies;
  const records = await index.writtenIn(startMs);
  if (withoutEnd(records, records, untilMs).length === 0) return 0;
  // Most calls end in the minute in which they began, nearly all others in the next one.
  const after = await index.writtenIn(startMs + MINUTE_MS);
  const open = withoutEnd(records, [...records, ...after], untilMs);
  let closed = 0;
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const batch = open.slice(from, from + AT_ONCE).map((key) => closeOne(key, dependencies));
    closed += (await Promise.all(batch)).filter((isClosed) => isClosed).length;
  }
  return closed;
}

async function closeOne(key: CallKey, { clock, intents, log }: CloseLostDependencies): Promise<boolean> {
  try {
    const intent = await intents.openIntentOf(key);
    if (intent === "ended") return false;
    await log.appendOutcome(key, endOfLost(intent, clock.nowMs()));
    return true;
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "record_failed") throw error;
    // Somebody else wrote its end meanwhile; or it cannot be read, and never will be: the others must not wait for it.
    writeLog({ event: "fault", session: key.session, fault: faultFields(error) });
    return false;
  }
}
