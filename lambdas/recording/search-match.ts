// Decides whether a record is what a search asks for, by the whole record. The indexes only propose: what they hold of a
// record is bounded, this is not. Pure. Trusts the text as one that this gateway wrote.

import type { Outcome } from "../model/record.ts";
import { type AnyRecord, actionsOf, approversOf, resourcesOf } from "./search-attributes.ts";
import type { RecordKind, Search, SearchFilters } from "./search-ports.ts";

const PHASES: Readonly<Record<RecordKind, AnyRecord["phase"]>> = {
  call: "OUTCOME",
  session: "OPEN",
  read: "READ",
  order: "ORDER",
};

/** @throws SyntaxError for a text that is no record */
export function matches(
  text: string,
  { kind, filters, fromMs, untilMs }: Omit<Search, "limit" | "cursor">,
): boolean {
  const record = JSON.parse(text) as AnyRecord;
  const at = Date.parse(record.at);
  if (record.phase !== PHASES[kind]) return false;
  if ((fromMs !== null && at < fromMs) || (untilMs !== null && at >= untilMs)) return false;
  if (!isOfAgents(record, filters.agents)) return false;
  return record.phase === "OUTCOME" ? isSuchCall(record, filters) : !asksOfCalls(filters);
}

/** True when the filters ask for what only a call has. */
export function asksOfCalls(filters: SearchFilters): boolean {
  const { action, service, resource, decision, approver, status, awsRequestId } = filters;
  return [action, service, resource, decision, approver, status, awsRequestId].some(
    (asked) => asked !== null,
  );
}

/** The beginning that an ARN must have, where the filter ends with a `*`; else `null`. */
export function resourcePrefix(resource: string): string | null {
  return resource.endsWith("*") ? resource.slice(0, -1) : null;
}

function isOfAgents(record: AnyRecord, agents: SearchFilters["agents"]): boolean {
  if (agents === null) return true;
  if (!("caller" in record) || record.caller === null) return false;
  return agents.includes(`${record.caller.issuer}|${record.caller.subject}`);
}

function isSuchCall(outcome: Outcome, filters: SearchFilters): boolean {
  const { call, decision, status, awsRequestId } = outcome;
  const same = <Value>(asked: Value | null, recorded: Value | null | undefined): boolean =>
    asked === null || asked === recorded;
  return (
    same(filters.service, call?.service) &&
    same(filters.decision, decision?.decision) &&
    same(filters.status, status) &&
    same(filters.awsRequestId, awsRequestId) &&
    (filters.action === null || actionsOf(call).includes(filters.action)) &&
    (filters.approver === null || approversOf(outcome).includes(filters.approver)) &&
    (filters.resource === null || resourcesOf(call).some(isLike(filters.resource)))
  );
}

function isLike(asked: string): (arn: string) => boolean {
  const prefix = resourcePrefix(asked);
  return prefix === null ? (arn) => arn === asked : (arn) => arn.startsWith(prefix);
}
