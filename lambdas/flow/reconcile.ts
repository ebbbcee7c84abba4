// What is left undone by functions that were cut off, found and ended each minute: calls without an end (close-lost.ts) and
// approvals that nobody was asked about (start-forgotten.ts). Both walk by a cursor of their own, so that one whose part of
// the world is down does not hold up the other. Twice at once does no harm.

import { type CloseLostDependencies, closeLost, LOST_AFTER_MS } from "./close-lost.ts";
import { FORGOTTEN_AFTER_MS, type StartForgottenDependencies, startForgotten } from "./start-forgotten.ts";
import { type MinuteCursor, type Walked, walkMinutes } from "./walk-minutes.ts";

export interface ReconcileDependencies extends CloseLostDependencies, StartForgottenDependencies {
  readonly cursor: MinuteCursor;
}

export interface Reconciled {
  /** Calls that were closed as in doubt. */
  readonly closed: number;
  /** Approvals whose workflow was started. */
  readonly started: number;
  /** How many settled minutes still wait, of the walk that is further behind. */
  readonly minutesBehind: number;
}

/** @throws the first fault, after both walks went as far as they could: the next run goes on from there */
export async function reconcile(dependencies: ReconcileDependencies): Promise<Reconciled> {
  const [calls, approvals] = await Promise.allSettled([
    walkMinutes(
      {
        name: "calls",
        ageMs: LOST_AFTER_MS,
        visit: (startMs, untilMs) => closeLost(startMs, untilMs, dependencies),
      },
      dependencies,
    ),
    walkMinutes(
      {
        name: "approvals",
        ageMs: FORGOTTEN_AFTER_MS,
        visit: (startMs, untilMs) => startForgotten(startMs, untilMs, dependencies),
      },
      dependencies,
    ),
  ]);
  const [ended, asked] = [walkedIn(calls), walkedIn(approvals)];
  return {
    closed: ended.done,
    started: asked.done,
    minutesBehind: Math.max(ended.minutesBehind, asked.minutesBehind),
  };
}

function walkedIn(result: PromiseSettledResult<Walked>): Walked {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}
