// `countersign approvals`: what waits for people, and one approval whole. Reads only. What stands in an approval was in part
// written by an agent: every value is printed with control characters made visible.

import { parseArgs } from "node:util";
import type { Approval } from "../lambdas/model/approval.ts";
import { UsageError } from "./cli/exit.ts";
import { type ApprovalsAccess, linkOf, readApproval, readOpenApprovals } from "./open-approvals.ts";
import { visible } from "./session-text.ts";

const OPTIONS = {
  json: { type: "boolean" },
  "state-table": { type: "string" },
  url: { type: "string" },
} as const;

export interface ApprovalsPlace extends ApprovalsAccess {
  /** The gateway's address, where it is known. */
  readonly publicUrl: string | undefined;
}

/** Returns the lines to print. @throws an Error that says what to correct. */
export async function approvalsCommand(
  args: readonly string[],
  placeOf: (table: string | undefined) => ApprovalsPlace | Promise<ApprovalsPlace>,
  nowMs: number,
): Promise<readonly string[]> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [verb, id, ...more] = positionals;
  if (more.length > 0 || (verb !== undefined && (verb !== "show" || id === undefined))) {
    throw new UsageError("say `countersign approvals`, or `countersign approvals show <id>`");
  }
  const place = await placeOf(values["state-table"]);
  const publicUrl = values.url?.replace(/\/(aws\/?)?$/, "") ?? place.publicUrl;
  const now = Math.floor(nowMs / 1_000);
  if (id === undefined) {
    const open = await readOpenApprovals(place);
    if (values.json === true) return [JSON.stringify(open.map((one) => jsonOf(one, publicUrl)))];
    if (open.length === 0) return ["nothing waits for an approval"];
    return open.flatMap((one) => summaryOf(one, publicUrl, now));
  }
  const approval = await readApproval(place, id);
  if (approval === undefined)
    throw new Error(`there is no approval \`${id}\`: it ended over a week ago, or never was`);
  return values.json === true
    ? [JSON.stringify(jsonOf(approval, publicUrl))]
    : wholeOf(approval, publicUrl, now);
}

/** For programs: the approval as it is stored, and its link. */
function jsonOf(approval: Approval, publicUrl: string | undefined): unknown {
  return { ...approval, link: linkOf(approval.id, publicUrl) };
}

function summaryOf(approval: Approval, publicUrl: string | undefined, now: number): readonly string[] {
  const { id, agent, call } = approval;
  return [
    `${id}  ${visible(whatOf(approval))} by ${visible(agent)}, account ${visible(call.account)}`,
    `  ${standingOf(approval, now)}`,
    `  ${linkOf(id, publicUrl)}`,
  ];
}

function wholeOf(approval: Approval, publicUrl: string | undefined, now: number): readonly string[] {
  const { id, agent, subject, issuer, owner, role, session, call, policies, ending, notices } = approval;
  const rows: readonly (readonly [string, string])[] = [
    ["state", standingOf(approval, now)],
    ["agent", `${agent} (${subject} at ${issuer}), owner ${owner ?? "none"}`],
    ["role", role],
    ["session", session],
    ["call", `${whatOf(approval)}, account ${call.account}, ${call.region}`],
    ...call.actions.map(({ action, resources }) => ["needs", `${action} on ${resources.join(" ")}`] as const),
    ...call.parameters.map(({ path, value }) => ["with", `${path} = ${value}`] as const),
    ...(call.parametersOmitted > 0 ? [["with", `${call.parametersOmitted} more parameters`] as const] : []),
    ...(call.preview ?? []).map(({ label, value }) => ["AWS says", `${label}: ${value}`] as const),
    ["held by", policies.join(", ")],
    ["opened", timeOf(approval.openedAt)],
    ["ends", timeOf(approval.expiresAt)],
    ...approval.votes.map((vote) => ["vote", voteText(vote)] as const),
    ...notices.map(
      ({ channel, to, outcome, step }) => ["told", `${channel} ${to}: ${step}, ${outcome}`] as const,
    ),
    ...(ending === null ? [] : [["ending", ending] as const]),
    ["link", linkOf(id, publicUrl)],
  ];
  return [`approval ${id}`, ...rows.map(([label, text]) => `  ${label.padEnd(8)}  ${visible(text)}`)];
}

function whatOf({ kind, call, role }: Approval): string {
  return kind === "session"
    ? `use of ${role} (first: ${call.service} ${call.operation})`
    : `${call.service} ${call.operation}`;
}

function standingOf({ status, demand, votes, expiresAt }: Approval, now: number): string {
  const approvals = votes.filter(({ choice }) => choice === "approve").length;
  if (status !== "pending") return `${status}, ${approvals} approved`;
  const of = `${approvals} of ${Math.max(demand.quorum, demand.groups.length)} approved`;
  return `pending, ${of} by ${visible(demand.groups.join(" and "))}, ${leftOf(expiresAt - now)}`;
}

function leftOf(seconds: number): string {
  if (seconds <= 0) return "its time is over";
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

function voteText({ person, choice, comment, at, via, grant }: Approval["votes"][number]): string {
  const leave = grant === null ? "" : `, and ${grant.calls} more calls within ${grant.seconds} s`;
  return `${choice} by ${person.name} at ${timeOf(at)} (${via})${comment === null ? "" : `: ${comment}`}${leave}`;
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
