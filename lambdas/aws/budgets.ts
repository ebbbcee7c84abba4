// Budgets over DynamoDB (table `state`): one item for each agent, policy and window, counted up by a conditional update.
// Decides nothing but whether there was one left; what is not known throws, and the call is refused. An update that was
// applied and whose answer was lost counts twice when the SDK repeats it: a budget may end early, never late.

import { createHash } from "node:crypto";
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Budgets } from "../flow/ports.ts";
import type { CallLimit } from "../model/decision.ts";
import type { Principal } from "../model/principal.ts";
import { windowOf } from "../policy/budgets.ts";

const TTL_MARGIN_SECONDS = 3_600;

export interface BudgetsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createBudgets({ client, table }: BudgetsSetup): Budgets {
  return {
    async spend(principal, limit, now) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { pk: { S: keyOf(principal, limit, now) } },
            UpdateExpression: "SET #agent = :agent, #ttl = :ttl ADD #used :one",
            ConditionExpression: "attribute_not_exists(#used) OR #used < :calls",
            ExpressionAttributeNames: { "#agent": "agent", "#ttl": "ttl", "#used": "used" },
            ExpressionAttributeValues: {
              ":agent": { S: agentOf(principal) },
              ":ttl": { N: String(windowOf(limit, now).end + TTL_MARGIN_SECONDS) },
              ":one": { N: "1" },
              ":calls": { N: String(limit.calls) },
            },
          }),
        );
        return "spent";
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return "used_up";
        throw error;
      }
    },
  };
}

// The agent's name is hashed: issuer and subject together can be longer than a key may be. Policy ids hold no `#`.
function keyOf(principal: Principal, limit: CallLimit, now: number): string {
  const agent = createHash("sha256").update(agentOf(principal)).digest("hex");
  return `BUDGET#${agent}#${limit.policy}#${limit.perSeconds}#${windowOf(limit, now).start}`;
}

function agentOf({ issuer, subject }: Principal): string {
  return `${issuer}|${subject}`;
}
