// Grants over DynamoDB (table `state`): one item for each key, counted down by a conditional write. A grant that is given
// again replaces what is left of the one before. A count whose answer was lost may count twice when the SDK repeats it: a
// grant may end early, never late.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Grants } from "../approval/ports.ts";
import { CountersignError } from "../boundary/errors.ts";
import { parseApprovalId } from "../model/approval.ts";
import { textOf } from "./stored-text.ts";

const TTL_MARGIN_SECONDS = 3_600;

export interface GrantsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createGrants({ client, table }: GrantsSetup): Grants {
  return {
    async give(key, calls, expiresAt, approval) {
      const item = {
        pk: { S: grantKey(key) },
        left: { N: String(calls) },
        until: { N: String(expiresAt) },
        approval: { S: approval },
        ttl: { N: String(expiresAt + TTL_MARGIN_SECONDS) },
      };
      const command = new PutItemCommand({
        TableName: table,
        Item: item,
        // Given once: a second try for the same approval must not fill up again what was used.
        ConditionExpression: "attribute_not_exists(#approval) OR #approval <> :approval",
        ExpressionAttributeNames: { "#approval": "approval" },
        ExpressionAttributeValues: { ":approval": { S: approval } },
      });
      await client.send(command).catch(unlessConditionFailed);
    },
    async take(key, now) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: grantKey(key) } },
        UpdateExpression: "ADD #left :minus",
        ConditionExpression: "#left > :zero AND #until > :now",
        ExpressionAttributeNames: { "#left": "left", "#until": "until" },
        ExpressionAttributeValues: {
          ":minus": { N: "-1" },
          ":zero": { N: "0" },
          ":now": { N: String(now) },
        },
        ReturnValues: "ALL_NEW",
      });
      const taken = await client.send(command).catch(unlessConditionFailed);
      if (taken === undefined) return "none";
      const approval = parseApprovalId(textOf(taken.Attributes ?? {}, "approval"));
      if (approval === undefined)
        throw new CountersignError("record_failed", "a stored grant cannot be read");
      return approval;
    },
  };
}

function unlessConditionFailed(error: unknown): undefined {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
}

function grantKey(key: string): string {
  return `GRANT#${key}`;
}
