// Stands in for DynamoDB: says which tables and indexes a request touches, for IAM, and leaves the rest to dynalite.
// It reads the names from the input itself; what it cannot name, it refuses.

import { type DynamoStores, OPERATIONS } from "./dynalite-store.ts";
import { unknownOperation } from "./errors.ts";
import { type JsonInput, jsonReply, parseJson, textOf, validation } from "./json-service.ts";
import { keyNeed } from "./kms.ts";
import type { AwsService, Context } from "./service.ts";
import { type AwsRequest, header, type Need } from "./wire.ts";

const CONTENT_TYPE = "application/x-amz-json-1.0";
const TARGET = "DynamoDB_20120810";
const TABLE_NAME = /^[\w.-]{3,255}$/;
const BATCHES = new Set(["BatchGetItem", "BatchWriteItem"]);
const BY_ARN = new Set(["TagResource", "UntagResource", "ListTagsOfResource"]);
const served: ReadonlySet<string> = new Set(OPERATIONS);

export function dynamoDb(stores: DynamoStores): AwsService {
  const operationOf = (request: AwsRequest): string | undefined => {
    const [target, operation, more] = (header(request, "x-amz-target") ?? "").split(".");
    return target === TARGET && more === undefined ? operation : undefined;
  };
  return {
    name: "dynamodb",
    errors: "json",
    operationOf,
    plan(request, context) {
      const operation = operationOf(request) ?? "";
      if (!served.has(operation)) throw unknownOperation("json");
      const input = parseJson(request, CONTENT_TYPE);
      return {
        needs: needsOf(operation, input, { ...context, stores }).flatMap((need) => [
          need,
          ...keyNeedsOf(need, stores, context),
        ]),
        run: async () => jsonReply(await stores.run(context.account.id, operation, input), CONTENT_TYPE),
      };
    },
  };
}

interface Place extends Context {
  readonly stores: DynamoStores;
}

function needsOf(operation: string, input: JsonInput, context: Place): readonly Need[] {
  const action = `dynamodb:${operation}`;
  if (operation === "ListTables") return [{ action, resource: "*" }];
  if (BY_ARN.has(operation)) return [{ action, resource: textOf(input, "ResourceArn") }];
  if (BATCHES.has(operation)) {
    const tables = input.RequestItems;
    if (typeof tables !== "object" || tables === null || Object.keys(tables).length === 0) {
      throw validation("RequestItems must name a table");
    }
    return Object.entries(tables).map(([name, asked]) => ({
      action,
      resource: tableArn(name, context),
      ...leadingKeys(batchKeys(asked), partitionOf(name, context)),
    }));
  }
  const name = textOf(input, "TableName");
  const table = tableArn(name, context);
  const index = input.IndexName;
  if (typeof index === "string") return [{ action, resource: `${table}/index/${index}` }];
  const keys = [input.Key, input.Item].filter((one) => one !== undefined);
  return [{ action, resource: table, ...leadingKeys(keys, partitionOf(name, context)) }];
}

function partitionOf(table: string, { stores, account }: Place): string | undefined {
  return stores.partitionOf(account.id, table);
}

function batchKeys(asked: unknown): readonly unknown[] {
  if (Array.isArray(asked)) {
    return asked.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key);
  }
  const { Keys } = (asked ?? {}) as { readonly Keys?: unknown };
  return Array.isArray(Keys) ? Keys : [];
}

/**
 * `dynamodb:LeadingKeys`: the partition keys that the request names. Those of a Query stand in an expression, which is not
 * read here: a grant that is narrowed by them allows no Query of the table then.
 */
function leadingKeys(items: readonly unknown[], partition: string | undefined): Pick<Need, "context"> {
  const values = items.flatMap((item) => {
    const value = (item as Readonly<Record<string, Readonly<Record<string, unknown>>>>)?.[partition ?? ""];
    return value === undefined ? [] : [String(Object.values(value)[0])];
  });
  return values.length === 0 ? {} : { context: { "dynamodb:leadingkeys": values } };
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html: the key is used in the
// name of whoever reads or writes the table.
function keyNeedsOf({ resource }: Need, stores: DynamoStores, { account, region }: Context): readonly Need[] {
  const [, name = ""] = /:table\/([^/]+)/.exec(resource) ?? [];
  const keyArn = stores.keyOf(account.id, name);
  return keyArn === undefined ? [] : [keyNeed("kms:Decrypt", keyArn, "dynamodb", region)];
}

function tableArn(name: string, { region, account }: Context): string {
  if (!TABLE_NAME.test(name))
    throw validation("a table is named by 3 to 255 of a-z, A-Z, 0-9, `_`, `-` and `.`");
  return `arn:aws:dynamodb:${region}:${account.id}:table/${name}`;
}
