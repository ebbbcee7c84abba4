// The two tables of a deployment in an in-memory dynalite: what the adapters' contract suites run against.

import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  type KeySchemaElement,
} from "@aws-sdk/client-dynamodb";

const dynalite = createRequire(import.meta.url)("dynalite") as (options: { createTableMs: number }) => Server;

export const SESSIONS_TABLE = "sessions";
export const STATE_TABLE = "state";

export interface DynaliteTables {
  readonly client: DynamoDBClient;
  close(): Promise<void>;
}

export async function dynaliteTables(): Promise<DynaliteTables> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  await create(client, SESSIONS_TABLE, ["pk", "sk"]);
  await create(client, STATE_TABLE, ["pk"], INBOX);
  return {
    client,
    async close() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The index of table `state`, as lib/records-store.ts makes it. */
const INBOX: Partial<CreateTableCommandInput> = {
  AttributeDefinitions: [
    { AttributeName: "inbox", AttributeType: "S" },
    { AttributeName: "openedAt", AttributeType: "N" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "inbox",
      KeySchema: [
        { AttributeName: "inbox", KeyType: "HASH" },
        { AttributeName: "openedAt", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
};

async function create(
  client: DynamoDBClient,
  table: string,
  keys: readonly string[],
  { AttributeDefinitions = [], ...more }: Partial<CreateTableCommandInput> = {},
): Promise<void> {
  const attributes: AttributeDefinition[] = keys.map((AttributeName) => ({
    AttributeName,
    AttributeType: "S",
  }));
  const schema: KeySchemaElement[] = keys.map((AttributeName, index) => ({
    AttributeName,
    KeyType: index === 0 ? "HASH" : "RANGE",
  }));
  await client.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [...attributes, ...AttributeDefinitions],
      KeySchema: schema,
      ...more,
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 20)); // dynalite makes the table on its next turns
}
