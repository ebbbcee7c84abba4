// Runs one approved call, once: claims the one execution, asks the policy of this moment again (R6), forwards, and says how
// it ended. Used by whoever holds the call: its waiting caller (`run=attended`) or the function `run` (`run=stored`).

import { grantKeyOf, grantOf } from "../approval/grants.ts";
import type { ApprovalStore, ChangeResult, Grants } from "../approval/ports.ts";
import { escalationsOf, isSatisfied } from "../approval/quorum.ts";
import { claim, finish, release } from "../approval/transitions.ts";
import { faultFields, log as writeLog } from "../boundary/log.ts";
import type { Approval } from "../model/approval.ts";
import type { AwsCall } from "../model/aws-call.ts";
import type { ApprovalDemand } from "../model/decision.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { answerNameOf } from "../recording/keys.ts";
import type { CallTrace } from "./call-trace.ts";
import type { Concluded } from "./conclude.ts";
import {
  type DecideDependencies,
  type DecideQuestion,
  decideApproved,
  type Held,
  type Permitted,
} from "./decide.ts";
import { type ForwardDependencies, forward } from "./forward.ts";
import type { AskedCall } from "./hold.ts";
import type { SessionStore } from "./ports.ts";
import { keyOfApproved, recordedApproval, type Told } from "./tell-approval.ts";

export interface RunDependencies extends DecideDependencies, ForwardDependencies {
  readonly approvals: ApprovalStore;
  readonly grants: Grants;
  readonly sessions: SessionStore;
}

interface ApprovedCall {
  readonly approval: Approval;
  readonly asked: Omit<AskedCall, "signed" | "identity">;
  readonly by: "call" | "run";
}

/** @returns `lost` when somebody else has claimed it, or it ended meanwhile: look at it again */
export async function runApproved(
  approved: ApprovedCall,
  trace: CallTrace,
  dependencies: RunDependencies,
): Promise<Told | Refusal | { readonly kind: "lost" }> {
  const { approval, by, asked } = approved;
  const { approvals, clock, deployment } = dependencies;
  const now = Math.floor(clock.nowMs() / 1_000);
  const facts = {
    by,
    session: asked.session.id,
    now,
    demand: approval.demand,
    approvals: deployment.approvals,
  };
  const claimed = await approvals.change(approval.id, (standing) => claim(standing, facts));
  if (claimed.kind !== "changed") return unclaimed(claimed, dependencies);
  trace.approval = recordedApproval(claimed.approval, false);
  try {
    return await runClaimed({ ...approved, approval: claimed.approval }, trace, dependencies);
  } catch (error) {
    // Everything that throws does so before the first upstream byte (forward.ts), so it certainly did not run.
    await end(approval, { status: "failed", ending: "the gateway could not make it" }, dependencies);
    throw error;
  }
}

/** INVARIANT: what will not pass later either is refused, never `lost`: its caller would ask again without end. */
async function unclaimed(
  claimed: Exclude<ChangeResult, { kind: "changed" }>,
  dependencies: RunDependencies,
): Promise<Refusal | { readonly kind: "lost" }> {
  if (claimed.kind === "unchanged" && claimed.reason === "expired") {
    return refuse("AccessDenied", "the approval of this call is over: make it again to ask once more");
  }
  if (claimed.kind === "unchanged" && claimed.reason === "demand_unmet") {
    const message = "the approvals that were given do not count any more: make the call again";
    return failed(claimed.approval, refuse("AccessDenied", message), dependencies);
  }
  return { kind: "lost" };
}

async function runClaimed(
  { approval, asked, by }: ApprovedCall,
  trace: CallTrace,
  dependencies: RunDependencies,
): Promise<Told | Refusal> {
  // INVARIANT (R6): after the claim and before anything is sent, what holds now is asked: revocation, emergency, policy.
  const decided = await decideNow(approval, asked, trace, dependencies);
  if (decided.kind === "refused") return failed(approval, decided, dependencies);
  const { fingerprint: heldFingerprint, id } = approval;
  const permitted = {
    ...asked,
    identity: { kind: "approval", id },
    decision: decided,
    heldFingerprint,
  } as const;
  const forwarded = await forward(permitted, trace, dependencies);
  switch (forwarded.kind) {
    case "refused":
      return failed(approval, forwarded, dependencies);
    case "replayed":
      await end(approval, { status: "done", ending: "aws has answered" }, dependencies);
      return { kind: "answered", response: forwarded.response };
    case "concluded":
      await endAs(forwarded.concluded, approval, asked, dependencies);
      // This caller has it now; only the gateway's own run leaves an answer behind that nobody has.
      if (by === "call") await delivered(approval, dependencies);
      return { kind: "answered", response: forwarded.concluded.response };
  }
}

