// What a search over the records is, and what it needs of the world. Adapter: lambdas/aws/record-search.ts. Who may see
// what is the flow's to say: it narrows the agents, and a search shows nothing beyond its filters.

import type { ItemKey } from "./keys.ts";
import type { StoredText } from "./leaf.ts";
import type { Source } from "./search-plan.ts";

/** Calls by their Outcome, sessions by their Opening, looks and orders of people. Intents are found by their session. */
export type RecordKind = "call" | "session" | "read" | "order";

/** All must hold. `null` asks for nothing. */
export interface SearchFilters {
  /** `<issuer>|<subject>`, any of them. An empty list finds nothing. */
  readonly agents: readonly string[] | null;
  /** An IAM action, any of the call's: `s3:DeleteObject`. */
  readonly action: string | null;
  /** As recorded: `s3`, `dynamodb`. */
  readonly service: string | null;
  /** An ARN, or how ARNs begin with a `*` at its end: any of the call's. */
  readonly resource: string | null;
  readonly decision: "permit" | "hold" | "deny" | null;
  /** Name of a person who voted on the call's approval. */
  readonly approver: string | null;
  /** As told to the caller. */
  readonly status: number | null;
  readonly awsRequestId: string | null;
}

export interface Search {
  readonly kind: RecordKind;
  readonly filters: SearchFilters;
  /** Epoch milliseconds, `from` included, `until` not. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  readonly order: "newest" | "oldest";
  /** How many records at most. */
  readonly limit: number;
  /** `next` of the page before, with everything else the same. Hostile: comes from outside. */
  readonly cursor: string | null;
}

export type SearchResult =
  | {
      readonly kind: "page";
      readonly records: readonly StoredText[];
      /** `null`: there is nothing further (oldest first: nothing further yet, ask again with `resume`). A page may be short, or empty, and still have a next one. */
      readonly next: string | null;
      /** Oldest first: the cursor at which a later look goes on without gaps or repetitions; else `null`. */
      readonly resume: string | null;
    }
  | { readonly kind: "bad_cursor" };

export interface RecordSearch {
  /** @throws when the records cannot be read */
  search(search: Search): Promise<SearchResult>;
}

/** One partition of one index, between two values of its sort key, both included. */
export interface IndexAsk {
  readonly source: Source;
  readonly low: string;
  readonly high: string;
  readonly order: Search["order"];
  /** How many entries to look at. */
  readonly limit: number;
}

export interface IndexHit extends ItemKey {
  readonly when: string;
}

interface IndexAnswer {
  /** The entries that say what the source asks for, in the order that was asked for. */
  readonly hits: readonly IndexHit[];
  /** The sort key of the last entry that was looked at; `null` when nothing lies behind it. */
  readonly until: string | null;
  /** How many entries were looked at. */
  readonly examined: number;
}

/** Eventually consistent, as indexes are. */
export interface SearchIndex {
  /** @throws when unreadable */
  read(ask: IndexAsk): Promise<IndexAnswer>;
}
