// Writes a recorded session for people: who, and then a line or two for each call. Records hold text that agents chose,
// so every value is written with control characters made visible: a record cannot draw on the reader's terminal.

import type { Intent, Opening, Order, Outcome, RecordedApproval } from "../lambdas/model/record.ts";
import { callsOf, openingOf, ordersOf, type RecordedPair } from "./cli/recorded-calls.ts";
import { masksText } from "./cli/recorded-text.ts";
import type { FoundRecord } from "./cli/records.ts";

/** The session as lines of text. */
export function sessionText(id: string, records: readonly Pick<FoundRecord, "sk" | "record">[]): string {
  const opening = openingOf(records);
  const head = opening === undefined ? [`session ${id}`] : headOf(id, opening);
  return [...head, ...ordersOf(records).map(orderLine), "", ...callsOf(records).flatMap(linesOf)].join("\n");
}

function headOf(id: string, { at, expires, caller, role }: Opening): string[] {
  const agent = caller === null ? "unknown" : `${caller.agent} (${caller.subject} at ${caller.issuer})`;
  return [
    `session ${id}`,
    `  agent   ${visible(agent)}, owner ${visible(caller?.owner ?? "none")}`,
    `  groups  ${visible(caller?.groups.join(", ") ?? "")}`,
    `  role    ${visible(role ?? "none")}`,
    `  opened  ${at} from ${visible(caller?.sourceIp ?? "unknown")}, until ${expires}`,
  ];
}

function orderLine({ at, order, reader, reason }: Order): string {
  return `  ${order.padEnd(7)} ${at} by ${visible(reader.name)}: ${visible(reason)}`;
}

function linesOf({ outcome, either: record }: RecordedPair): string[] {
  const { call, decision } = record;
  const operation = call === null ? "(not recognised)" : `${call.service}:${call.operation}`;
  const resources = call?.actions.flatMap((action) => action.resources) ?? [];
  const observed = decision?.enforced === false;
  const verdict = `${observed ? "would " : ""}${decision?.decision ?? "refuse"}`;
  const policies = decision === null ? "" : `by ${decision.policies.join(", ") || "default"}`;
  return [
    `  ${record.at.slice(11, 23)}  ${verdict.padEnd(6)}  ${visible(operation).padEnd(34)}  ${endOf(outcome)}`,
    `                ${visible([...new Set(resources)].join(" "))}`,
    ...detailsOf(record, outcome).map((text) => `                ${visible(text)}`),
    `                ${visible([observed ? "OBSERVED, NOT ENFORCED" : "", policies, ...idsOf(outcome)].filter((text) => text !== "").join("  "))}`,
  ].filter((line) => line.trim() !== "");
}

/** Who approved it and what was hidden of its answer, a line each. */
function detailsOf({ approval }: Intent | Outcome, outcome: Outcome | undefined): string[] {
  return [
    ...(approval === undefined ? [] : approvalLines(approval)),
    ...(outcome?.masks === undefined
      ? []
      : masksText(outcome.masks).map(([label, what]) => `${label}: ${what}`)),
    ...(outcome?.withheld === undefined ? [] : [`answer withheld: ${outcome.withheld}`]),
  ];
}

function approvalLines({ id, votes, byGrant }: RecordedApproval): string[] {
  return [
    byGrant ? `approval ${id}, whose approver let further calls pass` : `approval ${id}`,
    ...votes.map(
      ({ person, choice, comment, at, via }) =>
        `  ${choice === "approve" ? "approved" : "rejected"} by ${person}, ${at.slice(0, 19)}Z, by ${via}${comment === null ? "" : `: ${comment}`}`,
    ),
  ];
}

function endOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "in doubt: no outcome recorded";
  const milliseconds = Object.values(outcome.latency).reduce((sum, step) => sum + step, 0);
  return visible(
    [outcome.ending, String(outcome.status), outcome.code ?? "", `${milliseconds} ms`]
      .filter((text) => text !== "")
      .join("  "),
  );
}

function idsOf(outcome: Outcome | undefined): string[] {
  if (outcome === undefined) return [];
  return [
    ...(outcome.awsRequestId === null ? [] : [`aws ${outcome.awsRequestId}`]),
    `gateway ${outcome.gatewayRequestId}`,
  ];
}

/** Control, format and unassigned characters, and the line separators, as escapes. */
export function visible(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
