// Reads approvals as their operator does: with their own AWS credentials, from table `state` itself. Reads only: votes come
// from approvers alone, by the gateway's pages or Slack.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { listOpen } from "../lambdas/aws/approval-inbox.ts";
import { createApprovalTable } from "../lambdas/aws/approval-items.ts";
import { type Approval, type ApprovalId, parseApprovalId } from "../lambdas/model/approval.ts";
import { systemClock } from "../lambdas/net/clock.ts";

export interface ApprovalsAccess {
  readonly client: DynamoDBClient;
  /** The table with the state. */
  readonly table: string;
}

const PAGE = 100;

/** All that are open, oldest first. */
export async function readOpenApprovals(access: ApprovalsAccess): Promise<readonly Approval[]> {
  const found: Approval[] = [];
  let after: string | undefined;
  do {
    const page = await listOpen({ ...access, clock: systemClock }, PAGE, after);
    found.push(...page.approvals);
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** @throws when the text is no approval's id; `undefined` when there is none of that id any more */
export async function readApproval(access: ApprovalsAccess, text: string): Promise<Approval | undefined> {
  const id = parseApprovalId(text);
  if (id === undefined) {
    throw new Error("an approval's id has 26 characters, A to Z and 2 to 7: it is the last part of its link");
  }
  return (await createApprovalTable({ ...access, clock: systemClock }).read(id))?.approval;
}

/** Where people look at it and decide; only its path where the gateway's address is not known. */
export function linkOf(id: ApprovalId, publicUrl: string | undefined): string {
  return `${publicUrl ?? ""}/approvals/${id}`;
}
