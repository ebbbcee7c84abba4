// Reads both tables of a demo cloud whole, as somebody with the account's own credentials would.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type AttributeValue, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Intent, Opening, Outcome } from "../../lambdas/model/record.ts";
import { GATEWAY_ACCOUNT, REGION } from "../../lib/local/demo-world.ts";
import { writeRecordsAccess } from "../../lib/local/exports.ts";
import { localRecords } from "../../lib/local/records-client.ts";
import type { Demo } from "./demo.ts";

export type Item = Record<string, AttributeValue>;

export interface Entry {
  readonly pk: string;
  readonly sk: string;
  readonly record: Opening | Intent | Outcome;
}

/** Every record, in the order in which they were written. */
export async function entriesOf(demo: Demo): Promise<readonly Entry[]> {
  const items = await itemsOf(demo, demo.sessionsTable);
  return items
    .map(({ pk, sk, record }) => ({
      pk: pk?.S ?? "",
      sk: sk?.S ?? "",
      record: JSON.parse(record?.S ?? "") as Entry["record"],
    }))
    .toSorted((one, other) => (one.record.at < other.record.at ? -1 : 1));
}

export function outcomesOf(entries: readonly Entry[]): readonly Outcome[] {
  return entries.flatMap(({ record }) => (record.phase === "OUTCOME" ? [record] : []));
}

export function intentsOf(entries: readonly Entry[]): readonly Intent[] {
  return entries.flatMap(({ record }) => (record.phase === "INTENT" ? [record] : []));
}

/** The items of every table that the template declares. */
export async function allItems(demo: Demo): Promise<readonly Item[]> {
  const tables = demo.cloud.stack.tables.map(({ name }) => itemsOf(demo, name));
  return (await Promise.all(tables)).flat();
}

async function itemsOf(demo: Demo, table: string): Promise<readonly Item[]> {
  const { client } = insider(demo, "auditor", ["dynamodb:Scan"]);
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  client.destroy();
  return items;
}

/** A client for the tables with a right that no function has: for tests that look behind the gateway. */
export function insider(
  { cloud, directory, sessionsTable }: Demo,
  name: string,
  actions: readonly string[],
): ReturnType<typeof localRecords> {
  const arn = `arn:aws:iam::${GATEWAY_ACCOUNT}:role/${name}`;
  const document = (statement: object) => ({ Version: "2012-10-17", Statement: [statement] });
  cloud.aws.addRole({
    arn,
    trust: document({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${GATEWAY_ACCOUNT}:root` },
      Action: "sts:AssumeRole",
    }),
    policies: [document({ Effect: "Allow", Action: [...actions, "kms:Decrypt"], Resource: "*" })],
  });
  const folder = join(directory, name);
  mkdirSync(folder, { recursive: true });
  writeRecordsAccess(folder, {
    port: cloud.aws.port,
    caFile: cloud.caFile,
    region: REGION,
    table: sessionsTable,
    stateTable: "",
    checkpointBucket: "",
    checkpointKeyArn: "",
    machineArn: "",
    publicUrl: "",
    credentials: cloud.aws.issueRoleCredentials(arn),
  });
  return localRecords(folder);
}
