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
        needs: needsOf(operation, input, context).flatMap((need) => [
          need,
          ...keyNeedsOf(need, stores, context),
        ]),
        run: async () => jsonReply(await stores.run(context.account.id, operation, input), CONTENT_TYPE),
      };
    },
  };
}

function needsOf(operation: string, input: JsonInput, context: Context): readonly Need[] {
  const action = `dynamodb:${operation}`;
  if (operation === "ListTables") return [{ action, resource: "*" }];
  if (BY_ARN.has(operation)) return [{ action, resource: textOf(input, "ResourceArn") }];
  if (BATCHES.has(operation)) {
    const tables = input.RequestItems;
    if (typeof tables !== "object" || tables === null || Object.keys(tables).length === 0) {
      throw validation("RequestItems must name a table");
    }
    return Object.keys(tables).map((name) => ({ action, resource: tableArn(name, context) }));
  }
  const table = tableArn(textOf(input, "TableName"), context);
  const index = input.IndexName;
  return [{ action, resource: typeof index === "string" ? `${table}/index/${index}` : table }];
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
