// Holds one call until people have decided: finds or opens its approval, waits as long as a connection may, and tells the
// caller how it stands. What an approval is, and what may become of it, is approval/'s; running it is run-approved.ts's.
// Trusts the decision that holds it to be about exactly this call.

import { escalationsOf, isSatisfied } from "../approval/quorum.ts";
import type { Approval } from "../model/approval.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { SignedRequest } from "../model/signed-request.ts";
import type { CallIdentity } from "../recording/keys.ts";
import { type CallTrace, lap } from "./call-trace.ts";
import type { DecideQuestion, Held } from "./decide.ts";
import { type JoinDependencies, joinApproval } from "./join-approval.ts";
import { type RunDependencies, runApproved, runGranted } from "./run-approved.ts";
import { type TellDependencies, type Told, tell } from "./tell-approval.ts";
import {
  isApprovedSession,
  isForCaller,
  type WaitDependencies,
  waitForApproval,
} from "./wait-for-approval.ts";

export type HoldDependencies = JoinDependencies & RunDependencies & TellDependencies & WaitDependencies;

/** A call that was recognised, and who asks for it. */
export interface AskedCall extends DecideQuestion {
  readonly signed: SignedRequest;
  /** What makes its retries the same call. */
  readonly identity: CallIdentity;
}

/** Returns the caller's answer, or `session_approved` where it was the use of the role that had to be approved. */
export async function hold(
  asked: AskedCall,
  held: Held,
  trace: CallTrace,
  dependencies: HoldDependencies,
): Promise<Told | Refusal | { readonly kind: "session_approved" }> {
  const joined = await joinApproval(asked, held, trace, dependencies);
  if (joined.kind === "refused") return joined;
  if (joined.kind === "granted") return runGranted(asked, held, joined.by, trace, dependencies);
  const waiting = await waitForApproval(joined.approval, trace, dependencies);
  try {
    for (;;) {
      const approval = await waiting.settled();
      lap(trace, "approval", dependencies.clock.nowMs());
      if (isApprovedSession(approval)) return useOfRole(approval, held, dependencies);
      if (!isForCaller(approval)) return await tell(approval, joined.opened, trace, dependencies);
      const ran = await runApproved({ approval, asked, by: "call" }, trace, dependencies);
      // Another connection of this caller was faster: its answer is this one's too.
      if (ran.kind !== "lost") return ran;
    }
  } finally {
    await waiting.leave();
  }
}

/** INVARIANT (R6): what the policies ask for now counts at each call, not what they asked for when the use was approved. */
function useOfRole(
  approval: Approval,
  { decision }: Held,
  { deployment }: HoldDependencies,
): Refusal | { readonly kind: "session_approved" } {
  const escalations = escalationsOf(approval, deployment.approvals);
  if (isSatisfied(approval.votes, decision.approval, escalations)) return { kind: "session_approved" };
  return refuse(
    "AccessDenied",
    "the policies ask for another approval of this role's use by now: open a new session to ask for it",
  );
}
