// Lists what is open, oldest first, over the sparse index `inbox` of table `state`. The index only names approvals, since
// it lags behind; each is then read itself, strongly consistent. Who may see which is the flow's.

import { type AttributeValue, BatchGetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { ApprovalStore } from "../approval/ports.ts";
import { CountersignError } from "../boundary/errors.ts";
import type { OpenedApprovals } from "../flow/start-forgotten.ts";
import { type Approval, parseApprovalId } from "../model/approval.ts";
import type { TableSetup } from "./approval-items.ts";
import { isInInbox, parseStoredApproval } from "./stored-approval.ts";
import { type Item, textOf } from "./stored-text.ts";

const INDEX = "inbox";
const BATCH = 100; // keys of one BatchGetItem, at most
const BATCH_ATTEMPTS = 10; // DynamoDB gives back 16 MB at a time: 40 of the largest approvals
const KEY_PREFIX = "APPROVAL#";

/** @param after what the page before gave as `next`; a text of another form begins anew */
export async function listOpen(
  setup: TableSetup,
  limit: number,
  after: string | undefined,
): ReturnType<ApprovalStore["listOpen"]> {
  const start = after === undefined ? undefined : startOf(after);
  const { Items: found = [], LastEvaluatedKey: last } = await setup.client.send(
    new QueryCommand({
      TableName: setup.table,
      IndexName: INDEX,
      KeyConditionExpression: "#inbox = :open",
      ExpressionAttributeNames: { "#inbox": "inbox", "#pk": "pk" },
      ExpressionAttributeValues: { ":open": { S: "OPEN" } },
      ProjectionExpression: "#pk",
      Limit: Math.min(Math.max(limit, 1), BATCH),
      ...(start !== undefined && { ExclusiveStartKey: start }),
    }),
  );
  const keys = found.map((item) => textOf(item, "pk"));
  const items = await readAll(setup, keys);
  const approvals = keys.flatMap((key) => approvalFrom(items.get(key), key));
  const next = last === undefined ? undefined : cursorOf(last);
  return { approvals: approvals.filter(isInInbox), ...(next !== undefined && { next }) };
}

/** Those still open that were opened in a time. */
export function createOpenedApprovals(setup: Omit<TableSetup, "clock">): OpenedApprovals {
  return {
    async openedBetween(fromSeconds, toSeconds) {
      const approvals: Approval[] = [];
      let start: Record<string, AttributeValue> | undefined;
      do {
        const { Items: found = [], LastEvaluatedKey: last } = await setup.client.send(
          new QueryCommand({
            TableName: setup.table,
            IndexName: INDEX,
            KeyConditionExpression: "#inbox = :open AND #openedAt BETWEEN :from AND :to",
            ExpressionAttributeNames: { "#inbox": "inbox", "#openedAt": "openedAt", "#pk": "pk" },
            ExpressionAttributeValues: {
              ":open": { S: "OPEN" },
              ":from": { N: String(fromSeconds) },
              ":to": { N: String(toSeconds) },
            },
            ProjectionExpression: "#pk",
            Limit: BATCH,
            ...(start !== undefined && { ExclusiveStartKey: start }),
          }),
        );
        const keys = found.map((item) => textOf(item, "pk"));
        const items = keys.length === 0 ? new Map<string, Item>() : await readAll(setup, keys);
        approvals.push(...keys.flatMap((key) => approvalFrom(items.get(key), key)));
        start = last;
      } while (start !== undefined);
      return approvals;
    },
  };
}

function approvalFrom(item: Item | undefined, key: string): readonly Approval[] {
  const id = parseApprovalId(key.slice(KEY_PREFIX.length));
  return item === undefined || id === undefined ? [] : [parseStoredApproval(textOf(item, "record"), id)];
}

async function readAll(
  { client, table }: Omit<TableSetup, "clock">,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  let open: Record<string, AttributeValue>[] = keys.map((pk) => ({ pk: { S: pk } }));
  for (let attempt = 0; attempt < BATCH_ATTEMPTS && open.length > 0; attempt += 1) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [table]: {
            Keys: open,
            ConsistentRead: true,
            ProjectionExpression: "#pk, #record",
            ExpressionAttributeNames: { "#pk": "pk", "#record": "record" },
          },
        },
      }),
    );
    for (const item of Responses?.[table] ?? []) found.set(textOf(item, "pk"), item);
    open = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  if (open.length > 0) throw new CountersignError("record_failed", "the table of approvals is busy");
  return found;
}

function cursorOf(key: Record<string, AttributeValue>): string | undefined {
  const at = key.openedAt?.N;
  const pk = key.pk?.S;
  return at === undefined || pk === undefined ? undefined : `${at}.${pk.slice(KEY_PREFIX.length)}`;
}

/** The cursor comes back from outside: only a time and an approval id can be in it. */
function startOf(cursor: string): Record<string, AttributeValue> | undefined {
  const [, at, name] = /^(\d{1,12})\.([A-Z2-7]{26})$/.exec(cursor) ?? [];
  if (at === undefined || name === undefined) return undefined;
  return { inbox: { S: "OPEN" }, openedAt: { N: at }, pk: { S: `${KEY_PREFIX}${name}` } };
}
