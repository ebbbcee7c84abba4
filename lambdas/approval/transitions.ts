// What may become of an approval, as pure steps: each takes the approval as it is and says what it becomes, or why nothing
// changes. All races end here, since a step is decided on exactly what its write replaces. Who votes was proven before
// (flow/vote.ts); whether a vote counts is quorum.ts's.

import type { Approval, ApprovalStatus, Notice, Vote } from "../model/approval.ts";
import type { ApprovalDemand } from "../model/decision.ts";
import type { ApprovalsConfig } from "../model/deployment.ts";
import type { SessionId } from "../model/ids.ts";
import { isGrantOffer } from "./grants.ts";
import { isAgentItself, isOwner, refersTo } from "./people.ts";
import { escalationsOf, groupsThatMayVote, isSatisfied } from "./quorum.ts";

export type Change<Reason extends string = string> =
  | { readonly kind: "change"; readonly approval: Approval }
  | { readonly kind: "keep"; readonly reason: Reason };

export type VoteReason =
  | "not_pending"
  | "expired"
  | "is_agent"
  | "is_owner"
  | "not_approver"
  | "already_voted"
  | "voted_otherwise"
  | "comment_missing"
  | "comment_too_long"
  | "grant_out_of_bounds";
export type EndReason = "not_due" | "not_open" | "not_requester" | "not_pending";
export type RunReason =
  | "not_approved"
  | "already_running"
  | "ended"
  | "expired"
  | "demand_unmet"
  | "not_running";
export type UpkeepReason = "not_pending" | "unknown_group" | "no_change" | "not_queued" | "ended";

/** How long a queued approval is kept waiting at most. */
export const LONGEST_QUEUE_SECONDS = 7 * 86_400;
const MOST_COMMENT_CHARACTERS = 1_000; // it is told to the caller inside an error message

const FINAL: ReadonlySet<ApprovalStatus> = new Set([
  "done",
  "failed",
  "in_doubt",
  "rejected",
  "expired",
  "cancelled",
]);

/** True when nothing will become of it any more: no vote counts and nothing runs. */
export function isFinal(status: ApprovalStatus): boolean {
  return FINAL.has(status);
}

/** Counts a person's vote. The one that completes the demand approves; the first rejection ends it. */
export function vote(
  approval: Approval,
  ballot: Vote,
  approvals: ApprovalsConfig | null,
  now: number,
): Change<VoteReason> {
  const reason = whyNotCounted(approval, ballot, approvals, now);
  if (reason !== undefined) return keep(reason);
  const votes = [...approval.votes, ballot];
  if (ballot.choice === "reject") {
    return ended({ ...approval, votes, decidedAt: now }, "rejected", "rejected by an approver");
  }
  const escalations = escalationsOf(approval, approvals);
  if (!isSatisfied(votes, approval.demand, escalations)) return changed({ ...approval, votes });
  return changed({ ...approval, votes, status: "approved", decidedAt: now });
}

function whyNotCounted(
  approval: Approval,
  ballot: Vote,
  approvals: ApprovalsConfig | null,
  now: number,
): VoteReason | undefined {
  const { person, choice } = ballot;
  // First who it is: what became of the approval is not for everybody.
  if (isAgentItself(person, approval, approvals)) return "is_agent";
  if (isOwner(person, approval.owner, approvals)) return "is_owner";
  const may = groupsThatMayVote(approval.demand, escalationsOf(approval, approvals));
  if (!person.groups.some((group) => may.has(group))) return "not_approver";
  const earlier = approval.votes.find((other) => refersTo(other.person, person));
  if (earlier !== undefined) return earlier.choice === choice ? "already_voted" : "voted_otherwise";
  if (approval.status !== "pending") return "not_pending";
  return now >= approval.expiresAt ? "expired" : whyMalformed(ballot);
}

function whyMalformed({ choice, comment, grant }: Vote): VoteReason | undefined {
  if (choice === "reject" && (comment ?? "").trim() === "") return "comment_missing";
  if (comment !== null && comment.length > MOST_COMMENT_CHARACTERS) return "comment_too_long";
  if (grant !== null && !(choice === "approve" && isGrantOffer(grant))) return "grant_out_of_bounds";
  return undefined;
}

/** Ends what nobody decided in time, and the approved call that no caller came back for. */
export function expire(approval: Approval, now: number): Change<EndReason> {
  const { status, kind, expiresAt } = approval;
  // An approved use of a role counts until its session ends, which the session itself knows.
  const open = status === "pending" || (status === "approved" && kind === "call");
  if (!open) return keep("not_open");
  if (now < expiresAt) return keep("not_due");
  const ending =
    status === "pending"
      ? "nobody decided in time"
      : "approved, but no caller came back for it before it expired";
  return ended(approval, "expired", ending);
}

