// Random records in which every search finds something now and then: few agents, actions, resources and people, many
// records of the same millisecond, lists too long for an index.

import { newNonce } from "../../lambdas/net/randomness.ts";
import type { AnyRecord } from "../../lambdas/recording/search-attributes.ts";
import type { SearchFilters } from "../../lambdas/recording/search-ports.ts";
import { callerIn, opening, outcome, SESSION } from "./facts.ts";
import { type Entry, entryOf, NO_FILTERS, order, reading } from "./searched.ts";

/** From 0 up to, not including, `below`. */
export type Draw = (below: number) => number;

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const SERVICES = ["s3", "dynamodb"];
const ACTIONS = ["s3:GetObject", "s3:PutObject", "kms:Decrypt", "iam:PassRole"];
const ARNS = [
  "arn:aws:s3:::reports/2026/q2.csv",
  "arn:aws:s3:::reports",
  "arn:aws:s3:::reports-old/é\u{1f98a}",
  `arn:aws:s3:::reports/${"long/".repeat(80)}`,
  "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
];
const PEOPLE = ["Ana", "Ben", "Ana Maria"];
const AGENTS = ["agent-1", "agent-2", `agent-${"x".repeat(300)}`];

export const agentName = (subject: string): string => `https://idp.example|${subject}`;

export function randomEntry(draw: Draw, millisecondsLong: number): Entry {
  const at = new Date(START + draw(millisecondsLong)).toISOString();
  return entryOf({ pk: `SESSION#${newNonce()}`, sk: newNonce() }, randomRecord(draw, at));
}

function randomRecord(draw: Draw, at: string): AnyRecord {
  const which = draw(12);
  const caller = { ...callerIn(SESSION), subject: pick(draw, AGENTS) };
  if (which === 0) return { ...opening(), at, caller };
  if (which === 1) return reading(at);
  if (which === 2) return order(at);
  const made = outcome({ status: pick(draw, [200, 400, 403]), awsRequestId: `A-${draw(9)}` });
  const decision = pick(draw, ["permit", "permit", "hold", "deny"] as const);
  const votes = some(draw, PEOPLE).map((person) => ({
    person,
    choice: "approve" as const,
    comment: null,
    at,
    via: "page" as const,
  }));
  return {
    ...made,
    at,
    caller: draw(10) === 0 ? null : caller,
    call: draw(10) === 0 || made.call === null ? null : { ...made.call, ...randomCall(draw) },
    decision: draw(10) === 0 || made.decision === null ? null : { ...made.decision, decision },
    ...(draw(3) === 0 && { approval: { id: "B", votes, byGrant: false } }),
  };
}

function randomCall(draw: Draw) {
  return {
    service: pick(draw, SERVICES),
    actions: some(draw, ACTIONS).map((action) => ({
      action,
      accessLevel: "read" as const,
      resources: some(draw, ARNS),
      resourcesOmitted: 0,
    })),
  };
}

export function randomFilters(draw: Draw): SearchFilters {
  const maybe = <Value>(values: readonly Value[]): Value | null =>
    draw(4) === 0 ? pick(draw, values) : null;
  return {
    ...NO_FILTERS,
    agents: maybe([
      [agentName("agent-1")],
      AGENTS.map(agentName),
      [],
      [...AGENTS, ...Array.from({ length: 9 }, (_, index) => `other-${index}`)].map(agentName),
    ]),
    action: maybe(ACTIONS),
    service: maybe(SERVICES),
    resource: maybe([
      ...ARNS,
      "arn:aws:s3:::reports*",
      "arn:aws:s3:::reports/long/*",
      "arn:aws:s3:::reports-old/é\ud83e*",
    ]),
    decision: maybe(["permit", "hold", "deny"]),
    approver: maybe(PEOPLE),
    status: maybe([200, 403]),
    awsRequestId: draw(12) === 0 ? `A-${draw(9)}` : null,
  };
}

export const randomRange = (draw: Draw, millisecondsLong: number) => ({
  fromMs: draw(3) === 0 ? START + draw(millisecondsLong) : null,
  untilMs: draw(3) === 0 ? START + draw(millisecondsLong) : null,
});

/** Later than all random records have settled. */
export const LATER_MS = START + 3_600_000;

function pick<Value>(draw: Draw, values: readonly Value[]): Value {
  return values[draw(values.length)] as Value;
}

function some<Value>(draw: Draw, values: readonly Value[]): readonly Value[] {
  return values.filter(() => draw(3) === 0);
}
