// What approvers are told of a held call, as label and value, the same for mail and Slack. Pure; the time is an argument.
// Taken from the typed call only. Everything that the agent could choose is made visible and bounded; no token, parameter
// or user agent is told: the page shows those to people who signed in.

import type { Approval, ApprovalId, NoticeStep } from "../../model/approval.ts";
import { visibleList, visibleText } from "./visible-text.ts";

const MAX_NAME = 120;
const MAX_ARN = 300;
const MAX_RESOURCES = 8;
const MAX_POLICIES = 8;
const MAX_ACTIONS = 6;

export interface Fact {
  readonly label: string;
  /** One line each; printable ASCII. */
  readonly lines: readonly string[];
}

/** `publicUrl` as the parameter holds it: no slash at the end. */
export function approvalUrl(publicUrl: string, id: ApprovalId): string {
  return `${publicUrl}/approvals/${id}`;
}

/** Agent and operation in one line: a subject, a headline. At most about 150 characters. */
export function headlineOf({ agent, call, kind }: Approval): string {
  const what = kind === "session" ? "use of a role" : `${call.service} ${call.operation}`;
  return `${visibleText(what, 80)} by ${visibleText(agent, 40)}`;
}

/** What the step says first. */
export function openingOf(step: NoticeStep, approval: Approval, now: number): string {
  const left = timeLeft(approval.expiresAt - now);
  const sentences: Record<NoticeStep, string> = {
    ask: `An agent's call waits for approval. Time left: ${left}.`,
    remind: `Reminder: an agent's call still waits for approval. Time left: ${left}.`,
    escalate: `Nobody has decided yet, so you are asked too. Time left: ${left}.`,
    queue: `Nobody decided in time; the call is kept waiting. Time left: ${left}.`,
  };
  return sentences[step];
}

export function factsOf(approval: Approval, now: number): readonly Fact[] {
  const { call, demand } = approval;
  const resources = [...new Set(call.actions.flatMap((action) => action.resources))];
  const names = call.actions.map(({ action }) => action);
  return [
    one("Agent", approval.agent, MAX_NAME),
    one("Owner", approval.owner ?? "none configured", MAX_NAME),
    approval.kind === "session"
      ? one("Asks for", "the use of the role, for the rest of this session", MAX_NAME)
      : one("Operation", `${call.service} ${call.operation} (${call.accessLevel})`, MAX_NAME),
    { label: "IAM actions", lines: visibleList(names, MAX_ACTIONS, MAX_NAME) },
    { label: `Resources (${resources.length})`, lines: visibleList(resources, MAX_RESOURCES, MAX_ARN) },
    one("Account and region", `${call.account}, ${call.region}`, MAX_NAME),
    one("Role", approval.role, MAX_ARN),
    { label: "Held by policy", lines: visibleList(approval.policies, MAX_POLICIES, MAX_NAME) },
    ...(call.resourceSets.length === 0
      ? []
      : [{ label: "Resource sets", lines: visibleList(call.resourceSets, MAX_POLICIES, MAX_NAME) }]),
    one("Needs", needsOf(demand), MAX_ARN),
    one("Time left", `${timeLeft(approval.expiresAt - now)} (until ${isoOf(approval.expiresAt)})`, MAX_NAME),
  ].filter(({ lines }) => lines.length > 0);
}

/** For how long still, in words. */
function timeLeft(seconds: number): string {
  if (seconds <= 0) return "none";
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

function needsOf({ groups, quorum }: Approval["demand"]): string {
  const people = quorum === 1 ? "1 person" : `${quorum} different people`;
  return `${people}, with at least one of ${groups.length === 1 ? "" : "each of "}${groups.join(", ")}`;
}

function isoOf(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, "2026-01-01T00:00".length)} UTC`;
}

function one(label: string, value: string, max: number): Fact {
  return { label, lines: [visibleText(value, max)] };
}