async function decideNow(
  approval: Approval,
  asked: DecideQuestion,
  trace: CallTrace,
  dependencies: RunDependencies,
): Promise<Permitted | Refusal> {
  const { session } = asked;
  const { sessions, deployment } = dependencies;
  const { revoked, emergency } = await sessions.standingOf(session.principal, session.role, session.id);
  if (revoked !== "none") return refuse("AccessDenied", `an administrator has revoked access (${revoked})`);
  if (!deployment.issuers.some(({ issuer }) => issuer === session.principal.issuer)) {
    return refuse("AccessDenied", "the identity provider of this session is not configured any more");
  }
  const isMet = (demand: ApprovalDemand): boolean =>
    isSatisfied(approval.votes, demand, escalationsOf(approval, deployment.approvals));
  return decideApproved({ ...asked, emergency }, isMet, trace, dependencies);
}

/** A call that an earlier approval's bounded grant lets pass: decided just now, so only its budgets are left to ask. */
export async function runGranted(
  asked: AskedCall,
  { decision }: Held,
  by: Approval,
  trace: CallTrace,
  dependencies: RunDependencies,
): Promise<Told | Refusal> {
  trace.approval = recordedApproval(by, true);
  const same = (demand: ApprovalDemand): boolean =>
    JSON.stringify(demand) === JSON.stringify(decision.approval);
  const decided = await decideApproved(asked, same, trace, dependencies);
  if (decided.kind === "refused") return decided;
  const forwarded = await forward({ ...asked, decision: decided }, trace, dependencies);
  if (forwarded.kind === "refused") return forwarded;
  const { response } = forwarded.kind === "concluded" ? forwarded.concluded : forwarded;
  return { kind: "answered", response };
}

async function endAs(
  { ending, tryAgain, response, awsRequestId }: Concluded,
  approval: Approval,
  { session, call }: DecideQuestion,
  dependencies: RunDependencies,
): Promise<void> {
  if (tryAgain) {
    // Certainly not carried out, and the caller is told to try again: the approval stands for that.
    await change(approval, (standing) => release(standing), dependencies);
    return;
  }
  const answer = { status: response.status, awsRequestId };
  if (ending !== "answered") {
    await end(
      approval,
      { status: "in_doubt", ending: "sent, and its answer was lost", answer },
      dependencies,
    );
    return;
  }
  await give(approval, { principal: session.principal, role: session.role, call }, dependencies);
  await end(approval, { status: "done", ending: `aws answered ${response.status}`, answer }, dependencies);
}

/** The further calls that the approvers offered count from the moment at which the first one ran. */
async function give(
  approval: Approval,
  about: {
    readonly principal: DecideQuestion["session"]["principal"];
    readonly role: DecideQuestion["session"]["role"];
    readonly call: AwsCall;
  },
  { grants, clock }: RunDependencies,
): Promise<void> {
  const offer = grantOf(approval);
  const key = offer === null ? undefined : grantKeyOf({ ...about, demand: approval.demand });
  if (offer === null || key === undefined) return;
  const now = Math.floor(clock.nowMs() / 1_000);
  try {
    await grants.give(key, offer.calls, now + offer.seconds, approval.id);
  } catch (error) {
    writeLog({ event: "fault", fault: faultFields(error) }); // a grant that is lost asks people once more
  }
}

async function delivered(approval: Approval, { answers }: RunDependencies): Promise<void> {
  try {
    await answers.deliver(answerNameOf(keyOfApproved(approval)));
  } catch (error) {
    writeLog({ event: "fault", fault: faultFields(error) }); // one later call may be told this answer once more
  }
}

async function failed(approval: Approval, refusal: Refusal, dependencies: RunDependencies): Promise<Refusal> {
  await end(approval, { status: "failed", ending: refusal.message }, dependencies);
  return refusal;
}

interface End {
  readonly status: "done" | "failed" | "in_doubt";
  readonly ending: string;
  readonly answer?: Approval["answer"];
}

function end(
  approval: Approval,
  { status, ending, answer = null }: End,
  dependencies: RunDependencies,
): Promise<void> {
  return change(approval, (standing) => finish(standing, status, answer, ending), dependencies);
}

/** Never throws: the call's own records say how it ended, and the workflow ends what is left running by them. */
async function change(
  { id }: Approval,
  step: Parameters<ApprovalStore["change"]>[1],
  { approvals }: RunDependencies,
): Promise<void> {
  try {
    await approvals.change(id, step);
  } catch (error) {
    writeLog({ event: "fault", fault: faultFields(error) });
  }
}
