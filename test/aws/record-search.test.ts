// The search over the real commands of DynamoDB: its adapter reads the indexes as the one in memory does, and finds in the
// table what a look at every record finds.

import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPeopleLog } from "../../lambdas/aws/people-log.ts";
import { createRecordSearch, createSearchIndex } from "../../lambdas/aws/record-search.ts";
import type { OrderTarget } from "../../lambdas/model/record.ts";
import { type IndexedAttribute, SEARCH_INDEXES } from "../../lambdas/recording/search-attributes.ts";
import { planOf, type Source } from "../../lambdas/recording/search-plan.ts";
import type { Search } from "../../lambdas/recording/search-ports.ts";
import { type DynaliteTables, dynaliteTables, SESSIONS_TABLE } from "../fakes/dynalite-tables.ts";
import { SESSION } from "../recording/facts.ts";
import {
  agentName,
  type Draw,
  randomEntry,
  randomFilters,
  randomRange,
} from "../recording/random-records.ts";
import {
  type Entry,
  memoryIndex,
  NO_FILTERS,
  naive,
  order,
  reading,
  searchOf,
} from "../recording/searched.ts";

let tables: DynaliteTables;
const entries: Entry[] = [];
const LONG_MS = 30;

let state = 7;
const draw: Draw = (below) => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};

beforeAll(async () => {
  tables = await dynaliteTables();
  entries.push(...Array.from({ length: 250 }, () => randomEntry(draw, LONG_MS)));
  for (const { pk, sk, record, attributes } of entries) {
    const found = Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "number" ? { N: String(value) } : { S: value },
    ]);
    const Item = { pk: { S: pk }, sk: { S: sk }, record: { S: record }, ...Object.fromEntries(found) };
    await tables.client.send(new PutItemCommand({ TableName: SESSIONS_TABLE, Item }));
  }
});
afterAll(() => tables.close());

const setup = () => ({ client: tables.client, table: SESSIONS_TABLE });

describe("the indexes over DynamoDB", () => {
  it("read every kind of partition as the ones in memory do, in both orders and by pieces", async () => {
    const [index, memory] = [createSearchIndex(setup()), memoryIndex(() => entries)];
    const seen = new Set<IndexedAttribute>();
    for (const source of sampleSources()) {
      seen.add(source.attribute);
      for (const way of ["newest", "oldest"] as const) {
        for (const limit of [1, 3, 100]) {
          const ask = { source, low: "0", high: "9", order: way, limit };
          const [found, expected] = [await index.read(ask), await memory.read(ask)];
          // A partition that is read just to its end may say so, or have a key to go on with.
          expect({ ...found, until: null }).toEqual({ ...expected, until: null });
          if (found.until !== null) expect(found.until).toBe(expected.until);
        }
      }
    }
    expect([...seen].sort()).toEqual(SEARCH_INDEXES.map(({ attribute }) => attribute).sort());
  });

  it("find what a look at every record finds", async () => {
    const search = createRecordSearch(setup());
    let found = 0;
    for (let round = 0; round < 30; round += 1) {
      const filters = round < 4 ? NO_FILTERS : randomFilters(draw);
      const kind = (["call", "session", "read", "order"] as const)[round < 4 ? round : 0] ?? "call";
      const way = round % 2 === 0 ? "newest" : "oldest";
      const asked = searchOf({ kind, filters, ...randomRange(draw, LONG_MS), order: way, limit: 25 });
      const keys = await allPages(search, asked);
      expect(keys).toEqual(naive(entries, asked).map(({ pk }) => pk));
      found += keys.length;
    }
    expect(found).toBeGreaterThan(300);
  });
});

describe("what people do", () => {
  const table = () => ({ ...setup(), retentionDays: 30 });

  it("is found as looks and as orders, each written once", async () => {
    const [log, search] = [createPeopleLog(table()), createRecordSearch(setup())];
    const [look, everything] = [reading("2026-02-01T00:00:00.000Z"), order("2026-02-01T00:00:00.000Z")];
    const target: OrderTarget = { kind: "session", id: SESSION };
    await log.appendReading(look);
    await log.appendOrder(everything);
    await log.appendOrder({ ...everything, target });
    await expect(log.appendReading(look)).rejects.toThrow("another record");
    const from = { fromMs: Date.parse("2026-02-01T00:00:00Z") };
    const keysOf = async (kind: "read" | "order") => {
      const page = await search.search(searchOf({ kind, ...from }));
      return page.kind === "page" ? page.records.map(({ pk, sk }) => `${pk} ${sk}`).sort() : [];
    };
    expect(await keysOf("read")).toEqual([
      expect.stringMatching(/^READ#2026-02-01#\d+ READ#2026-02-01T00:00:00\.000Z#r-9$/),
    ]);
    expect(await keysOf("order")).toEqual([
      "ORDER#2026-02-01 ORDER#2026-02-01T00:00:00.000Z#r-9",
      `SESSION#${SESSION} ORDER#2026-02-01T00:00:00.000Z#r-9`,
    ]);
  });
});

/** Partitions of every index, with and without what refines them. */
function sampleSources(): readonly Source[] {
  const filters = [
    {},
    { agents: [agentName("agent-1")], status: 200, resource: "arn:aws:s3:::reports*" },
    { action: "kms:Decrypt", decision: "permit" as const, service: "s3" },
    { decision: "deny" as const, approver: null, agents: [agentName("agent-2")] },
    { approver: "Ana" },
    { awsRequestId: "A-3" },
  ];
  return filters.flatMap((each) => {
    const plan = planOf({ kind: "call", filters: { ...NO_FILTERS, ...each } });
    return plan.filter((_, at) => at % 7 === 0);
  });
}

async function allPages(search: ReturnType<typeof createRecordSearch>, asked: Search): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await search.search({ ...asked, cursor });
    if (page.kind !== "page") throw new Error("the cursor was refused");
    keys.push(...page.records.map(({ pk }) => pk));
    cursor = page.next;
  } while (cursor !== null);
  return keys;
}
