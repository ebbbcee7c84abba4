// Which approval a caller waits for, over DynamoDB (table `state`): one small item for each call that was held, for a day.
// Decides nothing. A call that writes it twice writes the same.

import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Attachments } from "../approval/ports.ts";
import { CountersignError } from "../boundary/errors.ts";
import { parseApprovalId } from "../model/approval.ts";

const REMEMBERED_SECONDS = 86_400;

export interface AttachmentsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createAttachments({ client, table }: AttachmentsSetup): Attachments {
  return {
    async attach(call, id, now) {
      const ttl = String(now + REMEMBERED_SECONDS);
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: { pk: { S: keyOf(call) }, approval: { S: id }, ttl: { N: ttl } },
        }),
      );
    },
    async attachedTo(call, now) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { pk: { S: keyOf(call) } }, ConsistentRead: true }),
      );
      // TTL deletes late: what is over is over all the same.
      if (Item === undefined || Number(Item.ttl?.N ?? 0) <= now) return undefined;
      const id = parseApprovalId(Item.approval?.S ?? "");
      if (id === undefined) throw new CountersignError("record_failed", "a stored attachment cannot be read");
      return id;
    },
  };
}

function keyOf(call: string): string {
  return `ATTACH#${call}`;
}
