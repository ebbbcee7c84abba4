// The records of a few sessions in memory, as searches and sessions read back show them. The search is the plainest there
// is: the filter by agents, an order, pages; a cursor is a number and belongs to the search that gave it.

import type { SessionId } from "../../lambdas/model/ids.ts";
import type { StoredText } from "../../lambdas/recording/leaf.ts";
import type { SessionRecords } from "../../lambdas/recording/ports.ts";
import type { RecordSearch, Search, SearchResult } from "../../lambdas/recording/search-ports.ts";

export interface FakeRecords {
  readonly stored: StoredText[];
  /** Every search that was made. */
  readonly searches: Search[];
  readonly search: RecordSearch;
  readonly sessionRecords: SessionRecords;
  /** While set, every read fails with it. */
  failure: Error | undefined;
  /** Called before each page, with how many there were. */
  onPage: (page: number) => void;
}

const SESSION_PAGE = 3;

export function fakeRecords(): FakeRecords {
  let pages = 0;
  const check = (): void => {
    pages += 1;
    records.onPage(pages);
    if (records.failure !== undefined) throw records.failure;
  };
  const of = (session: SessionId): StoredText[] =>
    records.stored
      .filter(({ pk }) => pk === `SESSION#${session}`)
      .sort((one, other) => (one.sk < other.sk ? -1 : 1));
  const records: FakeRecords = {
    stored: [],
    searches: [],
    failure: undefined,
    onPage: () => {},
    search: {
      async search(search) {
        check();
        records.searches.push(search);
        return pageOf(records.stored, search);
      },
    },
    sessionRecords: {
      async page(session, cursor) {
        check();
        const from = cursor === null ? 0 : Number(cursor);
        if (Number.isNaN(from)) return { kind: "bad_cursor" };
        const all = of(session);
        const next = from + SESSION_PAGE < all.length ? String(from + SESSION_PAGE) : null;
        return { kind: "page", records: all.slice(from, from + SESSION_PAGE), next };
      },
      async opening(session) {
        check();
        return of(session).find(({ sk }) => sk === "OPEN");
      },
    },
  };
  return records;
}

const PHASES = { call: "OUTCOME", session: "OPEN", read: "READ", order: "ORDER" } as const;

function pageOf(stored: readonly StoredText[], search: Search): SearchResult {
  const { kind, filters, order, limit, cursor } = search;
  const name = JSON.stringify({ kind, filters, order });
  const hits = stored.filter(({ record }) => {
    const { phase, caller } = JSON.parse(record);
    const agent = `${caller?.issuer}|${caller?.subject}`;
    return phase === PHASES[kind] && (filters.agents === null || filters.agents.includes(agent));
  });
  if (order === "newest") hits.reverse();
  const [at, of] = cursor === null ? ["0", name] : Buffer.from(cursor, "base64url").toString().split(" ", 2);
  if (of !== name || !/^\d+$/.test(at ?? "")) return { kind: "bad_cursor" };
  const end = Math.min(Number(at) + limit, hits.length);
  const place = Buffer.from(`${end} ${name}`).toString("base64url");
  return {
    kind: "page",
    records: hits.slice(Number(at), end),
    next: end < hits.length ? place : null,
    resume: order === "oldest" ? place : null,
  };
}
