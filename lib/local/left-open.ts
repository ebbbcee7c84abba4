// After a restart: executions of state machines live in memory here, approvals in a table that is kept. Starts a fresh
// execution for each approval that is still open, so that nothing waits for a workflow that is gone: votes count on, under
// the same link, and one whose time is over or whose execution was cut off is closed.

import { createWorkflow } from "../../lambdas/aws/workflow.ts";
import type { Approval } from "../../lambdas/model/approval.ts";
import { readOpenApprovals } from "../open-approvals.ts";
import { localRecords, localWorkflow } from "./records-client.ts";

const REMIND_SECONDS = 900; // as the demo's groups have it

/** Returns what was open. */
export async function restartLeftOpen(directory: string): Promise<readonly Approval[]> {
  const { client, stateTable } = localRecords(directory);
  const open = await readOpenApprovals({ client, table: stateTable });
  const workflow = createWorkflow(localWorkflow(directory));
  for (const { id, session, expiresAt, demand } of open) {
    await workflow.start(id, {
      approvalId: id,
      session,
      expiresAt: `${new Date(expiresAt * 1_000).toISOString().slice(0, -5)}Z`,
      run: demand.run,
      otherwise: demand.otherwise,
      remindSeconds: REMIND_SECONDS,
    });
  }
  return open;
}
