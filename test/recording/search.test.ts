// Pages of a search against a filter that looks at every record: nothing twice, nothing left out, in order, whatever comes
// in between two pages, at a cost that is bounded.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemKey } from "../../lambdas/recording/keys.ts";
import { createRecordSearch } from "../../lambdas/recording/search.ts";
import { SETTLE_MS } from "../../lambdas/recording/search-cursor.ts";
import { planOf } from "../../lambdas/recording/search-plan.ts";
import type { IndexAsk, Search, SearchResult } from "../../lambdas/recording/search-ports.ts";
import { outcome } from "./facts.ts";
import { type Draw, LATER_MS, randomEntry, randomFilters, randomRange } from "./random-records.ts";
import { type Entry, entryOf, memoryIndex, NO_FILTERS, naive, reading, searchOf } from "./searched.ts";

const AT = "2026-01-02T03:04:05.000Z";

function world(entries: Entry[], nowMs: () => number = () => LATER_MS) {
  const asks: IndexAsk[] = [];
  const index = memoryIndex(() => entries);
  let [examined, read] = [0, 0];
  const search = createRecordSearch({
    nowMs,
    index: {
      async read(ask) {
        asks.push(ask);
        const answer = await index.read(ask);
        examined += answer.examined;
        return answer;
      },
    },
    texts: {
      async read(keys: readonly ItemKey[]) {
        read += keys.length;
        return entries.filter((one) => keys.some(({ pk, sk }) => one.pk === pk && one.sk === sk));
      },
    },
  });
  return { search, asks, cost: () => ({ examined, read }) };
}

type Page = Extract<SearchResult, { kind: "page" }>;

function pageOf(result: SearchResult): Page {
  if (result.kind !== "page") throw new Error("the cursor was refused");
  return result;
}

const keysOf = (records: readonly ItemKey[]): readonly string[] => records.map(({ pk }) => pk);

describe("the pages of a search", () => {
  it("are what a look at every record finds, each once and in order, newest or oldest first", async () => {
    const seeds = fc.record({ seed: fc.nat(), count: fc.nat(160), long: fc.constantFrom(1, 5, 2_000) });
    await fc.assert(
      fc.asyncProperty(seeds, async ({ seed, count, long }) => {
        const draw = drawOf(seed);
        const entries = Array.from({ length: count }, () => randomEntry(draw, long));
        const { search } = world(entries);
        const asked = randomSearch(draw, long);
        expect(await allPages(search, asked)).toEqual(keysOf(naive(entries, asked)));
      }),
      { numRuns: 150 },
    );
  });

  it("have neither gaps nor repetitions while newer records arrive", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const draw = drawOf(seed);
        const entries = Array.from({ length: 60 }, () => randomEntry(draw, 40));
        const [before, asked] = [[...entries], randomSearch(draw, 40, "newest")];
        const { search } = world(entries);
        const first = pageOf(await search.search(asked));
        const newest = Math.max(...before.map(({ parsed }) => Date.parse(parsed.at)));
        entries.push(...Array.from({ length: 40 }, () => laterEntry(draw, newest)));
        const rest = first.next === null ? [] : await allPages(search, { ...asked, cursor: first.next });
        expect([...keysOf(first.records), ...rest]).toEqual(keysOf(naive(before, asked)));
      }),
      { numRuns: 60 },
    );
  });

  it("go on, oldest first, with all that settles later", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const draw = drawOf(seed);
        const all = Array.from({ length: 80 }, () => randomEntry(draw, 20_000));
        expect(await followed(all, draw)).toEqual(keysOf(naive(all, OLDEST)));
      }),
      { numRuns: 25 },
    );
  });
});

const OLDEST = searchOf({ order: "oldest", limit: 7 });

/** What somebody sees who asks on and on, while the records come into the index in any order within the settle time. */
async function followed(all: readonly Entry[], draw: Draw): Promise<readonly string[]> {
  const start = LATER_MS - 3_600_000;
  const moments = [...Array.from({ length: 40 }, (_, n) => start + n * 900), LATER_MS];
  const written: Entry[] = [];
  const seen: string[] = [];
  let [nowMs, cursor]: [number, string | null] = [start, null];
  const { search } = world(written, () => nowMs);
  for (nowMs of moments) {
    written.push(...all.filter((one) => !written.includes(one) && isWritten(one, nowMs, draw)));
    let next: string | null;
    do {
      const page = pageOf(await search.search({ ...OLDEST, cursor }));
      seen.push(...keysOf(page.records));
      cursor = page.resume;
      next = page.next;
    } while (next !== null);
  }
  return seen;
}

