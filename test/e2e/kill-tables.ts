// What a crashed call left in the tables.

import { createHash } from "node:crypto";
import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { Approval } from "../../lambdas/model/approval.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import type { Intent, Outcome } from "../../lambdas/model/record.ts";
import { SESSIONS_TABLE, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { ISSUER } from "../identity/token/issue.ts";

type Item = Record<string, AttributeValue>;

export async function itemsOfSession(client: DynamoDBClient, { id }: Session): Promise<readonly Item[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: SESSIONS_TABLE,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: `SESSION#${id}` } },
    }),
  );
  return Items;
}

export interface SessionRecords {
  readonly intents: readonly Intent[];
  /** Of intents. */
  readonly outcomes: readonly Outcome[];
  /** Outcomes without an intent. */
  readonly refusals: readonly Outcome[];
}

export async function recordsOf(client: DynamoDBClient, session: Session): Promise<SessionRecords> {
  const found = (await itemsOfSession(client, session)).map(({ sk, record }) => ({
    sk: sk?.S ?? "",
    record: JSON.parse(record?.S ?? "") as Intent | Outcome,
  }));
  const ends = found.flatMap(({ sk, record }) => (record.phase === "OUTCOME" ? [{ sk, record }] : []));
  return {
    intents: found.flatMap(({ record }) => (record.phase === "INTENT" ? [record] : [])),
    outcomes: ends.filter(({ sk }) => sk.startsWith("CALL#")).map(({ record }) => record),
    refusals: ends.filter(({ sk }) => !sk.startsWith("CALL#")).map(({ record }) => record),
  };
}

export async function stateItems(client: DynamoDBClient): Promise<readonly Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: STATE_TABLE, ...(start !== undefined && { ExclusiveStartKey: start }) }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

export async function approvalsOf(client: DynamoDBClient, agent: string): Promise<readonly Approval[]> {
  return (await stateItems(client))
    .filter(({ pk }) => pk?.S?.startsWith("APPROVAL#"))
    .map(({ record }) => JSON.parse(record?.S ?? "") as Approval)
    .filter(({ subject }) => subject === agent);
}

/** How many of the agent's waiting places are taken for longer than anybody still waits. */
export async function placesLost(client: DynamoDBClient, agent: string, nowMs: number): Promise<number> {
  const place = `WAIT#AGENT#${createHash("sha256").update(`${ISSUER}|${agent}`).digest("hex")}`;
  const taken = (await stateItems(client)).filter(({ pk }) => pk?.S?.startsWith(place));
  return taken.filter(({ until }) => Number(until?.N) > nowMs / 1_000 + 25).length;
}
