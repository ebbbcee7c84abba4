// Waits on an open connection until an approval is decided, as long as an SDK's default read timeout lets it, and on one of
// few places: a held connection occupies an instance of the function.

import type { ApprovalStore, WaitingPlaces } from "../approval/ports.ts";
import { isFinal, waits } from "../approval/transitions.ts";
import { CountersignError } from "../boundary/errors.ts";
import type { Approval } from "../model/approval.ts";
import type { Clock, Pause } from "../net/clock.ts";
import type { CallTrace } from "./call-trace.ts";

const HOLD_SECONDS = 25; // under the Java SDK's read timeout of 30 s, the shortest of the defaults
// A person takes longer than this at any rate; each look is one read.
const LOOK_EVERY_MS = 1_000;

export interface WaitDependencies {
  readonly clock: Clock;
  readonly pause: Pause;
  readonly approvals: ApprovalStore;
  readonly places: WaitingPlaces;
}

export interface Waiting {
  /** The approval as soon as its caller has something to do or to be told; else as it is when the time is over. */
  settled(): Promise<Approval>;
  /** Gives the place back. Never throws. */
  leave(): Promise<void>;
}

export async function waitForApproval(
  joined: Approval,
  trace: CallTrace,
  dependencies: WaitDependencies,
): Promise<Waiting> {
  const { clock, pause, approvals, places } = dependencies;
  const endMs = trace.startedMs + HOLD_SECONDS * 1_000;
  const { id } = joined;
  const find = async (): Promise<Approval> => {
    const approval = await approvals.find(id);
    if (approval === undefined) throw new CountersignError("record_failed", "an approval is gone");
    return approval;
  };
  if (isSettled(joined)) return { settled: find, leave: async () => {} };

  const until = Math.ceil(endMs / 1_000);
  const agent = `${joined.issuer}|${joined.subject}`;
  const place = await places.take(agent, Math.floor(clock.nowMs() / 1_000), until);
  if (place === "none") return { settled: find, leave: async () => {} };
  // For the approver, who is told whether somebody waits; not worth an error.
  await approvals.change(id, (approval) => waits(approval, until)).catch(() => {});
  return {
    settled: async () => {
      for (;;) {
        const approval = await find();
        if (isSettled(approval) || clock.nowMs() + LOOK_EVERY_MS > endMs) return approval;
        await pause(LOOK_EVERY_MS);
      }
    },
    leave: () => place.leave(),
  };
}

/** True for a call that its caller has to send by itself. */
export function isForCaller({ kind, status, demand }: Approval): boolean {
  return kind === "call" && status === "approved" && demand.run === "attended";
}

/** True once people have approved that a session uses its role. */
export function isApprovedSession({ kind, status }: Approval): boolean {
  return kind === "session" && (status === "approved" || status === "done");
}

function isSettled(approval: Approval): boolean {
  return isFinal(approval.status) || isForCaller(approval) || isApprovedSession(approval);
}
