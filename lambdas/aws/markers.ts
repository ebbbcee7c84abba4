// The revocation markers over DynamoDB (table `state`): written and removed by key, and listed by the index `inbox`, which
// holds keys only. Under which key a marker stops what is session-store.ts's; whatever an item there holds, it revokes, so
// one whose text cannot be read is in force all the same, by nobody known.

import {
  type AttributeValue,
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { Marker, Markers } from "../flow/api/ports.ts";
import { parseRoleArn, parseSessionId } from "../model/ids.ts";
import type { OrderTarget } from "../model/record.ts";
import { markerKey } from "./session-store.ts";
import { type Item, textOf } from "./stored-text.ts";

const INDEX = "inbox";
const LISTED = "REVOKED"; // approvals stand there as `OPEN`
const MOST_PAGES = 4; // 1 MB of keys each: thousands of markers
const AT_ONCE = 100; // BatchGetItem takes no more
const BATCH_ATTEMPTS = 4;

export interface MarkersSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createMarkers(setup: MarkersSetup): Markers {
  const { client, table } = setup;
  return {
    async put(target, marker) {
      await client.send(new PutItemCommand({ TableName: table, Item: itemOf(target, marker) }));
    },
    async remove(target) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: keyOf(target) } } }));
    },
    async inForce(targets) {
      const found = await readAll(setup, targets.map(keyOf));
      return targets.flatMap((target) => {
        const item = found.get(keyOf(target));
        return item === undefined ? [] : [{ target, marker: markerIn(item) }];
      });
    },
    listed: () => listed(setup),
  };
}

/** @throws for an id of another form: whoever orders parsed it before */
function keyOf({ kind, id }: OrderTarget): string {
  if (kind === "everything") return markerKey.everything;
  const text = id ?? "";
  const session = parseSessionId(text);
  const role = parseRoleArn(text);
  const bar = text.indexOf("|"); // no issuer holds one
  if (kind === "session" && session !== undefined) return markerKey.session(session);
  if (kind === "role" && role !== undefined) return markerKey.role(role);
  if (kind === "agent" && bar > 0) {
    return markerKey.agent({ issuer: text.slice(0, bar), subject: text.slice(bar + 1) });
  }
  throw new CountersignError("internal", "this is nothing that can be revoked");
}

function targetOf(key: string): OrderTarget | undefined {
  if (key === markerKey.everything) return { kind: "everything", id: null };
  const [, kind = "", id = ""] = /^REVOKED#(SESSION|AGENT|ROLE)#(.+)$/s.exec(key) ?? [];
  if (kind === "SESSION") return { kind: "session", id };
  if (kind === "AGENT") return { kind: "agent", id };
  return kind === "ROLE" ? { kind: "role", id } : undefined;
}

function itemOf(target: OrderTarget, marker: Marker): Record<string, AttributeValue> {
  return {
    pk: { S: keyOf(target) },
    record: { S: JSON.stringify(marker) },
    inbox: { S: LISTED },
    openedAt: { N: String(Math.floor(Date.parse(marker.at) / 1_000)) },
  };
}

function markerIn(item: Item): Marker | null {
  try {
    const value: unknown = JSON.parse(item.record?.S ?? "null");
    const { by, at, reason, order } = (value ?? {}) as Record<string, unknown>;
    const texts = [by, at, reason, order].filter((each) => typeof each === "string");
    const [byText, atText, reasonText, orderText] = texts;
    if (byText === undefined || atText === undefined || reasonText === undefined || orderText === undefined) {
      return null;
    }
    return { by: byText, at: atText, reason: reasonText, order: orderText };
  } catch {
    return null;
  }
}

async function listed({ client, table }: MarkersSetup): ReturnType<Markers["listed"]> {
  const targets: OrderTarget[] = [];
  let start: Record<string, AttributeValue> | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: INDEX,
        KeyConditionExpression: "#inbox = :listed",
        ExpressionAttributeNames: { "#inbox": "inbox" },
        ExpressionAttributeValues: { ":listed": { S: LISTED } },
        ...(start !== undefined && { ExclusiveStartKey: start }),
      }),
    );
    targets.push(...Items.flatMap((item) => targetOf(textOf(item, "pk")) ?? []));
    start = LastEvaluatedKey;
    if (start === undefined) break;
  }
  return { targets, complete: start === undefined };
}

/** Strongly consistent. What DynamoDB leaves unread is asked again, a bounded number of times. */
async function readAll(
  { client, table }: MarkersSetup,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  const distinct = [...new Set(keys)];
  for (let at = 0; at < distinct.length; at += AT_ONCE) {
    let open: Record<string, AttributeValue>[] = distinct
      .slice(at, at + AT_ONCE)
      .map((pk) => ({ pk: { S: pk } }));
    for (let attempt = 0; attempt < BATCH_ATTEMPTS && open.length > 0; attempt += 1) {
      const answer = await client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: true } } }),
      );
      for (const item of answer.Responses?.[table] ?? []) found.set(textOf(item, "pk"), item);
      open = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    }
    // INVARIANT: a marker that was not read counts as not known, never as absent.
    if (open.length > 0) throw new CountersignError("record_failed", "the table of state is busy");
  }
  return found;
}
