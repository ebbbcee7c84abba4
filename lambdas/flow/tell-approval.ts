// Tells a caller how the approval of its call stands: wait and come again, the answer that the call had, or why there is
// none. A pending approval answers a retryable throttling error, so that SDKs come back by themselves and attach again.

import type { Answers } from "../approval/ports.ts";
import { respondRefusal } from "../boundary/respond.ts";
import type { Approval, Vote } from "../model/approval.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import type { RecordedApproval } from "../model/record.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { Clock } from "../net/clock.ts";
import { answerNameOf, type CallKey, callKeyOf } from "../recording/keys.ts";
import type { CallTrace } from "./call-trace.ts";
import { answerRefusal, type RefuseDependencies } from "./refuse.ts";

export interface TellDependencies extends RefuseDependencies {
  readonly clock: Clock;
  readonly answers: Answers;
  /** Where this gateway is reached, for the link. */
  readonly publicUrl: () => Promise<string>;
}

export interface Told {
  readonly kind: "answered";
  readonly response: GatewayResponse;
}

/** The SDKs of version 2 and 3 wait so many milliseconds where a throttling error says so. */
const RETRY_AFTER = { "x-amz-retry-after": "5000", "retry-after": "5" };

/** @param opened whether this request opened the approval: it is the one whose waiting is recorded */
export async function tell(
  approval: Approval,
  opened: boolean,
  trace: CallTrace,
  dependencies: TellDependencies,
): Promise<Told | Refusal> {
  trace.approval = recordedApproval(approval, false);
  switch (approval.status) {
    case "pending":
    case "approved":
    case "running":
      return comeAgain(approval, opened, trace, dependencies);
    case "done":
      return answerOf(approval, dependencies);
    case "in_doubt":
      return refuse(
        "RequestInDoubt",
        "the approved call was sent and its answer was lost: look at its result before you make a new one",
      );
    default:
      return refuse("AccessDenied", endOf(approval));
  }
}

async function comeAgain(
  { id, status, expiresAt }: Approval,
  opened: boolean,
  trace: CallTrace,
  dependencies: TellDependencies,
): Promise<Told> {
  const link = `${await dependencies.publicUrl()}/approvals/${id}`;
  const until = new Date(expiresAt * 1_000).toISOString();
  const message =
    status === "pending"
      ? `this call waits for an approval until ${until}: ${link} ; try again, and the same call attaches to it`
      : `this call is approved and is being made: try again for its answer (${link})`;
  const refusal = refuse("ApprovalPending", message);
  // One record says that it waits; its retries add nothing to that.
  const response = opened
    ? await answerRefusal(refusal, trace, dependencies)
    : respondRefusal(refusal, trace.request);
  return {
    kind: "answered",
    response: { ...response, headers: { ...response.headers, ...RETRY_AFTER } },
  };
}

async function answerOf(approval: Approval, { answers, clock }: TellDependencies): Promise<Told | Refusal> {
  const name = answerNameOf(keyOfApproved(approval));
  const answer = await answers.find(name, Math.floor(clock.nowMs() / 1_000));
  if (answer !== undefined) {
    await answers.deliver(name);
    return { kind: "answered", response: answer };
  }
  return refuse(
    "RequestInDoubt",
    "the approved call was made, and its answer is not kept any more: look at its result before you make a new one",
  );
}

/** The key of the records of an approved call: it runs once under its approval, whoever sends it. */
export function keyOfApproved({ id, session, fingerprint, claim }: Approval): CallKey {
  return callKeyOf(claim?.session ?? session, { kind: "approval", id }, fingerprint);
}

function endOf({ status, votes, ending }: Approval): string {
  switch (status) {
    case "rejected":
      return rejection(votes.find(({ choice }) => choice === "reject"));
    case "expired":
      return `nobody approved this call in time; make it again to ask once more${because(ending)}`;
    case "cancelled":
      return "this call was cancelled by its requester";
    default:
      return `this call was approved and not made${because(ending)}; make it again to ask once more`;
  }
}

function rejection(vote: Vote | undefined): string {
  if (vote === undefined) return "this call was rejected";
  return `\`${vote.person.name}\` rejected this call: \`${vote.comment ?? "no comment"}\``;
}

function because(ending: string | null): string {
  return ending === null ? "" : ` (${ending})`;
}

export function recordedApproval({ id, votes }: Approval, byGrant: boolean): RecordedApproval {
  return {
    id,
    votes: votes.map(({ person, choice, comment, at, via }) => ({
      person: person.id,
      choice,
      comment,
      at: new Date(at * 1_000).toISOString(),
      via,
    })),
    byGrant,
  };
}
