// A table `sessions` with many records, as dynalite keeps it on disk: records and index entries are written into its store
// in batches, under the keys that dynalite itself makes, since a PutItem for each of a million would take the better part
// of an hour. What is read from it later goes through dynalite's own server and the SDK.

import { createRequire } from "node:module";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  indexNameOf,
  SEARCH_INDEXES,
  searchAttributes,
  WHEN,
} from "../lambdas/recording/search-attributes.ts";
import { type DynaliteServer, serveDynalite } from "../test/fakes/dynalite-tables.ts";
import { recordAt } from "./search-records.ts";

interface Store {
  readonly db: { batch(operations: readonly object[]): Promise<void>; close(): Promise<void> };
  getTable(name: string, done: (error: unknown, table: object) => void): void;
}

interface Dynalite {
  create(options: object): Store;
  createKey(item: object, table: object): string;
  getIndexActions(
    indexes: unknown,
    before: undefined,
    item: object,
    table: object,
  ): { readonly puts: readonly { readonly index: string; readonly key: string; readonly item: object }[] };
}

const dynalite = createRequire(import.meta.url)("dynalite/db/index.js") as Dynalite;

export const TABLE = "sessions";
const BATCH = 1_000; // records

/** Creates the table in a fresh folder. */
export async function createTable(folder: string): Promise<void> {
  const server = await serveDynalite({ path: folder });
  await server.client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk", WHEN, ...SEARCH_INDEXES.map(({ attribute }) => attribute)].map(
        (AttributeName) => ({ AttributeName, AttributeType: "S" }),
      ),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: SEARCH_INDEXES.map(({ attribute, facets }) => ({
        IndexName: indexNameOf(attribute),
        KeySchema: [
          { AttributeName: attribute, KeyType: "HASH" },
          { AttributeName: WHEN, KeyType: "RANGE" },
        ],
        Projection:
          facets.length === 0
            ? { ProjectionType: "KEYS_ONLY" }
            : { ProjectionType: "INCLUDE", NonKeyAttributes: [...facets] },
      })),
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 50)); // it becomes active on its next turns
  await server.close();
}

/** Adds the records with these numbers. */
export async function load(folder: string, from: number, to: number): Promise<void> {
  const store = dynalite.create({ path: folder, createTableMs: 0 });
  const table = await new Promise<object>((resolve, reject) => {
    store.getTable(TABLE, (error, found) => (error ? reject(error) : resolve(found)));
  });
  for (let at = from; at < to; at += BATCH) {
    const count = Math.min(BATCH, to - at);
    const operations = Array.from({ length: count }, (_, n) => operationsOf(at + n, table)).flat();
    await store.db.batch(operations);
  }
  await store.db.close();
}

function operationsOf(number: number, table: object): readonly object[] {
  const { pk, sk, text, leaf, record } = recordAt(number);
  const found = Object.entries(searchAttributes(record, leaf)).map(([name, value]) => [
    name,
    typeof value === "number" ? { N: String(value) } : { S: value },
  ]);
  const item = { pk: { S: pk }, sk: { S: sk }, record: { S: text }, ...Object.fromEntries(found) };
  const { GlobalSecondaryIndexes } = table as { GlobalSecondaryIndexes: unknown };
  const put = (place: string, key: string, value: object) => ({ type: "put", key: `${place}~${key}`, value });
  const entries = dynalite.getIndexActions(GlobalSecondaryIndexes, undefined, item, table).puts;
  return [
    put(`item-${TABLE}`, dynalite.createKey(item, table), item),
    ...entries.map(({ index, key, item: entry }) => put(`index-global~${TABLE}~${index}`, key, entry)),
  ];
}

/** Serves the folder to the SDK. */
export function serve(folder: string): Promise<DynaliteServer> {
  return serveDynalite({ path: folder });
}
