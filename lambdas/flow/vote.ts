// Casts one vote and, when it was the one that decides, wakes the workflow. The one way by which pages and Slack decide.
// Trusts that the person was proven by login or by Slack's signature. What a vote may do is approval/transitions.ts's,
// decided on exactly what its write replaces.

import { setTimeout as sleep } from "node:timers/promises";
import type { ApprovalStore, Sealer, Workflow } from "../approval/ports.ts";
import { type VoteReason, vote as voteStep } from "../approval/transitions.ts";
import { faultFields, log } from "../boundary/log.ts";
import type { Approval, ApprovalId, Vote } from "../model/approval.ts";
import type { Deployment } from "../model/deployment.ts";
import type { Clock } from "../net/clock.ts";

const WAKE_ATTEMPTS = 2;
const WAKE_PAUSE_MS = 200; // a person waits for this, and Slack no longer than 3 s

export interface VoteDependencies {
  readonly store: Pick<ApprovalStore, "change" | "tokenOf">;
  readonly workflow: Pick<Workflow, "resume">;
  readonly sealer: Pick<Sealer, "open">;
  readonly clock: Clock;
  readonly deployment: Deployment;
}

/** A vote as a person cast it; when is the clock's. */
export interface CastRequest {
  readonly id: ApprovalId;
  readonly vote: Omit<Vote, "at">;
}

export type Cast =
  /** The vote stands; `approval.status` says whether it decided. */
  | { readonly kind: "cast"; readonly approval: Approval }
  /** It does not count, and why. */
  | { readonly kind: "not_counted"; readonly approval: Approval; readonly reason: VoteReason }
  | { readonly kind: "unknown" };

/**
 * Casts the vote by one conditional write, then resumes the workflow where nothing more is needed.
 * @throws when it is not known whether the vote was stored
 */
export async function castVote(request: CastRequest, dependencies: VoteDependencies): Promise<Cast> {
  const now = Math.floor(dependencies.clock.nowMs() / 1_000);
  const vote: Vote = { ...request.vote, at: now };
  let reason: VoteReason = "not_pending";
  const result = await dependencies.store.change(request.id, (approval) => {
    const change = voteStep(approval, vote, dependencies.deployment.approvals, now);
    if (change.kind === "keep") reason = change.reason;
    return change;
  });
  if (result.kind === "unknown") return result;
  const { approval } = result;
  // INVARIANT: the vote is stored before the workflow wakes. Also when this vote changed nothing: the one that decided may
  // have been cut off just before this, and a second press then heals it.
  if (isDecided(approval)) await wake(approval, dependencies);
  return result.kind === "changed" ? { kind: "cast", approval } : { kind: "not_counted", approval, reason };
}

function isDecided({ status }: Approval): boolean {
  return status === "approved" || status === "rejected";
}

/**
 * A workflow that does not wake loses nothing but time: it asks for the state itself at its next step, which comes with
 * the reminder or at the end.
 */
async function wake({ id, status }: Approval, { store, sealer, workflow }: VoteDependencies): Promise<void> {
  for (let attempt = 1; attempt <= WAKE_ATTEMPTS; attempt += 1) {
    try {
      const sealed = await store.tokenOf(id);
      if (sealed === undefined) return; // the workflow has not asked yet: it will find the decision when it does
      const token = Buffer.from(await sealer.open("task-token", id, sealed)).toString("utf8");
      await workflow.resume(token, { status });
      return; // `gone`: a newer token is on its way, whose holder reads the state
    } catch (error) {
      log({ event: "fault", fault: faultFields(error) });
      if (attempt < WAKE_ATTEMPTS) await sleep(WAKE_PAUSE_MS);
    }
  }
}
