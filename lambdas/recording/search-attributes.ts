// Names what searches find a record by: the attributes beside its text that the indexes of table `sessions` hold. Pure.
// Every value is spread over 16 partitions by the record's leaf, since one partition takes 1,000 writes a second. Values are
// bounded: an index takes none over 2,048 bytes, and no hostile name may keep its call from being recorded. What does not
// fit is marked `partial`, and the search then decides by the record itself. docs/searches.md shows it all as a table.

import { createHash } from "node:crypto";
import type { Caller, Intent, Opening, Order, Outcome, Reading, RecordedCall } from "../model/record.ts";
import { shardOf } from "./minutes.ts";
import type { RecordKind } from "./search-ports.ts";

export type AnyRecord = Opening | Intent | Outcome | Reading | Order;

/** By table attribute. Texts, but for `status`. */
export type SearchAttributes = Readonly<Record<string, string | number>>;

/** The attributes that are partition keys of an index, each of the index `by-<attribute>`. */
export type IndexedAttribute = "kind" | "agent" | "action" | "further" | "decision" | "approved" | "request";

/** What the other indexes carry beside their keys, so that a search can refine within any of them. */
const FACETS = [
  "agent",
  "action",
  "actions",
  "service",
  "resources",
  "decision",
  "approvers",
  "status",
  "partial",
];

/** Sort key of all of them: a total order of the records, by their time. */
export const WHEN = "when";

/** The indexes that searches use: each by its attribute and `when`. Of a request id there is one call: it needs no facets. */
export const SEARCH_INDEXES: readonly {
  readonly attribute: IndexedAttribute;
  readonly facets: readonly string[];
}[] = (["kind", "agent", "action", "further", "decision", "approved", "request"] as const).map(
  (attribute) => ({
    attribute,
    facets: attribute === "request" ? [] : FACETS.filter((facet) => facet !== attribute),
  }),
);

export function indexNameOf(attribute: IndexedAttribute): string {
  return `by-${attribute}`;
}

/** The one value of the sparse indexes that have no other: calls of several actions, calls that somebody voted on. */
export const FURTHER = "further";
export const APPROVED = "approved";

/** Between and around the parts of a list, so that a whole part, or the beginning of one, can be looked for in its text. */
export const SEPARATOR = "\n";

/** Letters in `partial`: which of the lists a record is too large to carry. */
export const PARTIAL = { actions: "a", resources: "r", approvers: "p" } as const;

// Bytes. With the keys, an entry of an index stays within 1 KB, one unit of writing; a test adds it up.
const MAX_VALUE_BYTES = 160;
const MAX_LIST_BYTES = { actions: 128, resources: 256, approvers: 96 } as const;
const WHEN_DIGITS = 16; // of the leaf: what tells records of the same millisecond apart

/** The attributes of a record whose leaf has this hash. None of intents: they are found by their session. */
export function searchAttributes(record: AnyRecord, leaf: string): SearchAttributes {
  if (record.phase === "INTENT") return {};
  const shard = shardOf(leaf);
  const when = `${record.at}#${leaf.slice(0, WHEN_DIGITS)}`;
  const found = (kind: RecordKind): SearchAttributes => ({ when, kind: bucketOf(kind, shard) });
  switch (record.phase) {
    case "OPEN":
      return { ...found("session"), ...agentAttribute("session", record.caller, shard) };
    case "OUTCOME":
      return {
        ...found("call"),
        ...agentAttribute("call", record.caller, shard),
        ...outcomeAttributes(record, shard),
      };
    case "READ":
      return found("read");
    case "ORDER":
      return found("order");
  }
}

/** `<value>#<shard>`: a partition of an index. */
export function bucketOf(value: string, shard: number): string {
  return `${value}#${shard}`;
}

/** The value under which an index knows an agent, `<issuer>|<subject>`. Calls and sessions are apart. */
export function agentValue(kind: "call" | "session", agent: string): string {
  return `${kind}#${boundedValue(agent)}`;
}

/** The text itself, or its hash where it is over what an index should hold. */
export function boundedValue(text: string): string {
  const value = text.toWellFormed(); // a lone surrogate has no UTF-8
  if (Buffer.byteLength(value) <= MAX_VALUE_BYTES) return value;
  return `sha256:${createHash("sha256").update(value).digest("hex")}`;
}

/** All IAM actions of the call, each once. */
export function actionsOf(call: RecordedCall | null): readonly string[] {
  return [...new Set(call?.actions.map(({ action }) => action))];
}

/** All persons who voted on the call's approval, each once. */
export function approversOf({ approval }: Outcome): readonly string[] {
  return [...new Set(approval?.votes.map(({ person }) => person))];
}

/** All resources of the call that its record names, each once. */
export function resourcesOf(call: RecordedCall | null): readonly string[] {
  return [...new Set(call?.actions.flatMap(({ resources }) => resources))];
}

function agentAttribute(kind: "call" | "session", caller: Caller | null, shard: number): SearchAttributes {
  if (caller === null) return {};
  return { agent: bucketOf(agentValue(kind, `${caller.issuer}|${caller.subject}`), shard) };
}

function outcomeAttributes(outcome: Outcome, shard: number): SearchAttributes {
  const { call, decision, approval, awsRequestId, status } = outcome;
  const [action, ...further] = actionsOf(call);
  return {
    status,
    ...(call !== null && { service: boundedValue(call.service) }),
    ...(action !== undefined && { action: bucketOf(boundedValue(action), shard) }),
    ...(further.length > 0 && { further: bucketOf(FURTHER, shard) }),
    ...(decision !== null &&
      decision.decision !== "permit" && { decision: bucketOf(decision.decision, shard) }),
    ...(approval !== undefined && { approved: bucketOf(APPROVED, shard) }),
    // Not spread: of one id there is one call. A key may not be empty.
    ...(awsRequestId !== null && awsRequestId !== "" && { request: boundedValue(awsRequestId) }),
    ...lists({ actions: further, resources: resourcesOf(call), approvers: approversOf(outcome) }),
  };
}

/** Each list as one text, or its letter in `partial`. */
function lists(parts: Readonly<Record<keyof typeof PARTIAL, readonly string[]>>): SearchAttributes {
  const attributes: Record<string, string> = {};
  let partial = "";
  for (const name of ["actions", "resources", "approvers"] as const) {
    if (parts[name].length === 0) continue;
    const text = `${SEPARATOR}${parts[name].join(SEPARATOR)}${SEPARATOR}`.toWellFormed();
    if (Buffer.byteLength(text) <= MAX_LIST_BYTES[name]) attributes[name] = text;
    else partial += PARTIAL[name];
  }
  return { ...attributes, ...(partial !== "" && { partial }) };
}
