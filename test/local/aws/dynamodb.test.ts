import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TableSpec } from "../../../lib/local/aws/contract.ts";
import { allow, codeOf, GATEWAY, type Lab, openLab, REGION, TARGET } from "./harness.ts";

const ORDERS: TableSpec = {
  name: "Orders",
  keySchema: [
    { AttributeName: "id", KeyType: "HASH" },
    { AttributeName: "line", KeyType: "RANGE" },
  ],
  attributes: [
    { AttributeName: "id", AttributeType: "S" },
    { AttributeName: "line", AttributeType: "N" },
    { AttributeName: "agentId", AttributeType: "S" },
  ],
  indexes: [
    {
      IndexName: "by-agent",
      KeySchema: [{ AttributeName: "agentId", KeyType: "HASH" }],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
};
const TABLE_ARN = `arn:aws:dynamodb:${REGION}:${TARGET}:table/Orders`;
const KEY = { id: { S: "1" }, line: { N: "1" } };

let lab: Lab;
let all: DynamoDBClient;
beforeAll(async () => {
  lab = await openLab();
  await lab.aws.seed.table(TARGET, ORDERS, [
    { ...KEY, agentId: { S: "reader" }, price: { N: "12345678901234567890.5" } },
  ]);
  await lab.aws.seed.table(TARGET, { ...ORDERS, name: "Other" }, []);
  all = clientWith("dynamodb:*", "*");
});
afterAll(() => lab.stop());

function clientWith(actions: string | string[], resources: string | string[]): DynamoDBClient {
  return new DynamoDBClient(lab.client(lab.roleWith(TARGET, allow(actions, resources))));
}

describe("operations", () => {
  it("reads a seeded item with every digit of its numbers", async () => {
    const { Item } = await all.send(
      new GetItemCommand({ TableName: "Orders", Key: KEY, ConsistentRead: true }),
    );
    expect(Item?.price).toEqual({ N: "12345678901234567890.5" });
  });

  it("puts an item only where there is none, when the condition says so", async () => {
    const put = new PutItemCommand({
      TableName: "Orders",
      Item: { id: { S: "2" }, line: { N: "1" } },
      ConditionExpression: "attribute_not_exists(id)",
    });
    expect(await codeOf(all.send(put))).toBe("none");
    expect(await codeOf(all.send(put))).toBe("ConditionalCheckFailedException");
  });

  it("lets exactly one of many concurrent conditional puts through", async () => {
    const put = new PutItemCommand({
      TableName: "Orders",
      Item: { id: { S: "race" }, line: { N: "1" } },
      ConditionExpression: "attribute_not_exists(id)",
    });
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(all.send(put))));
    expect(codes.filter((code) => code === "none")).toHaveLength(1);
  });

  it("updates, queries by index, scans, deletes", async () => {
    const Key = { id: { S: "3" }, line: { N: "2" } };
    await all.send(
      new UpdateItemCommand({
        TableName: "Orders",
        Key,
        UpdateExpression: "SET agentId = :a ADD hits :one",
        ExpressionAttributeValues: { ":a": { S: "writer" }, ":one": { N: "1" } },
      }),
    );
    const query = new QueryCommand({
      TableName: "Orders",
      IndexName: "by-agent",
      KeyConditionExpression: "agentId = :a",
      ExpressionAttributeValues: { ":a": { S: "writer" } },
    });
    expect((await all.send(query)).Items).toEqual([{ ...Key, agentId: { S: "writer" } }]);
    await all.send(new DeleteItemCommand({ TableName: "Orders", Key }));
    expect((await all.send(query)).Items).toEqual([]);
    expect((await all.send(new ScanCommand({ TableName: "Other" }))).Count).toBe(0);
  });

  it("writes and reads in batches, and describes and lists tables", async () => {
    const Item = { id: { S: "b" }, line: { N: "1" } };
    await all.send(new BatchWriteItemCommand({ RequestItems: { Other: [{ PutRequest: { Item } }] } }));
    const read = await all.send(
      new BatchGetItemCommand({ RequestItems: { Other: { Keys: [Item] }, Orders: { Keys: [KEY] } } }),
    );
    expect(read.Responses?.Other).toEqual([Item]);
    expect((await all.send(new ListTablesCommand({}))).TableNames).toEqual(["Orders", "Other"]);
    const { Table } = await all.send(new DescribeTableCommand({ TableName: "Orders" }));
    expect([Table?.TableArn, Table?.TableStatus]).toEqual([TABLE_ARN, "ACTIVE"]);
  });

  it("keeps the accounts apart", async () => {
    const gateway = new DynamoDBClient(lab.client(lab.roleWith(GATEWAY, allow("dynamodb:*", "*"))));
    expect((await gateway.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  });

  it.each([
    ["transactions", new TransactWriteItemsCommand({ TransactItems: [] })],
    ["PartiQL", new ExecuteStatementCommand({ Statement: 'SELECT * FROM "Orders"' })],
  ])("does not serve %s", async (_name, command) => {
    expect(await codeOf(all.send(command as never))).toBe("UnknownOperationException");
  });

  it("drops SSE from a new table, and refuses what would be dropped silently", async () => {
    const table = {
      TableName: "New",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" as const }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" as const }],
      BillingMode: "PAY_PER_REQUEST" as const,
    };
    const stream = { StreamEnabled: true, StreamViewType: "NEW_IMAGE" as const };
    expect(await codeOf(all.send(new CreateTableCommand({ ...table, StreamSpecification: stream })))).toBe(
      "ValidationException",
    );
    expect(
      await codeOf(all.send(new CreateTableCommand({ ...table, SSESpecification: { Enabled: true } }))),
    ).toBe("none");
  });
});

