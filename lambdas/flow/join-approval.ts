// Finds the approval that a held call belongs to, or opens it: the one it waited for before, the one that is open for this
// very call, an earlier approval's bounded grant, else a new one. Opens nothing twice: the store's condition decides.

import { grantKeyOf } from "../approval/grants.ts";
import { heldCallOf, openApproval } from "../approval/open.ts";
import type { Answers, ApprovalStore, Attachments, Grants, Sealer, Workflow } from "../approval/ports.ts";
import { isFinal } from "../approval/transitions.ts";
import type { Approval, ApprovalId } from "../model/approval.ts";
import { displayArn, isMutating } from "../model/aws-call.ts";
import type { Deployment } from "../model/deployment.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import {
  answerNameOf,
  callKeyOf,
  fingerprintOf,
  heldFingerprintOf,
  heldSessionFingerprintOf,
} from "../recording/keys.ts";
import { intentOf } from "../recording/records.ts";
import { type CallTrace, factsOf } from "./call-trace.ts";
import type { Held } from "./decide.ts";
import { sealableRequest } from "./held-request.ts";
import type { AskedCall } from "./hold.ts";
import { type PreviewDependencies, preview } from "./preview.ts";
import { isUnheardOf, startWorkflow } from "./start-workflow.ts";
import { keyOfApproved } from "./tell-approval.ts";

export interface JoinDependencies extends PreviewDependencies {
  readonly approvals: ApprovalStore;
  readonly grants: Grants;
  readonly attachments: Attachments;
  readonly answers: Answers;
  readonly workflow: Pick<Workflow, "start">;
  readonly sealer: Pick<Sealer, "seal">;
  readonly newApprovalId: () => ApprovalId;
}

export type Joined =
  | { readonly kind: "joined"; readonly approval: Approval; readonly opened: boolean }
  | { readonly kind: "granted"; readonly by: Approval };

export async function joinApproval(
  asked: AskedCall,
  held: Held,
  trace: CallTrace,
  dependencies: JoinDependencies,
): Promise<Joined | Refusal> {
  const { approvals, attachments, clock } = dependencies;
  const now = Math.floor(clock.nowMs() / 1_000);
  const { fingerprint, caller } = namesOf(asked, held);
  const byGrant = nameByGrant(asked, held);
  const attached = await attachments.attachedTo(caller, now);
  const known = attached === undefined ? undefined : await approvals.find(attached);
  // Of a session's use of its role only what nobody decided in time is asked once more.
  const isOver = known?.kind === "session" && known.status === "expired";
  if (known !== undefined && !isOver) {
    await startAgain(known, dependencies);
    return { kind: "joined", approval: known, opened: false };
  }

  const passed = byGrant === null ? undefined : await attachments.attachedTo(byGrant, now);
  const giver = passed === undefined ? undefined : await approvals.find(passed);
  if (giver !== undefined) return { kind: "granted", by: giver };

  const open = await openFor(fingerprint, dependencies);
  const granted = open === undefined ? await grantFor(asked, held, now, dependencies) : undefined;
  if (granted !== undefined) {
    if (byGrant !== null) await attachments.attach(byGrant, granted.id, now);
    return { kind: "granted", by: granted };
  }
  const joined =
    open === undefined
      ? await openNew({ asked, held, fingerprint, now }, trace, dependencies)
      : ({ kind: "joined", approval: open, opened: false } as const);
  if (joined.kind === "joined") await attachments.attach(caller, joined.approval.id, now);
  return joined;
}

/** What the approval is bound to, and who comes back to it: this call's retries, or each call of the session. */
function namesOf(
  { session, call, identity }: AskedCall,
  { decision }: Held,
): { readonly fingerprint: string; readonly caller: string } {
  if (decision.holdsSession) {
    const fingerprint = heldSessionFingerprintOf(session.id);
    return { fingerprint, caller: fingerprint };
  }
  const fingerprint = heldFingerprintOf(session.principal, session.role, call);
  return { fingerprint, caller: answerNameOf(callKeyOf(session.id, identity, fingerprint)) };
}

/**
 * INVARIANT (I3): a retry of a change that a grant let pass stays that call, also when the grant is used up or over by now:
 * its records know whether it was sent. As a new approval it would be sent once more. Named as those records are, so that
 * nothing passes twice by it; a read is sent again, so it takes of the grant again.
 */
function nameByGrant({ session, call, identity }: AskedCall, { decision }: Held): string | null {
  if (decision.holdsSession || !isMutating(call)) return null;
  const fingerprint = fingerprintOf(session.principal, session.role, call, call.upstream.body);
  return answerNameOf(callKeyOf(session.id, identity, `granted ${fingerprint}`));
}

