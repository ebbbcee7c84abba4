// One step of the approval's workflow: tells the approvers and leaves the task token where the deciding vote finds it, or
// closes the approval. The order is the security argument: the token is stored before the state is read again, so a vote
// that lands between two tokens is seen either by the voter's wake-up or here. The token is stored sealed and told nobody.

import { anybodyTold } from "../approval/notices/receivers.ts";
import type { ApprovalStore, Sealer, Workflow } from "../approval/ports.ts";
import { type Change, escalate, LONGEST_QUEUE_SECONDS, queue } from "../approval/transitions.ts";
import { CountersignError } from "../boundary/errors.ts";
import { type Approval, type ApprovalId, type NoticeStep, parseApprovalId } from "../model/approval.ts";
import { type CloseDependencies, type CloseReason, close } from "./ask-close.ts";
import { refreshMessages, type TellDependencies, tell } from "./ask-tell.ts";

export interface AskDependencies extends TellDependencies, CloseDependencies {
  readonly store: ApprovalStore;
  readonly workflow: Pick<Workflow, "resume">;
  readonly sealer: Pick<Sealer, "seal">;
}

/** What the task answers. Of a step that waits, the workflow goes by the token's result and not by this. */
export interface AskAnswer {
  readonly status: string;
}

type AskEvent =
  | { readonly step: NoticeStep; readonly id: ApprovalId; readonly taskToken: string }
  | { readonly step: "close"; readonly id: ApprovalId; readonly reason: CloseReason | null };

/**
 * Carries out the step. Repeating it after a crash leads to the same end, and tells only those who were not told.
 * @throws when the store or the workflow does not answer; the state machine repeats the task, then closes
 */
export async function ask(event: unknown, dependencies: AskDependencies): Promise<AskAnswer> {
  const asked = parseAsk(event);
  if (asked.step === "close") return { status: await close(asked.id, asked.reason, dependencies) };
  const { store, sealer, workflow } = dependencies;
  const { id, step, taskToken } = asked;
  const resume = async (status: string): Promise<AskAnswer> => {
    await workflow.resume(taskToken, { status });
    return { status };
  };
  const before = await store.find(id);
  if (before === undefined) return resume("expired"); // nobody can decide what is not there
  if (before.status !== "pending") return resume(before.status);
  // INVARIANT: first the token, then the state: a vote cast after this read finds this very token.
  await store.putToken(id, await sealer.seal("task-token", id, Buffer.from(taskToken, "utf8")));
  const now = await store.find(id);
  if (now?.status !== "pending") return resume(now?.status ?? "expired");
  const open = await prepared(now, step, dependencies);
  if (open.status !== "pending") return { status: open.status }; // decided just now: its voter has our token
  const told = await tell(open, step, dependencies);
  if (told.status !== "pending") await refreshMessages(told, dependencies); // decided while the message was on its way
  // Kept waiting is what the policy wants in that case: the next round tries again.
  if (told.status === "pending" && step !== "queue" && !anybodyTold(told)) return resume("unreachable");
  return { status: told.status };
}

/** What the step changes before anybody is told of it. */
async function prepared(
  approval: Approval,
  step: NoticeStep,
  { store, approvals }: AskDependencies,
): Promise<Approval> {
  if (step !== "escalate" && step !== "queue") return approval;
  const change = (latest: Approval): Change =>
    step === "queue"
      ? queue(latest, latest.openedAt + LONGEST_QUEUE_SECONDS)
      : escalateAll(latest, approvals);
  const result = await store.change(approval.id, change);
  return result.kind === "unknown" ? approval : result.approval;
}

/** Lets in the escalation group of every demanded group that has one. */
function escalateAll(approval: Approval, approvals: TellDependencies["approvals"]): Change {
  const groups = (approvals?.groups ?? []).filter(({ escalateTo }) => escalateTo !== null);
  return groups.reduce<Change>(
    (change, { name }) => {
      const next = escalate(change.kind === "change" ? change.approval : approval, name);
      return next.kind === "change" ? next : change;
    },
    { kind: "keep", reason: "no_change" },
  );
}

const REASONS: readonly CloseReason[] = ["timeout", "unreachable", "failed"];
const STEPS: readonly string[] = ["ask", "remind", "escalate", "queue"] satisfies NoticeStep[];

/** The event is our own state machine's; anything else is a fault in how it is wired. */
function parseAsk(event: unknown): AskEvent {
  const { step, approvalId, taskToken, reason } = (event ?? {}) as Readonly<Record<string, unknown>>;
  const id = typeof approvalId === "string" ? parseApprovalId(approvalId) : undefined;
  if (id !== undefined && step === "close") {
    return { step, id, reason: REASONS.find((known) => known === reason) ?? null };
  }
  const waits = typeof step === "string" && STEPS.includes(step);
  if (id === undefined || !waits || typeof taskToken !== "string" || taskToken === "") {
    throw new CountersignError("internal", "the workflow asked for a step that does not exist");
  }
  return { step: step as NoticeStep, id, taskToken };
}
