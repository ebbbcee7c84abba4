// Starts the workflow of approvals that were stored by a function that was cut off before it could do so, and whose caller
// never came back: else nobody is asked, and nothing records their end. Starting once more is the same. Trusts the inbox
// to name them; each is read itself.

import type { Workflow } from "../approval/ports.ts";
import type { Approval } from "../model/approval.ts";
import type { Deployment } from "../model/deployment.ts";
import { MINUTE_MS } from "../recording/minutes.ts";
import { isUnheardOf, startWorkflow } from "./start-workflow.ts";

/** Whoever opened it starts its workflow at once, and approvers are told within seconds. */
export const FORGOTTEN_AFTER_MS = 60_000;

export interface OpenedApprovals {
  /** Those still open that were opened from then on and not after `toSeconds`, epoch seconds. @throws when unreadable */
  openedBetween(fromSeconds: number, toSeconds: number): Promise<readonly Approval[]>;
}

export interface StartForgottenDependencies {
  readonly opened: OpenedApprovals;
  readonly workflow: Pick<Workflow, "start">;
  readonly deployment: Pick<Deployment, "approvals">;
}

/** @returns how many it started. @throws when the world fails: to be repeated */
export async function startForgotten(
  startMs: number,
  untilMs: number,
  { opened, workflow, deployment }: StartForgottenDependencies,
): Promise<number> {
  const to = Math.min(startMs + MINUTE_MS, untilMs) / 1_000;
  const found = await opened.openedBetween(startMs / 1_000, Math.floor(to));
  const forgotten = found.filter(isUnheardOf);
  for (const approval of forgotten) await startWorkflow(approval, workflow, deployment);
  return forgotten.length;
}