// A workflow that nobody was told of within this time was most likely never started.
const START_SECONDS = 10;

async function openFor(fingerprint: string, dependencies: JoinDependencies): Promise<Approval | undefined> {
  const { approvals, answers } = dependencies;
  const id = await approvals.openFor(fingerprint);
  const approval = id === undefined ? undefined : await approvals.find(id);
  if (approval === undefined) return undefined;
  if (isFinal(approval.status)) {
    // An answer that its caller never came back for goes to one later call that asks for the same; then it is spent.
    return (await answers.deliver(answerNameOf(keyOfApproved(approval)))) ? approval : undefined;
  }
  await startAgain(approval, dependencies);
  return approval;
}

/** Whoever opened it may have been cut off before its workflow was started; starting once more is the same. */
async function startAgain(
  approval: Approval,
  { workflow, deployment, clock }: Pick<JoinDependencies, "workflow" | "deployment" | "clock">,
): Promise<void> {
  const age = Math.floor(clock.nowMs() / 1_000) - approval.openedAt;
  if (isUnheardOf(approval) && age > START_SECONDS) {
    await startWorkflow(approval, workflow, deployment);
  }
}

async function grantFor(
  { session, call }: AskedCall,
  { decision }: Held,
  now: number,
  { grants, approvals }: JoinDependencies,
): Promise<Approval | undefined> {
  if (decision.holdsSession) return undefined;
  const key = grantKeyOf({
    principal: session.principal,
    role: session.role,
    call,
    demand: decision.approval,
  });
  if (key === undefined) return undefined;
  const id = await grants.take(key, now);
  return id === "none" ? undefined : approvals.find(id);
}

interface Opening {
  readonly asked: AskedCall;
  readonly held: Held;
  readonly fingerprint: string;
  readonly now: number;
}

async function openNew(
  opening: Opening,
  trace: CallTrace,
  dependencies: JoinDependencies,
): Promise<Joined | Refusal> {
  const { approvals, workflow, sealer, deployment } = dependencies;
  const approval = await approvalOf(opening, trace, dependencies);
  const isStored = approval.kind === "call" && approval.demand.run === "stored";
  const request = isStored ? sealableRequest(opening.asked, trace.request) : null;
  if (request === "too_large") {
    return refuse(
      "RequestEntityTooLarge",
      "the policies let the gateway run this call by itself once it is approved, and it is too large to be stored for that (200 KB): split it, or ask for a policy with `run=attended`",
    );
  }
  const sealed = request === null ? null : await sealer.seal("held-request", approval.id, request);
  const opened = await approvals.open(approval, sealed);
  if (opened.kind === "exists") {
    const other = await approvals.find(opened.id);
    if (other === undefined) return refuse("ServiceUnavailable", "the approval is being made: try again");
    return { kind: "joined", approval: other, opened: false };
  }
  await startWorkflow(approval, workflow, deployment);
  return { kind: "joined", approval, opened: true };
}

async function approvalOf(
  { asked, held, fingerprint, now }: Opening,
  trace: CallTrace,
  dependencies: JoinDependencies,
): Promise<Approval> {
  const { deployment, newApprovalId } = dependencies;
  const { session, call } = asked;
  const { decision } = held;
  const facts = factsOf(trace, deployment, now * 1_000);
  const { caller } = facts;
  const shown = await preview(session, call, dependencies);
  return openApproval({
    id: newApprovalId(),
    kind: decision.holdsSession ? "session" : "call",
    fingerprint,
    session,
    agent: { name: caller?.agent ?? session.principal.subject, owner: caller?.owner ?? null },
    sourceIp: trace.request.viewerIp,
    userAgent: caller?.userAgent ?? "",
    demand: decision.approval,
    policies: decision.policies,
    policyVersion: decision.policyVersion,
    call: heldCallOf(call, facts.call?.maskedParameters ?? null, setsOf(asked, deployment), shown),
    record: intentOf(facts),
    now,
  });
}

function setsOf({ call }: AskedCall, { resourceSets }: Deployment): readonly string[] {
  const arns = call.actions.flatMap(({ resources }) => resources.map(displayArn));
  const isIn = (pattern: string, arn: string): boolean =>
    pattern.endsWith("*") ? arn.startsWith(pattern.slice(0, -1)) : arn === pattern;
  return resourceSets
    .filter(({ arns: patterns }) => patterns.some((pattern) => arns.some((arn) => isIn(pattern, arn))))
    .map(({ name }) => name);
}
