// The two tables of a deployment in an in-memory dynalite: what the adapters' contract suites run against.

import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import {
  type AttributeDefinition,
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  type Projection,
} from "@aws-sdk/client-dynamodb";

import { indexNameOf, SEARCH_INDEXES, WHEN } from "../../lambdas/recording/search-attributes.ts";

const dynalite = createRequire(import.meta.url)("dynalite") as (options: {
  readonly createTableMs: number;
  readonly path?: string;
}) => Server;

export const SESSIONS_TABLE = "sessions";
export const STATE_TABLE = "state";

export interface DynaliteServer {
  readonly client: DynamoDBClient;
  close(): Promise<void>;
}

export type DynaliteTables = DynaliteServer;

/** dynalite's own server on a free port; in memory unless a folder is named. */
export async function serveDynalite(options: { readonly path?: string } = {}): Promise<DynaliteServer> {
  const server = dynalite({ createTableMs: 0, ...options });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  return {
    client,
    async close() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function dynaliteTables(): Promise<DynaliteTables> {
  const served = await serveDynalite();
  await create(served.client, SESSIONS_TABLE, { keys: ["pk", "sk"], indexes: [BY_MINUTE, ...SEARCHED] });
  await create(served.client, STATE_TABLE, { keys: ["pk"], indexes: [INBOX] });
  return served;
}

interface Index {
  readonly name: string;
  readonly keys: readonly [AttributeDefinition, AttributeDefinition];
  readonly projection: Projection;
}

/** As lib/records-store.ts makes them. */
const BY_MINUTE: Index = {
  name: "by-minute",
  keys: [
    { AttributeName: "minute", AttributeType: "S" },
    { AttributeName: "at", AttributeType: "S" },
  ],
  projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["leaf"] },
};
const SEARCHED: readonly Index[] = SEARCH_INDEXES.map(({ attribute, facets }) => ({
  name: indexNameOf(attribute),
  keys: [
    { AttributeName: attribute, AttributeType: "S" },
    { AttributeName: WHEN, AttributeType: "S" },
  ],
  projection:
    facets.length === 0
      ? { ProjectionType: "KEYS_ONLY" }
      : { ProjectionType: "INCLUDE", NonKeyAttributes: [...facets] },
}));
const INBOX: Index = {
  name: "inbox",
  keys: [
    { AttributeName: "inbox", AttributeType: "S" },
    { AttributeName: "openedAt", AttributeType: "N" },
  ],
  projection: { ProjectionType: "KEYS_ONLY" },
};

async function create(
  client: DynamoDBClient,
  table: string,
  { keys, indexes }: { readonly keys: readonly string[]; readonly indexes: readonly Index[] },
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [
        ...keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" }) as const),
        ...new Map(
          indexes.flatMap((index) => index.keys.map((key) => [key.AttributeName, key] as const)),
        ).values(),
      ],
      KeySchema: schemaOf(keys),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: schemaOf(index.keys.map(({ AttributeName = "" }) => AttributeName)),
        Projection: index.projection,
      })),
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 20)); // dynalite makes the table on its next turns
}

function schemaOf(keys: readonly string[]): KeySchemaElement[] {
  return keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" }));
}
