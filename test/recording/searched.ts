// Records to search among, a filter that looks at each of them, and indexes in memory. The filter is written a second time
// on purpose, from the words of docs/searches.md, and shares nothing with what is tested.

import type { Order, Outcome, Reading } from "../../lambdas/model/record.ts";
import type { ItemKey } from "../../lambdas/recording/keys.ts";
import { leafHashOf, type StoredText } from "../../lambdas/recording/leaf.ts";
import {
  type AnyRecord,
  type SearchAttributes,
  searchAttributes,
} from "../../lambdas/recording/search-attributes.ts";
import type { Term } from "../../lambdas/recording/search-plan.ts";
import type { IndexAsk, Search, SearchFilters, SearchIndex } from "../../lambdas/recording/search-ports.ts";

export const NO_FILTERS: SearchFilters = {
  agents: null,
  action: null,
  service: null,
  resource: null,
  decision: null,
  approver: null,
  status: null,
  awsRequestId: null,
};

export const searchOf = (asked: Partial<Search> = {}): Search => ({
  kind: "call",
  filters: NO_FILTERS,
  fromMs: null,
  untilMs: null,
  order: "newest",
  limit: 10,
  cursor: null,
  ...asked,
});

export interface Entry extends StoredText {
  readonly parsed: AnyRecord;
  readonly leaf: string;
  readonly attributes: SearchAttributes;
}

export function entryOf(key: ItemKey, parsed: AnyRecord): Entry {
  const record = JSON.stringify(parsed);
  const leaf = leafHashOf({ ...key, record });
  return { ...key, record, parsed, leaf, attributes: searchAttributes(parsed, leaf) };
}

/** What a search must find, in its order. Records of the same millisecond stand in the order of their leaves. */
export function naive(entries: readonly Entry[], search: Search): readonly Entry[] {
  const found = entries.filter(({ parsed }) => isAsked(parsed, search));
  const placed = found.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  return search.order === "oldest" ? placed : placed.toReversed();
}

const placeOf = ({ parsed, leaf }: Entry): string => `${parsed.at} ${leaf}`;

const KINDS = { call: "OUTCOME", session: "OPEN", read: "READ", order: "ORDER" } as const;

function isAsked(record: AnyRecord, { kind, filters, fromMs, untilMs }: Search): boolean {
  const at = Date.parse(record.at);
  if (record.phase !== KINDS[kind]) return false;
  if (fromMs !== null && at < fromMs) return false;
  if (untilMs !== null && at >= untilMs) return false;
  if (record.phase === "READ" || record.phase === "ORDER") return isEmpty(filters);
  const { agents, ...ofCalls } = filters;
  const name = record.caller === null ? undefined : `${record.caller.issuer}|${record.caller.subject}`;
  if (agents !== null && (name === undefined || !agents.includes(name))) return false;
  return record.phase === "OUTCOME" ? isCall(record, filters) : isEmpty({ ...ofCalls, agents: null });
}

const isEmpty = (filters: SearchFilters): boolean => Object.values(filters).every((each) => each === null);

function isCall({ call, approval, status, awsRequestId, decision }: Outcome, asked: SearchFilters): boolean {
  const actions = call?.actions ?? [];
  const arns = actions.flatMap(({ resources }) => resources);
  const people = approval?.votes.map(({ person }) => person) ?? [];
  const checks: readonly (readonly [asked: unknown, isSo: () => boolean])[] = [
    [asked.service, () => call?.service === asked.service],
    [asked.status, () => status === asked.status],
    [asked.awsRequestId, () => awsRequestId === asked.awsRequestId],
    [asked.decision, () => decision?.decision === asked.decision],
    [asked.action, () => actions.some(({ action }) => action === asked.action)],
    [asked.approver, () => people.some((person) => person === asked.approver)],
    [asked.resource, () => arns.some((arn) => isLike(arn, asked.resource ?? ""))],
  ];
  return checks.every(([value, isSo]) => value === null || isSo());
}

const isLike = (arn: string, asked: string): boolean =>
  asked.endsWith("*") ? arn.startsWith(asked.slice(0, -1)) : arn === asked;

/** Indexes as DynamoDB keeps them: an entry of each index for each record that has its attribute. */
export function memoryIndex(entries: () => readonly Entry[]): SearchIndex {
  return {
    async read({ source, low, high, order, limit }: IndexAsk) {
      const partition = entries()
        .filter(({ attributes }) => attributes[source.attribute] === source.value)
        .map((entry) => ({ ...entry, when: String(entry.attributes.when) }))
        .filter(({ when }) => when >= low && when <= high)
        .toSorted((a, b) => (a.when < b.when ? -1 : 1));
      const ordered = order === "oldest" ? partition : partition.toReversed();
      const looked = ordered.slice(0, limit);
      const hits = looked.filter(({ attributes }) =>
        source.where.every((terms) => terms.some((term) => holds(term, attributes))),
      );
      return {
        hits: hits.map(({ pk, sk, when }) => ({ pk, sk, when })),
        // As DynamoDB does: a page that is full has a key to go on with, also when nothing follows.
        until: looked.length < limit ? null : (looked.at(-1)?.when ?? null),
        examined: looked.length,
      };
    },
  };
}

function holds(term: Term, attributes: Readonly<Record<string, string | number>>): boolean {
  const value = attributes[term.attribute];
  if ("absent" in term) return value === undefined;
  if ("contains" in term) return typeof value === "string" && value.includes(term.contains);
  return value === term.is;
}

export const reading = (at: string): Reading => ({
  phase: "READ",
  version: 1,
  at,
  reader: {
    issuer: "https://login.example",
    subject: "ada",
    name: "Ada",
    as: "auditor",
    sourceIp: "192.0.2.9",
    userAgent: "cli",
  },
  gatewayRequestId: "r-9",
  asked: "GET /api/calls",
});

export const order = (at: string): Order => ({
  ...reading(at),
  phase: "ORDER",
  order: "revoke",
  target: { kind: "everything", id: null },
  reason: "drill",
});