describe("what a page costs", () => {
  it("does not grow with the records, and a page that found nothing says where to go on", async () => {
    const rare = entryOf(
      { pk: "rare", sk: "x" },
      { ...outcome({ status: 599 }), at: "2026-01-01T00:00:00.000Z" },
    );
    const busy = (count: number) =>
      Array.from({ length: count }, (_, n) =>
        entryOf({ pk: `p${n}`, sk: "x" }, { ...outcome(), at: new Date(Date.parse(AT) + n).toISOString() }),
      );
    const costs = [];
    for (const count of [6_000, 12_000]) {
      const { search, cost } = world([rare, ...busy(count)]);
      const asked = searchOf({ filters: { ...NO_FILTERS, status: 599 } });
      const page = pageOf(await search.search(asked));
      expect(page).toMatchObject({ records: [], next: expect.any(String) });
      costs.push(cost());
    }
    expect(costs[0]).toEqual(costs[1]);
    expect(costs[0]?.examined).toBeLessThanOrEqual(2_000);
  });

  it("is one partition for a request id, and nothing for what cannot be", async () => {
    const plan = (filters: object, kind: Search["kind"] = "call") =>
      planOf({ kind, filters: { ...NO_FILTERS, ...filters } });
    expect(plan({ awsRequestId: "A-1" })).toHaveLength(1);
    expect(plan({ agents: [] })).toEqual([]);
    expect(plan({ action: "s3:GetObject" }, "session")).toEqual([]);
    expect(plan({ agents: ["https://idp.example|a"] }, "read")).toEqual([]);
  });
});

describe("a cursor", () => {
  const entries = Array.from({ length: 30 }, (_, n) =>
    entryOf({ pk: `p${n}`, sk: "x" }, { ...outcome(), at: AT }),
  );

  it("of another search is refused, also of one that differs by one filter, the range or the order", async () => {
    const { search } = world(entries);
    const { next } = pageOf(await search.search(searchOf()));
    for (const other of [
      { filters: { ...NO_FILTERS, status: 200 } },
      { filters: { ...NO_FILTERS, agents: [] } },
      { fromMs: 0 },
      { order: "oldest" as const },
      { kind: "read" as const },
    ]) {
      expect(await search.search(searchOf({ ...other, cursor: next }))).toEqual({ kind: "bad_cursor" });
    }
    expect((await search.search(searchOf({ limit: 3, cursor: next }))).kind).toBe("page");
  });

  it("with any changed character is refused, or one of the same search", async () => {
    const { search } = world(entries);
    const { next } = pageOf(await search.search(searchOf()));
    const cursor = next ?? "";
    const changed = [...cursor].flatMap((_, at) =>
      ["A", "_", "=", "\u0000", "é", ""].map((put) => cursor.slice(0, at) + put + cursor.slice(at + 1)),
    );
    for (const each of changed) {
      const result = await search.search(searchOf({ cursor: each }));
      const records = result.kind === "page" ? result.records : [];
      expect(records.filter(({ pk }) => !/^p\d+$/.test(pk))).toEqual([]);
    }
    for (const hostile of ["", " ", "x".repeat(10_000), "MSA5OTk5", "null", "{}"]) {
      expect(await search.search(searchOf({ cursor: hostile }))).toEqual({ kind: "bad_cursor" });
    }
  });
});

it("shows a record that was just written newest first at once, and oldest first when it has settled", async () => {
  const nowMs = Date.parse(AT) + SETTLE_MS - 1;
  const { search } = world([entryOf({ pk: "p", sk: "x" }, reading(AT))], () => nowMs);
  const asked = searchOf({ kind: "read" });
  expect(pageOf(await search.search(asked)).records).toHaveLength(1);
  expect(pageOf(await search.search({ ...asked, order: "oldest" })).records).toEqual([]);
});

function drawOf(seed: number): Draw {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function randomSearch(draw: Draw, long: number, order?: Search["order"]): Search {
  return searchOf({
    kind: (["call", "call", "call", "session", "read", "order"] as const)[draw(6)] ?? "call",
    filters: draw(4) === 0 ? NO_FILTERS : randomFilters(draw),
    ...randomRange(draw, long),
    order: order ?? (draw(2) === 0 ? "newest" : "oldest"),
    limit: 1 + draw(20),
  });
}

async function allPages(search: { search(asked: Search): Promise<SearchResult> }, asked: Search) {
  const keys: string[] = [];
  let cursor = asked.cursor;
  for (let pages = 0; pages < 500; pages += 1) {
    const page = pageOf(await search.search({ ...asked, cursor }));
    expect(page.records.length).toBeLessThanOrEqual(asked.limit);
    keys.push(...keysOf(page.records));
    if (page.next === null) return keys;
    cursor = page.next;
  }
  throw new Error("the pages have no end");
}

function laterEntry(draw: Draw, thanMs: number): Entry {
  const { pk, sk, parsed } = randomEntry(draw, 1);
  return entryOf({ pk, sk }, { ...parsed, at: new Date(thanMs + 1 + draw(50)).toISOString() });
}

function isWritten({ parsed }: Entry, nowMs: number, draw: Draw): boolean {
  const age = nowMs - Date.parse(parsed.at);
  return age >= SETTLE_MS - 900 || (age >= 0 && draw(2) === 0);
}
