// `node bench/search.ts [--sizes 10000,100000,1000000]`: what the first page of each documented search costs in tables of
// several sizes: milliseconds by the SDK and dynalite's server on this machine, and the read units that DynamoDB would
// count (dynalite adds up the sizes of what a Query looked at; records are read by BatchGetItem). Then how the writes of one
// agent with one action, 1,000 calls a second, spread over the partitions of each index. Takes minutes for a million.

import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createRecordSearch } from "../lambdas/aws/record-search.ts";
import { SEARCH_INDEXES, searchAttributes } from "../lambdas/recording/search-attributes.ts";
import type { Search } from "../lambdas/recording/search-ports.ts";
import { NO_FILTERS, searchOf } from "../test/recording/searched.ts";
import { actionOf, recordAt, resourceOf, START_MS, STEP_MS } from "./search-records.ts";
import { createTable, load, serve, TABLE } from "./search-table.ts";

const ROUNDS = 7;
const { values } = parseArgs({ options: { sizes: { type: "string", default: "10000,100000,1000000" } } });
const sizes = values.sizes.split(",").map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size >= 1_000 && size <= 5_000_000)) {
  throw new Error(`--sizes must be numbers from 1000 to 5000000, not \`${values.sizes}\``);
}

const agent = (n: number) => [`https://idp.example|agent-${n}`];
const filtered = (filters: Partial<Search["filters"]>, more: Partial<Search> = {}): Partial<Search> => ({
  filters: { ...NO_FILTERS, ...filters },
  ...more,
});

/** Each by its name and what is asked, of a table of so many records. */
const SEARCHES: readonly (readonly [string, (size: number) => Partial<Search>])[] = [
  ["all, newest first", () => ({})],
  ["all, oldest first", () => ({ order: "oldest" })],
  ["an hour in the middle", (size) => hourOf(size)],
  ["agent", () => filtered({ agents: agent(7) })],
  ["agents of an owner (5)", () => filtered({ agents: [1, 2, 3, 4, 5].flatMap(agent) })],
  ["agent, in that hour", (size) => filtered({ agents: agent(7) }, hourOf(size))],
  ["action", () => filtered({ action: actionOf(5) })],
  ["action among others", () => filtered({ action: "iam:PassRole" })],
  ["service", () => filtered({ service: "kms" })],
  ["resource", () => filtered({ resource: resourceOf(123) })],
  ["resource prefix", () => filtered({ resource: "arn:aws:s3:::bucket-9/*" })],
  ["resource prefix of an agent", () => filtered({ agents: agent(9), resource: "arn:aws:s3:::bucket-9/*" })],
  ["decision deny", () => filtered({ decision: "deny" })],
  ["decision permit", () => filtered({ decision: "permit" })],
  ["approver", () => filtered({ approver: "person-3@example.com" })],
  ["status 403", () => filtered({ status: 403 })],
  ["status that never was", () => filtered({ status: 599 })],
  ["aws request id", () => filtered({ awsRequestId: "REQUEST777" })],
];

const folder = mkdtempSync(join(tmpdir(), "countersign-search-"));
try {
  console.log(
    `${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}; pages of 50; medians of ${ROUNDS}`,
  );
  console.log(`${"".padEnd(30)}${sizes.map((size) => `${size} records`.padStart(26)).join("")}`);
  await createTable(folder);
  const columns = new Map<string, string[]>(SEARCHES.map(([name]) => [name, []]));
  let loaded = 0;
  for (const size of sizes) {
    await load(folder, loaded, size);
    loaded = size;
    for (const [name, figure] of await figuresOf(size)) columns.get(name)?.push(figure);
  }
  for (const [name, figures] of columns) {
    console.log(`${name.padEnd(30)}${figures.map((figure) => figure.padStart(26)).join("")}`);
  }
  console.log(`\n${spreadLines().join("\n")}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function hourOf(size: number): Partial<Search> {
  const fromMs = START_MS + (size >> 1) * STEP_MS;
  return { fromMs, untilMs: fromMs + 3_600_000 };
}

async function figuresOf(size: number): Promise<readonly (readonly [string, string])[]> {
  const server = await serve(folder);
  const counted = countUnits(server.client);
  const search = createRecordSearch({ client: server.client, table: TABLE });
  const figures: (readonly [string, string])[] = [];
  for (const [name, asked] of SEARCHES) {
    const times: number[] = [];
    let [units, found] = [0, 0];
    for (let round = 0; round < ROUNDS; round += 1) {
      counted.units = 0;
      const started = performance.now();
      const page = await search.search(searchOf({ limit: 50, ...asked(size) }));
      times.push(performance.now() - started);
      units = counted.units;
      found = page.kind === "page" ? page.records.length : -1;
    }
    const median = times.sort((one, other) => one - other)[ROUNDS >> 1] ?? 0;
    figures.push([name, `${median.toFixed(0)} ms ${units.toFixed(1)} RU ${found} found`]);
  }
  await server.close();
  return figures;
}

/** Asks DynamoDB to say what each command consumed, and adds it up. */
function countUnits(client: DynamoDBClient): { units: number } {
  const counted = { units: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: "TOTAL" });
      const result = await next(args);
      const consumed = (result.output as { ConsumedCapacity?: unknown }).ConsumedCapacity;
      for (const each of Array.isArray(consumed) ? consumed : [consumed]) {
        counted.units += (each as { CapacityUnits?: number } | undefined)?.CapacityUnits ?? 0;
      }
      return result;
    },
    { step: "initialize" },
  );
  return counted;
}

/** A minute of one agent's calls with one action: how many entries the fullest and the emptiest partition take a second. */
function spreadLines(): readonly string[] {
  const seconds = 60;
  const count = 1_000 * seconds;
  const perPartition = new Map<string, Map<string, number>>();
  for (let n = 0; n < count; n += 1) {
    const { record, leaf } = recordAt(5 + n * 120 * 60);
    for (const { attribute } of SEARCH_INDEXES) {
      const value = searchAttributes(record, leaf)[attribute];
      if (typeof value !== "string") continue;
      const partitions = perPartition.get(attribute) ?? new Map<string, number>();
      partitions.set(value, (partitions.get(value) ?? 0) + 1);
      perPartition.set(attribute, partitions);
    }
  }
  const lines = [...perPartition].map(([attribute, partitions]) => {
    const rates = [...partitions.values()].map((entries) => entries / seconds);
    const [least, most] = [Math.min(...rates), Math.max(...rates)];
    return `  by-${attribute.padEnd(10)} ${String(partitions.size).padStart(6)} partitions, ${least.toFixed(1)} to ${most.toFixed(1)} writes a second in one`;
  });
  return [
    "One agent with one action, 1,000 calls a second for a minute (a partition takes 1,000 writes)",
    ...lines,
  ];
}
