// Searches the records: reads the partitions of a plan side by side, in one total order, decides by the records themselves,
// and stops at the page's size or at its bound of work. Pure but for its ports. A page never passes over a record that may
// match, so pages have neither gaps nor repetitions; what it costs does not grow with the table.

import type { RecordTexts } from "./checkpoint-ports.ts";
import type { StoredText } from "./leaf.ts";
import {
  type Bounds,
  behind,
  boundsOf,
  cursorOf,
  earlier,
  later,
  type Place,
  placeIn,
} from "./search-cursor.ts";
import { matches } from "./search-match.ts";
import { planOf, type Source } from "./search-plan.ts";
import type { IndexHit, RecordSearch, Search, SearchIndex, SearchResult } from "./search-ports.ts";

export interface SearchDependencies {
  readonly index: SearchIndex;
  readonly texts: RecordTexts;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

const MAX_LIMIT = 100;
const MAX_EXAMINED = 2_000; // entries of indexes for a page: of at most 1 KB, so 250 units of reading at the very most
const MAX_READ = 300; // records for a page
const SPARE = 6; // of 16 partitions the fullest has mostly no more than this over its share of a page
const GROWTH = 4;
const MAX_AT_ONCE = 128; // entries of one partition

/** One partition, as far as it was read. */
interface Strand {
  readonly source: Source;
  /** What is left to read; `null` when nothing is. */
  rest: Bounds | null;
  /** All entries up to here were looked at. */
  until: Place | null;
  hits: IndexHit[];
}

interface Page {
  readonly search: Search;
  readonly strands: readonly Strand[];
  readonly records: StoredText[];
  readonly seen: Set<string>;
  place: Place | "start";
  examined: number;
  read: number;
}

export function createRecordSearch(dependencies: SearchDependencies): RecordSearch {
  return {
    async search(asked) {
      const search = { ...asked, limit: Math.min(Math.max(asked.limit, 1), MAX_LIMIT) };
      const place = placeIn(search);
      if (place === "bad") return { kind: "bad_cursor" };
      const bounds = boundsOf(search, place, dependencies.nowMs());
      const page = startPage(search, place, bounds);
      const ended = await fill(page, dependencies);
      return resultOf(page, ended ? bounds : null);
    },
  };
}

function startPage(search: Search, place: Place | "start", bounds: Bounds): Page {
  const rest = bounds.low <= bounds.high ? bounds : null;
  const strands = planOf(search).map((source) => ({ source, rest, until: null, hits: [] }));
  return { search, strands, records: [], seen: new Set(), place, examined: 0, read: 0 };
}

/** True when everything was read; else the page is full, or has cost what a page may. */
async function fill(page: Page, { index, texts }: SearchDependencies): Promise<boolean> {
  const { search, records } = page;
  let size = Math.ceil(search.limit / Math.max(page.strands.length, 1)) + SPARE;
  for (;;) {
    const bound = boundOf(page);
    const due = takeUpTo(bound, page);
    await readRecords(due, page, texts);
    if (records.length >= search.limit || page.read >= MAX_READ) return isEnded(page);
    if (hasHits(page, bound)) continue;
    if (bound === "end") return true;
    if (bound !== "unread") page.place = bound;
    if (page.examined >= MAX_EXAMINED) return false;
    await extend(page, index, size);
    size = Math.min(size * GROWTH, MAX_AT_ONCE);
  }
}

/**
 * How far all partitions are known: hits up to there have their place, what lies behind may have others before it.
 * `unread` while one of them was never read, `end` when nothing is left to read.
 */
function boundOf({ strands, search }: Page): Place | "unread" | "end" {
  let bound: Place | "end" = "end";
  for (const { rest, until } of strands) {
    if (rest === null) continue;
    if (until === null) return "unread";
    bound = bound === "end" ? until : nearer(search, bound, until);
  }
  return bound;
}

/** The next hits in their order, no more than the page still takes. */
function takeUpTo(bound: Place | "unread" | "end", page: Page): IndexHit[] {
  const room = Math.min(page.search.limit - page.records.length, MAX_READ - page.read);
  const due: IndexHit[] = [];
  while (due.length < room) {
    const hit = takeNext(bound, page);
    if (hit === undefined) break;
    // Two indexes may hold the same record.
    const name = JSON.stringify([hit.pk, hit.sk]);
    if (page.seen.has(name)) continue;
    page.seen.add(name);
    due.push(hit);
  }
  return due;
}

function takeNext(bound: Place | "unread" | "end", { strands, search }: Page): IndexHit | undefined {
  let next: Strand | undefined;
  for (const strand of strands) {
    const [hit] = strand.hits;
    if (hit === undefined || !isWithin(search, hit.when, bound)) continue;
    const best = next?.hits[0];
    if (best === undefined || nearer(search, hit.when, best.when) === hit.when) next = strand;
  }
  return next?.hits.shift();
}

function hasHits({ strands, search }: Page, bound: Place | "unread" | "end"): boolean {
  return strands.some(({ hits: [hit] }) => hit !== undefined && isWithin(search, hit.when, bound));
}

function isEnded({ strands }: Page): boolean {
  return strands.every(({ rest, hits }) => rest === null && hits.length === 0);
}

function isWithin(search: Search, when: Place, bound: Place | "unread" | "end"): boolean {
  if (bound === "unread") return false;
  return bound === "end" || nearer(search, when, bound) === when;
}

/** Which of two places comes first. */
function nearer({ order }: Search, one: Place, other: Place): Place {
  return order === "oldest" ? earlier(one, other) : later(one, other);
}

async function readRecords(due: readonly IndexHit[], page: Page, texts: RecordTexts): Promise<void> {
  if (due.length === 0) return;
  page.read += due.length;
  const found = await texts.read(due.map(({ pk, sk }) => ({ pk, sk })));
  const byKey = new Map(found.map((stored) => [JSON.stringify([stored.pk, stored.sk]), stored]));
  for (const { pk, sk, when } of due) {
    page.place = when;
    // One whose time is over may be gone from the table before it is gone from an index.
    const stored = byKey.get(JSON.stringify([pk, sk]));
    if (stored !== undefined && matches(stored.record, page.search)) page.records.push(stored);
  }
}

/** Reads on in those partitions that hold up the others. */
async function extend(page: Page, index: SearchIndex, size: number): Promise<void> {
  const { order } = page.search;
  const open = page.strands.flatMap((strand) =>
    strand.rest !== null && strand.hits.length === 0 ? [{ strand, rest: strand.rest }] : [],
  );
  const limit = Math.max(1, Math.min(size, Math.floor((MAX_EXAMINED - page.examined) / open.length)));
  await Promise.all(
    open.map(async ({ strand, rest }) => {
      const { hits, until, examined } = await index.read({ source: strand.source, ...rest, order, limit });
      page.examined += examined;
      strand.hits = [...hits];
      strand.until = until;
      const left = until === null ? null : behind(until, order, rest);
      strand.rest = left === null || left.low > left.high ? null : left;
    }),
  );
}

/** `read`: the bounds, when all between them was read. */
function resultOf({ search, place, records }: Page, read: Bounds | null): SearchResult {
  if (search.order === "newest") {
    const next = read !== null || place === "start" ? null : cursorOf(place, search);
    return { kind: "page", records, next, resume: null };
  }
  // What was looked for and not there is behind the search too: up to the end of its range, or to what has settled.
  const reached = read === null ? place : later(place === "start" ? read.high : place, read.high);
  const resume = reached === "start" ? null : cursorOf(reached, search);
  return { kind: "page", records, next: read === null ? resume : null, resume };
}
