// Every act on the world of a call that policy permits, in order: where its process is killed. `sent` is how often AWS may
// carry it out, the first try and its retries together; `ends` how the intents must have ended once the reconciler was
// there; `told` what the last retry under the same invocation id gets.

import type { Kill } from "./approval-kill-protocol.ts";
import type { Operation } from "./kill-requests.ts";

type End = "answered" | "in_doubt by the reconciler" | "one of both";

export interface CallKillStep {
  readonly operation: Operation;
  readonly kill: Kill;
  readonly sent: number;
  readonly ends: readonly End[];
  readonly told: 200 | 400 | "either";
}

type Row = readonly [
  when: Kill["when"],
  act: string,
  sent: number,
  ends: CallKillStep["ends"],
  told: CallKillStep["told"],
];

const LOST = "in_doubt by the reconciler";

/** Until the intent is there a crash costs nothing. From then on a change is not sent again: it is in doubt. */
const CHANGE: readonly Row[] = [
  ["before", "read session", 1, ["answered"], 200],
  ["after", "read session", 1, ["answered"], 200],
  ["before", "credentials", 1, ["answered"], 200],
  ["after", "credentials", 1, ["answered"], 200],
  ["before", "write INTENT", 1, ["answered"], 200],
  ["after", "write INTENT", 0, [LOST], 400],
  ["before", "send to aws", 0, [LOST], 400],
  ["inside", "send to aws", 1, [LOST], 400],
  ["after", "send to aws", 1, [LOST], 400],
  ["before", "read answer", 1, [LOST], 400],
  ["after", "read answer", 1, [LOST], 400], // masked next
  ["before", "write OUTCOME", 1, [LOST], 400],
  ["after", "write OUTCOME", 1, ["answered"], "either"], // replayed if the answer was kept by then
  ["before", "seal answer", 1, ["one of both"], 400], // begun beside the Outcome
  ["after", "seal answer", 1, ["one of both"], "either"],
  ["before", "write ANSWER", 1, ["one of both"], 400],
  ["after", "write ANSWER", 1, ["one of both"], 200], // replayed
];

/** A read is made again, as a new attempt; the one that was cut off is in doubt. */
const READ: readonly Row[] = [
  ["before", "read session", 1, ["answered"], 200],
  ["after", "credentials", 1, ["answered"], 200],
  ["before", "write INTENT", 1, ["answered"], 200],
  ["after", "write INTENT", 1, [LOST, "answered"], 200],
  ["inside", "send to aws", 2, [LOST, "answered"], 200],
  ["after", "send to aws", 2, [LOST, "answered"], 200],
  ["after", "read answer", 2, [LOST, "answered"], 200],
  ["before", "write OUTCOME", 2, [LOST, "answered"], 200],
  ["after", "write OUTCOME", 2, ["answered", "answered"], 200],
];

function stepsOf(operation: Operation, rows: readonly Row[]): readonly CallKillStep[] {
  return rows.map(([when, act, sent, ends, told]) => ({
    operation,
    kill: { when, act, nth: 1 },
    sent,
    ends,
    told,
  }));
}

export const CALL_KILL_STEPS: readonly CallKillStep[] = [
  ...stepsOf("PutItem", CHANGE),
  ...stepsOf("GetItem", READ),
];