describe("IAM", () => {
  const get = new GetItemCommand({ TableName: "Orders", Key: KEY });
  const query = (IndexName?: string): QueryCommand =>
    new QueryCommand({
      TableName: "Orders",
      ...(IndexName !== undefined && { IndexName }),
      KeyConditionExpression: IndexName === undefined ? "id = :v" : "agentId = :v",
      ExpressionAttributeValues: { ":v": { S: "1" } },
    });

  it("asks for the action on the table", async () => {
    expect(await codeOf(clientWith("dynamodb:GetItem", TABLE_ARN).send(get))).toBe("none");
    expect(await codeOf(clientWith("dynamodb:Query", TABLE_ARN).send(get))).toBe("AccessDeniedException");
    expect(await codeOf(clientWith("dynamodb:GetItem", TABLE_ARN.replace("Orders", "Other")).send(get))).toBe(
      "AccessDeniedException",
    );
    expect(lab.aws.requests.at(-1)).toMatchObject({
      service: "dynamodb",
      operation: "GetItem",
      action: "dynamodb:GetItem",
      resource: TABLE_ARN,
      decision: "denied",
      status: 400,
    });
  });

  it("asks for the index when one is queried, and for the table when none is", async () => {
    const onIndex = clientWith("dynamodb:Query", `${TABLE_ARN}/index/by-agent`);
    expect(await codeOf(onIndex.send(query("by-agent")))).toBe("none");
    expect(await codeOf(onIndex.send(query()))).toBe("AccessDeniedException");
    expect(await codeOf(clientWith("dynamodb:Query", TABLE_ARN).send(query("by-agent")))).toBe(
      "AccessDeniedException",
    );
  });

  it("asks for every table of a batch", async () => {
    const batch = new BatchGetItemCommand({
      RequestItems: { Other: { Keys: [KEY] }, Orders: { Keys: [KEY] } },
    });
    expect(await codeOf(clientWith("dynamodb:BatchGetItem", TABLE_ARN).send(batch))).toBe(
      "AccessDeniedException",
    );
    expect(
      await codeOf(
        clientWith("dynamodb:BatchGetItem", [TABLE_ARN, TABLE_ARN.replace("Orders", "Other")]).send(batch),
      ),
    ).toBe("none");
  });
});
