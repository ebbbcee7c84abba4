// Starts the workflow of an approval: by whoever opened it, by a caller that comes back, or by the reconciler. Once more is
// the same, since the execution has the approval's name. What the workflow then does is statemachines/approval.asl.json's.

import type { Workflow } from "../approval/ports.ts";
import type { Approval } from "../model/approval.ts";
import type { Deployment } from "../model/deployment.ts";

/** Nobody was told of it: most likely its workflow was never started. */
export function isUnheardOf({ status, notices }: Pick<Approval, "status" | "notices">): boolean {
  return status === "pending" && notices.length === 0;
}

/** Ids and times only: operators can read the input of an execution. */
export async function startWorkflow(
  { id, session, expiresAt, demand }: Approval,
  workflow: Pick<Workflow, "start">,
  { approvals }: Pick<Deployment, "approvals">,
): Promise<void> {
  const minutes = (approvals?.groups ?? [])
    .filter(({ name }) => demand.groups.includes(name))
    .map(({ remindMinutes }) => remindMinutes);
  await workflow.start(id, {
    approvalId: id,
    session,
    expiresAt: `${new Date(expiresAt * 1_000).toISOString().slice(0, -5)}Z`,
    run: demand.run,
    otherwise: demand.otherwise,
    remindSeconds: 60 * Math.min(1_440, ...minutes),
  });
}
