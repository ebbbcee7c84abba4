// Records are read back as they lie in the table, however DynamoDB parts the answer, or not at all.

import type { BatchGetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import { createRecordTexts } from "../../lambdas/aws/record-texts.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import { callItemKey, callKeyOf } from "../../lambdas/recording/keys.ts";
import { type DynaliteTables, dynaliteTables, SESSIONS_TABLE } from "../fakes/dynalite-tables.ts";
import { intent } from "../recording/facts.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

const reader = (client: DynamoDBClient) =>
  createRecordTexts({ client, table: SESSIONS_TABLE, pause: async () => {} });

describe("the texts of records", () => {
  it("come for each key that has one, more than a batch takes", async () => {
    const log = createCallLog({ client: tables.client, table: SESSIONS_TABLE, retentionDays: 1 });
    const session = newSessionId();
    const keys = Array.from({ length: 130 }, (_, each) =>
      callKeyOf(session, { kind: "invocation", id: `${each}` }, "f"),
    );
    for (const [each, key] of keys.slice(1).entries()) {
      await log.appendIntent(key, intent({ gatewayRequestId: `r-${each}` }));
    }
    const read = await reader(tables.client).read(keys.map((key) => callItemKey(key, "INTENT")));
    expect(read).toHaveLength(129);
    expect(read[0]?.record).toMatch(/^{"phase":"INTENT","version":1,/);
    expect(new Set(read.map(({ sk }) => sk)).size).toBe(129);
  });

  it("are asked for again where DynamoDB leaves some unread, and a fault where it gives none", async () => {
    const given = (count: number) => {
      const send = async ({ input }: BatchGetItemCommand) => {
        const { Keys = [] } = input.RequestItems?.[SESSIONS_TABLE] ?? {};
        const items = Keys.slice(0, count).map((key) => ({ ...key, record: { S: "{}" } }));
        return {
          Responses: { [SESSIONS_TABLE]: items },
          UnprocessedKeys: { [SESSIONS_TABLE]: { Keys: Keys.slice(count) } },
        };
      };
      return reader({ send } as unknown as DynamoDBClient);
    };
    const keys = Array.from({ length: 10 }, (_, each) => ({ pk: "p", sk: `${each}` }));
    expect((await given(3).read(keys)).map(({ sk }) => sk)).toEqual(keys.map(({ sk }) => sk));
    await expect(given(0).read(keys)).rejects.toThrow("busy");
  });
});
