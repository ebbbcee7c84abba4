// What an agent sees of the calls that wait for people, and how it takes one back. Its own only: an approval of another
// agent answers like one that never was. Deciding is people's, on the pages and in Slack.

import type { ApprovalStore } from "../../approval/ports.ts";
import { cancel } from "../../approval/transitions.ts";
import { type Approval, parseApprovalId } from "../../model/approval.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import type { Principal } from "../../model/principal.ts";
import { refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { ApiCaller } from "./api-caller.ts";
import { answerJson, answerProblem, notFound } from "./problem.ts";

export interface ApprovalsDependencies {
  readonly approvals: Pick<ApprovalStore, "listOpen" | "change">;
}

const PAGE = 100;
const MOST_PAGES = 20; // 2,000 open approvals of all agents; beyond them the answer says that it is not whole

/** All of the caller's approvals that are not final, oldest first. */
export async function listOwn(
  { principal }: ApiCaller,
  { approvals }: ApprovalsDependencies,
): Promise<GatewayResponse> {
  const own: object[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found = await approvals.listOpen(PAGE, after);
    own.push(...found.approvals.filter((approval) => isOf(approval, principal)).map(shown));
    after = found.next;
    if (after === undefined) break;
  }
  return answerJson(200, { approvals: own, complete: after === undefined });
}

/** Takes an approval back while nothing runs under it. */
export async function cancelOwn(
  idText: string,
  { body }: WireRequest,
  { principal }: ApiCaller,
  { approvals }: ApprovalsDependencies,
): Promise<GatewayResponse> {
  if (body.length > 0) return answerProblem(refuse("ValidationError", "a cancellation has no body"));
  const id = parseApprovalId(idText);
  if (id === undefined) return answerProblem(notFound());
  // INVARIANT: whose it is is asked of exactly what the write replaces.
  const result = await approvals.change(id, (approval) => cancel(approval, principal));
  if (result.kind === "unknown" || !isOf(result.approval, principal)) return answerProblem(notFound());
  if (result.kind === "changed") return answerJson(200, { approval: shown(result.approval) });
  const message = `the approval is \`${result.approval.status}\`: only one that waits can be cancelled`;
  return answerProblem({ kind: "problem", status: 409, code: "Conflict", message });
}

function isOf({ issuer, subject }: Approval, principal: Principal): boolean {
  return issuer === principal.issuer && subject === principal.subject;
}

/** Who approves is the approvers' business: the agent learns what they chose and what they wrote to it. */
function shown(approval: Approval): object {
  const { id, kind, status, role, session, call, demand, openedAt, expiresAt, decidedAt, votes, ending } =
    approval;
  return {
    id,
    kind,
    status,
    session,
    role,
    service: call.service,
    operation: call.operation,
    actions: call.actions,
    groups: demand.groups,
    quorum: demand.quorum,
    run: demand.run,
    openedAt: isoTime(openedAt),
    expiresAt: isoTime(expiresAt),
    decidedAt: decidedAt === null ? null : isoTime(decidedAt),
    votes: votes.map(({ choice, comment, at }) => ({ choice, comment, at: isoTime(at) })),
    ending,
  };
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
