// How an approval stands, for the page: what is still missing, and whether this person may vote. Asks the same pure steps
// that a vote is counted by, so that the page says what a press would do; the write asks them once more.

import type { Approval, Person } from "../../model/approval.ts";
import type { ApprovalsConfig } from "../../model/deployment.ts";
import { escalationsOf, groupsThatMayVote, isSatisfied } from "../quorum.ts";
import { type VoteReason, vote } from "../transitions.ts";

interface GroupStanding {
  readonly name: string;
  /** True when somebody approved who may speak for it. */
  readonly approved: boolean;
  /** The group that may decide in its place by now. */
  readonly escalatedTo: string | null;
}

export interface Standing {
  readonly groups: readonly GroupStanding[];
  /** Different people who approved, of how many. */
  readonly people: number;
  readonly quorum: number;
  /** True when the votes are enough. */
  readonly satisfied: boolean;
}

/** True when a group of theirs is asked, by itself or by escalation. */
export function mayView(approval: Approval, { groups }: Person, approvals: ApprovalsConfig): boolean {
  const asked = groupsThatMayVote(approval.demand, escalationsOf(approval, approvals));
  return groups.some((group) => asked.has(group));
}

export function standingOf(approval: Approval, approvals: ApprovalsConfig): Standing {
  const escalations = escalationsOf(approval, approvals);
  const approving = approval.votes.filter(({ choice }) => choice === "approve");
  return {
    people: new Set(approving.map(({ person }) => person.id)).size,
    quorum: approval.demand.quorum,
    satisfied: isSatisfied(approval.votes, approval.demand, escalations),
    groups: approval.demand.groups.map((name) => {
      const seats = groupsThatMayVote({ groups: [name] }, escalations);
      return {
        name,
        escalatedTo: escalations.get(name) ?? null,
        approved: approving.some(({ person }) => person.groups.some((group) => seats.has(group))),
      };
    }),
  };
}

/** Why a vote of this person would not count at `now` (epoch seconds), or `null` when it would. */
export function barOf(
  approval: Approval,
  person: Person,
  { approvals, now }: { readonly approvals: ApprovalsConfig; readonly now: number },
): VoteReason | null {
  const ballot = { person, choice: "approve", comment: null, at: now, via: "page", grant: null } as const;
  const change = vote(approval, ballot, approvals, now);
  return change.kind === "keep" ? change.reason : null;
}
