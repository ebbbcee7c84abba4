// Remembers Slack's deliveries over DynamoDB (table `state`): one conditional item for each, so that none counts twice.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { SlackDeliveries } from "../approval/slack/ports.ts";
import { newNonce } from "../net/randomness.ts";

const TTL_SECONDS = 3_600; // a delivery counts within 5 min of its timestamp, before and after

export interface SlackDeliveriesSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createSlackDeliveries({ client, table }: SlackDeliveriesSetup): SlackDeliveries {
  return {
    async first(delivery, now) {
      const nonce = { S: newNonce() };
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: { pk: { S: `SLACK#${delivery}` }, ttl: { N: String(now + TTL_SECONDS) }, nonce },
            // The SDK may repeat a write of ours whose answer was lost: that is no second delivery.
            ConditionExpression: "attribute_not_exists(pk) OR nonce = :nonce",
            ExpressionAttributeValues: { ":nonce": nonce },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
