// Which intents are left without an end, and the end that is given to them. Pure. That nobody can be at work on them any
// more is the caller's to know; that an end is written once is the log's.

import type { Intent, Outcome } from "../model/record.ts";
import type { IndexedRecord } from "./checkpoint.ts";
import { type CallKey, callOfItem } from "./keys.ts";

/** The calls whose intent is among the records, is old enough and has no end in `ends`. */
export function withoutEnd(
  records: readonly IndexedRecord[],
  ends: readonly IndexedRecord[],
  untilMs: number,
): readonly CallKey[] {
  const ended = new Set(ends.flatMap(({ pk, sk }) => nameIf("OUTCOME", { pk, sk })));
  return records.flatMap(({ pk, sk, at }) => {
    const call = callOfItem({ pk, sk });
    if (call?.phase !== "INTENT" || Date.parse(at) > untilMs) return [];
    return ended.has(nameOf(call.key)) ? [] : [call.key];
  });
}

/**
 * What is known of a call whose function did not live to write its end: that it was about to be sent. `status` and `code`
 * are what a retry of a change is told from then on.
 */
export function endOfLost(intent: Intent, nowMs: number): Outcome {
  return {
    ...intent,
    phase: "OUTCOME",
    at: new Date(nowMs).toISOString(),
    ending: "in_doubt",
    status: 400,
    code: "RequestInDoubt",
    awsRequestId: null,
    mayHaveRun: true,
    latency: {},
    responseDigest: null,
    responseBytes: null,
    closedBy: "reconciler",
  };
}

function nameIf(phase: "OUTCOME", item: { readonly pk: string; readonly sk: string }): readonly string[] {
  const call = callOfItem(item);
  return call?.phase === phase ? [nameOf(call.key)] : [];
}

function nameOf({ session, hash, attempt }: CallKey): string {
  return `${session} ${hash} ${attempt}`;
}
