// Puts the records of a session together again: intent and outcome of each call, in the order in which they began.

import type { Intent, Opening, Order, Outcome } from "../../lambdas/model/record.ts";
import type { FoundRecord } from "./records.ts";

export interface RecordedPair {
  /** What their keys share, `CALL#` left out. */
  readonly key: string;
  /** Absent of a refusal: nothing was to be sent. */
  readonly intent: Intent | undefined;
  /** Absent of a call that nobody knows the end of. */
  readonly outcome: Outcome | undefined;
  /** One of both. */
  readonly either: Intent | Outcome;
  /** Epoch milliseconds at which the call came in, as far as the records tell. */
  readonly startMs: number;
}

type SessionRecord = Pick<FoundRecord, "sk" | "record">;

/** Intent and Outcome of one call share their key but for its last part; a refusal stands alone. */
export function callsOf(records: readonly SessionRecord[]): readonly RecordedPair[] {
  const ofCalls = records.filter(({ record: { phase } }) => phase === "INTENT" || phase === "OUTCOME");
  const byKey = Map.groupBy(ofCalls, ({ sk }) => sk.replace(/#(INTENT|OUTCOME)$/, ""));
  const pairs = [...byKey].flatMap(([sk, group]) => {
    const key = sk.replace(/^CALL#/, "");
    const intent = recordOf<Intent>(group, "INTENT");
    const outcome = recordOf<Outcome>(group, "OUTCOME");
    const either = outcome ?? intent;
    return either === undefined ? [] : [{ key, intent, outcome, either, startMs: startOf(intent, outcome) }];
  });
  return pairs.sort((one, other) => one.startMs - other.startMs);
}

export function openingOf(records: readonly SessionRecord[]): Opening | undefined {
  return recordOf<Opening>(records, "OPEN");
}

export function ordersOf(records: readonly SessionRecord[]): readonly Order[] {
  return records.flatMap(({ record }) => (record.phase === "ORDER" ? [record] : []));
}

/** Milliseconds that the gateway spent on the call, waiting for people included. */
export function totalMs({ latency }: Outcome): number {
  return Object.values(latency).reduce((sum, step) => sum + step, 0);
}

function recordOf<R>(records: readonly SessionRecord[], phase: "OPEN" | "INTENT" | "OUTCOME"): R | undefined {
  return records.find(({ record }) => record.phase === phase)?.record as R | undefined;
}

/** An end that somebody else wrote later, without a latency, says nothing of the beginning: the intent does. */
function startOf(intent: Intent | undefined, outcome: Outcome | undefined): number {
  const ends = outcome === undefined ? Infinity : Date.parse(outcome.at) - totalMs(outcome);
  return Math.min(ends, intent === undefined ? Infinity : Date.parse(intent.at));
}
