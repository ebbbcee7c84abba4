// The records of people in a real table: each once, under its key, with what checkpoints seal.

import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPeopleLog } from "../../lambdas/aws/people-log.ts";
import type { Order, Reader, Reading } from "../../lambdas/model/record.ts";
import { newNonce, newSessionId } from "../../lambdas/net/randomness.ts";
import { leafHashOf } from "../../lambdas/recording/leaf.ts";
import { type DynaliteTables, dynaliteTables, SESSIONS_TABLE } from "../fakes/dynalite-tables.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

const READER: Reader = {
  issuer: "https://login.example.com",
  subject: "ada",
  name: "Ada",
  as: "administrator",
  sourceIp: "192.0.2.1",
  userAgent: 'cli "}\n',
};
const base = () => ({
  version: 1 as const,
  at: "2026-01-02T03:04:05.006Z",
  reader: READER,
  gatewayRequestId: newNonce(),
});
const reading = (): Reading => ({ phase: "READ", ...base(), asked: "GET /api/calls" });
const order = (target: Order["target"]): Order => ({
  phase: "ORDER",
  ...base(),
  order: "revoke",
  target,
  reason: "x",
});
const logOn = (client = tables.client) =>
  createPeopleLog({ client, table: SESSIONS_TABLE, retentionDays: 30 });

async function at(pk: string): Promise<NonNullable<QueryCommandOutput["Items"]>> {
  const { Items = [] } = await tables.client.send(
    new QueryCommand({
      TableName: SESSIONS_TABLE,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: pk } },
    }),
  );
  return Items;
}

describe("the log of people", () => {
  it("keeps a look by day and shard, with its leaf, its minute and its end", async () => {
    const look = reading();
    await logOn().appendReading(look);
    const shards = await Promise.all(
      Array.from({ length: 16 }, (_, shard) => at(`READ#2026-01-02#${shard}`)),
    );
    const [item, more] = shards.flat();
    const stored = { pk: item?.pk?.S ?? "", sk: item?.sk?.S ?? "", record: JSON.stringify(look) };
    expect(more).toBeUndefined();
    expect(item).toMatchObject({
      sk: { S: `READ#${look.at}#${look.gatewayRequestId}` },
      at: { S: look.at },
      record: { S: stored.record },
      leaf: { S: leafHashOf(stored) },
      minute: { S: expect.stringMatching(/^m#.*#\d{1,2}$/) },
      ttl: { N: String(Date.UTC(2026, 1, 1, 3, 4, 5) / 1_000) },
    });
  });

  it("keeps an order with the session that it is about, and any other by day", async () => {
    const id = newSessionId();
    await logOn().appendOrder(order({ kind: "session", id }));
    await logOn().appendOrder(order({ kind: "everything", id: null }));
    await logOn().appendOrder(order({ kind: "role", id: "arn:aws:iam::111122223333:role/r" }));
    expect(await at(`SESSION#${id}`)).toHaveLength(1);
    expect(await at("ORDER#2026-01-02")).toHaveLength(2);
  });

  it("takes a write of its own that seemed to fail, and no other record under its key", async () => {
    const look = reading();
    const twice = {
      send: async (command: object) => {
        // As the SDK repeats a write whose answer was lost.
        if ("ConditionExpression" in (command as { input: object }).input) {
          await tables.client.send(command as never);
        }
        return tables.client.send(command as never);
      },
    } as unknown as DynamoDBClient;
    await logOn(twice).appendReading(look);
    await expect(logOn().appendReading(look)).rejects.toThrow("another record stands");
  });
});
