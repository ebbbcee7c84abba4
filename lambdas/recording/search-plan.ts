// Plans a search: which partitions of which index are read, and what their entries must say to be worth reading the
// record. Pure. The most selective index leads by what it can hold: one call of a request id, approvals at the pace of
// people, what was not permitted, then an agent's calls, an action's, all. A plan may propose too much, never too little.

import { SHARDS } from "./minutes.ts";
import {
  APPROVED,
  agentValue,
  boundedValue,
  bucketOf,
  FURTHER,
  type IndexedAttribute,
  PARTIAL,
  SEPARATOR,
} from "./search-attributes.ts";
import { asksOfCalls, resourcePrefix } from "./search-match.ts";
import type { Search, SearchFilters } from "./search-ports.ts";

/** What an attribute of an entry must be. */
export type Term =
  | { readonly attribute: string; readonly is: string | number }
  | { readonly attribute: string; readonly contains: string }
  | { readonly attribute: string; readonly absent: true };

/** One partition of one index, in the order of `when`. */
export interface Source {
  readonly attribute: IndexedAttribute;
  readonly value: string;
  /** Each of these lists must hold, by one of its terms. */
  readonly where: readonly (readonly Term[])[];
}

const MAX_LEADING_AGENTS = 8; // 128 partitions are read at once; for more agents another index leads
const MAX_AGENT_TERMS = 100; // of a FilterExpression; for more agents the records themselves tell

/** The partitions that together hold all that is asked for. None where nothing can be. */
export function planOf({ kind, filters }: Pick<Search, "kind" | "filters">): readonly Source[] {
  if (kind !== "call" && asksOfCalls(filters)) return [];
  if ((kind === "read" || kind === "order") && filters.agents !== null) return [];
  if (filters.agents?.length === 0 || filters.awsRequestId === "") return [];
  if (filters.awsRequestId !== null) {
    return [{ attribute: "request", value: boundedValue(filters.awsRequestId), where: [] }];
  }
  const leads = leadsOf(kind, filters);
  return Array.from({ length: SHARDS }, (_, shard) =>
    leads.map(({ attribute, value }) => ({
      attribute,
      value: bucketOf(value, shard),
      where: whereOf({ kind, filters }, attribute, shard),
    })),
  ).flat();
}

interface Lead {
  readonly attribute: IndexedAttribute;
  readonly value: string;
}

function leadsOf(kind: Search["kind"], filters: SearchFilters): readonly Lead[] {
  if (filters.approver !== null) return [{ attribute: "approved", value: APPROVED }];
  if (filters.decision !== null && filters.decision !== "permit") {
    return [{ attribute: "decision", value: filters.decision }];
  }
  const agents = agentValues(kind, filters);
  if (agents.length > 0 && agents.length <= MAX_LEADING_AGENTS) {
    return agents.map((value) => ({ attribute: "agent", value }));
  }
  if (filters.action !== null) {
    // The first action has the index; a call that needs it among others is found among those of several actions.
    return [
      { attribute: "action", value: boundedValue(filters.action) },
      { attribute: "further", value: FURTHER },
    ];
  }
  return [{ attribute: "kind", value: kind }];
}

function agentValues(kind: Search["kind"], { agents }: SearchFilters): readonly string[] {
  if (agents === null || (kind !== "call" && kind !== "session")) return [];
  return [...new Set(agents.map((agent) => agentValue(kind, agent)))];
}

/** The terms beyond what the leading index's own key says. A record in this shard has all its values in this shard. */
function whereOf(
  { kind, filters }: Pick<Search, "kind" | "filters">,
  lead: IndexedAttribute,
  shard: number,
): Source["where"] {
  const { service, resource, status } = filters;
  const where: (readonly Term[])[] = [];
  const agents = lead === "agent" ? [] : agentValues(kind, filters);
  if (agents.length > 0 && agents.length <= MAX_AGENT_TERMS) {
    where.push(agents.map((value) => ({ attribute: "agent", is: bucketOf(value, shard) })));
  }
  if (filters.action !== null && lead !== "action") where.push(actionTerms(filters.action, lead, shard));
  if (service !== null) where.push([{ attribute: "service", is: boundedValue(service) }]);
  if (resource !== null) where.push(partOf("resources", partText(resource)));
  if (filters.decision !== null && lead !== "decision") where.push([decisionTerm(filters.decision, shard)]);
  if (filters.approver !== null) where.push(partOf("approvers", partText(filters.approver, null)));
  if (status !== null) where.push([{ attribute: "status", is: status }]);
  return where;
}

function actionTerms(action: string, lead: IndexedAttribute, shard: number): readonly Term[] {
  const among = partOf("actions", partText(action, null));
  // Those whose first action it is, the other lead finds.
  return lead === "further"
    ? among
    : [{ attribute: "action", is: bucketOf(boundedValue(action), shard) }, ...among];
}

/** A permit has no attribute, to keep its index small; nor has what was refused before policy was asked. */
function decisionTerm(decision: NonNullable<SearchFilters["decision"]>, shard: number): Term {
  return decision === "permit"
    ? { attribute: "decision", absent: true }
    : { attribute: "decision", is: bucketOf(decision, shard) };
}

function partOf(list: keyof typeof PARTIAL, text: string): readonly Term[] {
  return [
    { attribute: list, contains: text },
    { attribute: "partial", contains: PARTIAL[list] },
  ];
}

/** How the part, or its beginning, stands in the text of a list. */
function partText(part: string, prefix = resourcePrefix(part)): string {
  if (prefix === null) return `${SEPARATOR}${part}${SEPARATOR}`.toWellFormed();
  // One that ends within a character is looked for without it.
  return `${SEPARATOR}${prefix.replace(/[\ud800-\udbff]$/, "")}`.toWellFormed();
}
