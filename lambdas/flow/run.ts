// Makes one approved call by itself (`run=stored`), as the approver was told: opens what was sealed when the call was held,
// recognises it anew, and runs it only if it is what was approved. Answers the workflow with the status; the records and
// the kept answer are for everybody else.

import type { ApprovalStore, Sealer } from "../approval/ports.ts";
import { finish } from "../approval/transitions.ts";
import { type Approval, parseApprovalId } from "../model/approval.ts";
import { partsOfRole } from "../model/ids.ts";
import { recognise } from "../recognition/recognise.ts";
import type { AnswerSource, ModelSource } from "../recognition/shard.ts";
import { heldFingerprintOf } from "../recording/keys.ts";
import { type CallTrace, startTrace } from "./call-trace.ts";
import { type HeldRequest, heldRequestOf } from "./held-request.ts";
import { type RunDependencies, runApproved } from "./run-approved.ts";

export interface RunStoredDependencies extends RunDependencies {
  readonly approvals: ApprovalStore;
  readonly sealer: Pick<Sealer, "open">;
  readonly models: ModelSource & AnswerSource;
}

/**
 * @param event `{ "approvalId": "..." }`, from the state machine
 * @returns the approval's status afterwards
 * @throws when the world failed before the claim: the workflow tries again
 */
export async function run(
  event: unknown,
  dependencies: RunStoredDependencies,
): Promise<{ readonly status: Approval["status"] | "unknown" }> {
  const { approvals } = dependencies;
  const id = parseApprovalId(String((event as { approvalId?: unknown } | null)?.approvalId));
  const approval = id === undefined ? undefined : await approvals.find(id);
  if (approval === undefined) return { status: "unknown" };
  if (approval.kind === "call" && approval.status === "approved" && approval.demand.run === "stored") {
    await runStored(approval, dependencies);
  }
  return { status: (await approvals.find(approval.id))?.status ?? "unknown" };
}

async function runStored(approval: Approval, dependencies: RunStoredDependencies): Promise<void> {
  const { approvals, sealer, clock } = dependencies;
  const sealed = await approvals.requestOf(approval.id);
  if (sealed === undefined) return lost(approval, approvals);
  // What was changed, or sealed for another approval, does not open, and the workflow ends it.
  const held = heldRequestOf(await sealer.open("held-request", approval.id, sealed));
  const trace = startTrace(held.request, clock.nowMs());
  const asked = askedAgain(held, approval, trace, dependencies);
  if (asked === "another") return lost(approval, approvals);
  // A refusal is told and recorded by the workflow's close, as the end of the approval.
  await runApproved({ approval, asked, by: "run" }, trace, dependencies);
}

async function lost({ id }: Approval, approvals: ApprovalStore): Promise<void> {
  const ending = "what was stored is not the call that was approved";
  await approvals.change(id, (standing) => finish(standing, "failed", null, ending));
}

interface AskedAgain {
  readonly session: HeldRequest["session"];
  readonly emergency: { readonly kind: "unreadable" };
  readonly call: NonNullable<CallTrace["call"]>;
}

/** INVARIANT (R6): only the call whose fingerprint was approved, for the agent, session and role that it was approved for. */
function askedAgain(
  { session, signed }: HeldRequest,
  approval: Approval,
  trace: CallTrace,
  { models }: RunStoredDependencies,
): AskedAgain | "another" {
  const { account, partition } = partsOfRole(session.role);
  const recognition = recognise(signed, { account, partition }, models);
  if (recognition.kind === "refused") return "another";
  const { call } = recognition;
  const isSame =
    session.id === approval.session &&
    session.role === approval.role &&
    session.principal.issuer === approval.issuer &&
    session.principal.subject === approval.subject &&
    heldFingerprintOf(session.principal, session.role, call) === approval.fingerprint;
  if (!isSame) return "another";
  trace.session = session;
  trace.call = call;
  // What is forbidden now is read after the claim; until then nothing is permitted.
  return { session, emergency: { kind: "unreadable" }, call };
}