/** Ends what no approver could be told of, where the policy does not keep it waiting. */
export function giveUp(approval: Approval, ending: string): Change<EndReason> {
  return approval.status === "pending" ? ended(approval, "expired", ending) : keep("not_pending");
}

/** Withdraws what has not run yet: only the agent that asked for it may. */
export function cancel(approval: Approval, by: Pick<Approval, "issuer" | "subject">): Change<EndReason> {
  if (by.issuer !== approval.issuer || by.subject !== approval.subject) return keep("not_requester");
  if (approval.status !== "pending" && approval.status !== "approved") return keep("not_open");
  return ended(approval, "cancelled", "withdrawn by the agent that asked for it");
}

export interface ClaimFacts {
  readonly by: "call" | "run";
  /** Whose execution it is: another session of the same agent may run what an earlier one asked for. */
  readonly session?: SessionId;
  /** Epoch seconds. */
  readonly now: number;
  /** What policy demands now (R6): a demand that grew meanwhile is not met by the old votes. */
  readonly demand: ApprovalDemand;
  readonly approvals: ApprovalsConfig | null;
}

/** Takes the one execution. Whoever is told `change` carries the call out, and nobody else ever does. */
export function claim(approval: Approval, facts: ClaimFacts): Change<RunReason> {
  const { by, session, now, demand, approvals } = facts;
  if (approval.status === "pending") return keep("not_approved");
  if (approval.status === "running") return keep("already_running");
  if (isFinal(approval.status)) return keep("ended");
  if (now >= approval.expiresAt) return keep("expired");
  if (!isSatisfied(approval.votes, demand, escalationsOf(approval, approvals))) return keep("demand_unmet");
  return changed({
    ...approval,
    status: "running",
    claim: { by, at: now, ...(session !== undefined && { session }) },
  });
}

/**
 * Gives the one execution back: only for a claim whose call was certainly not carried out, and whose caller is told to try
 * again. It may then be claimed once more.
 */
export function release(approval: Approval): Change<RunReason> {
  if (approval.status !== "running") return keep(isFinal(approval.status) ? "ended" : "not_running");
  return changed({ ...approval, status: "approved", claim: null });
}

/**
 * Says how the execution ended. `failed` also ends an approval that was never claimed: it was refused when it would have
 * run. A claim that nobody finished is ended as `in_doubt`, by the workflow.
 */
export function finish(
  approval: Approval,
  status: "done" | "failed" | "in_doubt",
  answer: Approval["answer"],
  ending: string,
): Change<RunReason> {
  if (isFinal(approval.status)) return keep("ended");
  const mayEnd = approval.status === "running" || (status === "failed" && approval.status === "approved");
  return mayEnd ? ended({ ...approval, answer }, status, ending) : keep("not_running");
}

/** Lets the escalation group of a demanded group vote too. */
export function escalate(approval: Approval, group: string): Change<UpkeepReason> {
  if (approval.status !== "pending") return keep("not_pending");
  if (!approval.demand.groups.includes(group)) return keep("unknown_group");
  if (approval.escalated.includes(group)) return keep("no_change");
  return changed({ ...approval, escalated: [...approval.escalated, group] });
}

/** Notes until when (epoch seconds) a caller waits on an open connection. */
export function waits(approval: Approval, until: number): Change<UpkeepReason> {
  if (isFinal(approval.status)) return keep("ended");
  if (until <= approval.callerWaitsUntil) return keep("no_change");
  return changed({ ...approval, callerWaitsUntil: until });
}

/** Notes where approvers were told; also of one that ended meanwhile, whose messages are to be updated. */
export function noticed(approval: Approval, notices: readonly Notice[]): Change<UpkeepReason> {
  if (notices.length === 0) return keep("no_change");
  const replaced = new Set(notices.map(placeOf));
  const others = approval.notices.filter((notice) => !replaced.has(placeOf(notice)));
  return changed({ ...approval, notices: [...others, ...notices] });
}

function placeOf({ step, channel, to }: Notice): string {
  return JSON.stringify([step, channel, to]);
}

/** Keeps waiting until then (epoch seconds), a week from the beginning at most, where the policy says `queue`. */
export function queue(approval: Approval, until: number): Change<UpkeepReason> {
  if (approval.status !== "pending") return keep("not_pending");
  if (approval.demand.otherwise !== "queue") return keep("not_queued");
  const expiresAt = Math.min(until, approval.openedAt + LONGEST_QUEUE_SECONDS);
  if (expiresAt <= approval.expiresAt) return keep("no_change");
  return changed({ ...approval, expiresAt });
}

function ended(approval: Approval, status: ApprovalStatus, ending: string): Change<never> {
  return changed({ ...approval, status, ending });
}

function changed(approval: Approval): Change<never> {
  return { kind: "change", approval };
}

function keep<Reason extends string>(reason: Reason): Change<Reason> {
  return { kind: "keep", reason };
}
