// Ends an approval: makes it final if it is not, leaves the record of its end where no call ran, and tells the channels.
// Every part can be repeated: the state by a conditional write, the record by a key that is the same each time. What may
// become of an approval is approval/transitions.ts's; whether a claimed call was sent is read from the records, never guessed.

import type { ApprovalStore } from "../approval/ports.ts";
import { type Change, expire, finish, giveUp, isFinal } from "../approval/transitions.ts";
import { CountersignError } from "../boundary/errors.ts";
import type { Approval, ApprovalId } from "../model/approval.ts";
import type { Outcome } from "../model/record.ts";
import type { CallLog } from "../recording/ports.ts";
import { refreshMessages, type TellDependencies } from "./ask-tell.ts";
import { recordedApproval } from "./tell-approval.ts";

/** Longer than a function may run (120 s): whoever claimed it then is gone. */
const CLAIM_SECONDS = 130;
// Twice the interval in which the workflow looks at an approved call first (statemachines/approval.asl.json).
const NEWS_SECONDS = 300;

export interface CloseDependencies extends Pick<TellDependencies, "slack" | "publicUrl" | "clock"> {
  readonly store: Pick<ApprovalStore, "find" | "change">;
  readonly log: Pick<CallLog, "appendRefusal">;
  /** What the records say of the one execution: nothing, that it was about to be sent, or how it ended. */
  readonly attemptOf: (approval: Approval) => Promise<Attempt>;
}

export type Attempt = "none" | "intent" | Outcome;

/** Why the workflow closes: nobody decided in time, nobody could be told, or the workflow itself cannot go on. */
export type CloseReason = "timeout" | "unreachable" | "failed";

/**
 * Returns the status it has now: a final one, or `approved` and `running` while its time or its execution still lasts; the
 * workflow then waits and closes again. `unknown` where there is no such approval.
 * @throws when a write is not known to have happened: to be repeated
 */
export async function close(
  id: ApprovalId,
  reason: CloseReason | null,
  dependencies: CloseDependencies,
): Promise<Approval["status"] | "unknown"> {
  const { store, clock } = dependencies;
  const now = Math.floor(clock.nowMs() / 1_000);
  const found = await store.find(id);
  if (found === undefined) return "unknown";
  const approval = await ended(found, reason, now, dependencies);
  // INVARIANT: the state first, then its record: a record never says that a call ended which may still run.
  if (isFinal(approval.status)) await recordEnd(approval, now, dependencies);
  if (isNews(approval, now)) await refreshMessages(approval, dependencies);
  return approval.status;
}

/** An approval that waits for its caller is closed again and again: the messages say so since the first time. */
function isNews({ status, decidedAt }: Approval, now: number): boolean {
  return isFinal(status) || now < (decidedAt ?? now) + NEWS_SECONDS;
}

async function ended(
  found: Approval,
  reason: CloseReason | null,
  now: number,
  { store, attemptOf }: CloseDependencies,
): Promise<Approval> {
  if (isFinal(found.status)) return found;
  const isAbandoned = found.status === "running" && (found.claim?.at ?? 0) + CLAIM_SECONDS < now;
  const attempt = isAbandoned ? await attemptOf(found) : undefined;
  const result = await store.change(found.id, (approval) => {
    if (approval.status === "pending") return giveUp(approval, endingOf(reason));
    if (approval.status === "running") {
      // Given back and claimed anew since the records were read: they say nothing about this claim.
      return approval.claim?.at === found.claim?.at ? abandoned(approval, attempt) : STILL_RUNS;
    }
    const expired = expire(approval, now);
    return expired.kind === "change" || reason !== "failed"
      ? expired
      : finish(approval, "failed", null, endingOf(reason));
  });
  return result.kind === "unknown" ? found : result.approval;
}

const STILL_RUNS: Change = { kind: "keep", reason: "claim_still_runs" };

function endingOf(reason: CloseReason | null): string {
  if (reason === "unreachable") return "no approver could be told";
  return reason === "failed" ? "the gateway could not go on with it" : "nobody decided in time";
}

/** What became of a claim whose holder is gone; `undefined`: it may still be at work. */
function abandoned(approval: Approval, attempt: Attempt | undefined): Change {
  if (attempt === undefined) return STILL_RUNS;
  if (attempt === "none") return finish(approval, "failed", null, "it was never sent");
  if (attempt === "intent") {
    return finish(approval, "in_doubt", null, "it may have been sent, and no answer is known");
  }
  const { ending, status, awsRequestId } = attempt;
  if (ending === "answered") {
    return finish(approval, "done", { status, awsRequestId }, "its answer is in the records");
  }
  return ending === "in_doubt"
    ? finish(approval, "in_doubt", null, "it may have been sent, and no answer is known")
    : finish(approval, "failed", null, "it was refused when it would have run");
}

/** The record of the end, where the execution did not leave one. */
async function recordEnd(
  approval: Approval,
  now: number,
  { log, attemptOf, store }: CloseDependencies,
): Promise<void> {
  const { status } = approval;
  if (status === "done") return;
  const ran = status === "failed" || status === "in_doubt";
  // INVARIANT: an intent has one end, under its own key. One that is open is the reconciler's to close (flow/reconcile.ts).
  if (ran && (await attemptOf(approval)) !== "none") return;
  const marked = await store.change(approval.id, (latest) => markEnd(latest, now));
  const at = (marked.kind === "unknown" ? undefined : marked.approval.closedAt) ?? now;
  try {
    await log.appendRefusal(endRecord(approval, at));
  } catch (error) {
    // The key names this approval and this second: the record that stands there is this one.
    if (!(error instanceof CountersignError) || error.code !== "record_failed") throw error;
  }
}

/** Writes the record's time down before the record: its key must be the same when this is repeated. */
function markEnd(approval: Approval, now: number): Change {
  return approval.closedAt === undefined
    ? { kind: "change", approval: { ...approval, closedAt: now } }
    : { kind: "keep", reason: "closed" };
}

function endRecord(approval: Approval, at: number): Outcome {
  return {
    ...approval.record,
    phase: "OUTCOME",
    at: new Date(at * 1_000).toISOString(),
    gatewayRequestId: `approval-${approval.id}`,
    approval: recordedApproval(approval, false),
    ending: "refused",
    status: 403,
    code: "AccessDenied",
    awsRequestId: null,
    mayHaveRun: false,
    latency: {},
    responseDigest: null,
    responseBytes: null,
  };
}
