// Runs DynamoDB operations on dynalite, one store for each account, in memory or under a directory. It calls dynalite's
// own checks and operations, without its HTTP server: signatures and IAM are judged before this is reached.
// Refuses every input member that dynalite would drop silently.

import { createRequire } from "node:module";
import { join } from "node:path";
import db from "dynalite/db/index.js";
import validations from "dynalite/validations/index.js";
import type { TableSpec } from "./contract.ts";
import { type JsonInput, validation } from "./json-service.ts";
import { AwsError } from "./wire.ts";

interface DynaliteOperation {
  readonly validation: { readonly types: Readonly<Record<string, unknown>>; readonly custom?: unknown };
  readonly run: (
    store: DynaliteStore,
    input: object,
    done: (error: unknown, output?: object) => void,
  ) => void;
}

export const OPERATIONS = [
  "BatchGetItem",
  "BatchWriteItem",
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "ListTables",
  "ListTagsOfResource",
  "PutItem",
  "Query",
  "Scan",
  "TagResource",
  "UntagResource",
  "UpdateItem",
  "UpdateTable",
] as const;

/** Members that may be dropped: they change nothing that can be seen here. */
const WITHOUT_EFFECT = new Set([
  "DeletionProtectionEnabled",
  "ReturnItemCollectionMetrics",
  "ReturnValuesOnConditionCheckFailure", // dynalite cannot: callers read back after a failed condition
  "SSESpecification",
  "TableClass",
]);

const require = createRequire(import.meta.url);
const implementations: ReadonlyMap<string, DynaliteOperation> = new Map(
  OPERATIONS.map((name) => {
    const file = name.charAt(0).toLowerCase() + name.slice(1);
    return [
      name,
      { validation: require(`dynalite/validations/${file}.js`), run: require(`dynalite/actions/${file}.js`) },
    ];
  }),
);

export interface DynamoStores {
  run(account: string, operation: string, input: JsonInput): Promise<object>;
  /** Makes the table unless it is there; throws when a kept table has another key schema. */
  ensureTable(account: string, table: TableSpec): Promise<void>;
  /** The customer key of a table, if it has one. */
  keyOf(account: string, table: string): string | undefined;
  /** The name of a declared table's partition key. */
  partitionOf(account: string, table: string): string | undefined;
  close(): Promise<void>;
}

export function createDynamoStores(dataDirectory: string | undefined, region: string): DynamoStores {
  const stores = new Map<string, DynaliteStore>();
  const keys = new Map<string, string>();
  const partitions = new Map<string, string>();
  const storeOf = (account: string): DynaliteStore => {
    const known = stores.get(account);
    if (known !== undefined) return known;
    const path = dataDirectory === undefined ? undefined : join(dataDirectory, `dynamodb-${account}`);
    const store = db.create({
      ...(path !== undefined && { path }),
      createTableMs: 0,
      deleteTableMs: 0,
      updateTableMs: 0,
    });
    store.tableDb.awsAccountId = account;
    store.tableDb.awsRegion = region;
    stores.set(account, store);
    return store;
  };
  const run = (account: string, operation: string, input: JsonInput): Promise<object> =>
    runOn(storeOf(account), operation, input);
  return {
    run,
    ensureTable: (account, table) => {
      if (table.kmsKeyArn !== undefined) keys.set(`${account}/${table.name}`, table.kmsKeyArn);
      const hash = table.keySchema.find(({ KeyType }) => KeyType === "HASH");
      if (hash !== undefined) partitions.set(`${account}/${table.name}`, hash.AttributeName);
      return ensureTable((operation, input) => run(account, operation, input), table);
    },
    keyOf: (account, table) => keys.get(`${account}/${table}`),
    partitionOf: (account, table) => partitions.get(`${account}/${table}`),
    async close() {
      await Promise.all([...stores.values()].map(closeStore));
      stores.clear();
    },
  };
}

async function runOn(store: DynaliteStore, operation: string, input: JsonInput): Promise<object> {
  const implementation = implementations.get(operation);
  if (implementation === undefined) throw new Error(`dynalite has no ${operation}`);
  const { types, custom } = implementation.validation;
  const unserved = Object.keys(input).find(
    (member) => !Object.hasOwn(types, member) && !WITHOUT_EFFECT.has(member),
  );
  if (unserved !== undefined) throw validation(`the local cloud does not carry out \`${unserved}\``);
  try {
    const checked = validations.checkTypes({ ...input }, types);
    validations.checkValidations(checked, types, custom, store);
    return await new Promise((resolve, reject) => {
      implementation.run(store, checked, (error, output) => {
        if (error) reject(error);
        else resolve(output ?? {});
      });
    });
  } catch (error) {
    throw asAwsError(error);
  }
}

function asAwsError(error: unknown): unknown {
  const { statusCode, body } = error as { statusCode?: number; body?: Record<string, string> };
  if (statusCode === undefined || body === undefined) return error;
  const code = (body.__type ?? "").split("#").at(-1) ?? "";
  return new AwsError(code, statusCode, body.message ?? body.Message ?? "");
}

interface KeptTable {
  readonly TableStatus: string;
  readonly KeySchema: unknown;
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string }[];
}

async function ensureTable(
  run: (operation: string, input: JsonInput) => Promise<object>,
  { name, keySchema, attributes, indexes }: TableSpec,
): Promise<void> {
  const describe = async (): Promise<KeptTable | undefined> => {
    try {
      const { Table } = (await run("DescribeTable", { TableName: name })) as { Table: never };
      return Table;
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
      throw error;
    }
  };
  const kept = await describe();
  if (kept !== undefined) {
    const names = (kept.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
    const hasIndexes = indexes.every(({ IndexName }) => names.includes(IndexName));
    if (hasIndexes && JSON.stringify(kept.KeySchema) === JSON.stringify(keySchema)) return;
    throw new Error(`the table \`${name}\` of an earlier run has other keys: begin anew with --fresh`);
  }
  await run("CreateTable", {
    TableName: name,
    KeySchema: keySchema,
    AttributeDefinitions: attributes,
    BillingMode: "PAY_PER_REQUEST",
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  });
  // dynalite marks the table ACTIVE on a timer of 0 ms
  while ((await describe())?.TableStatus !== "ACTIVE") await new Promise((resolve) => setTimeout(resolve, 1));
}

function closeStore(store: DynaliteStore): Promise<void> {
  return new Promise((resolve, reject) => {
    store.lifecycleManager.gracefulClose((error) => (error ? reject(error) : resolve()));
  });
}
