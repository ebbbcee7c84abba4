// Writes and lifts the rules of the emergency forbid, as an operator does: with their own AWS credentials, in table
// `state` itself. One row holds all rules, so each order is a read and a write on the condition that nobody wrote between.
// Trusts the operator. What the gateway makes of the row is lambdas/model/emergency.ts's to say; nothing is written here
// that it could not read.

import { randomBytes } from "node:crypto";
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  EMERGENCY_KEY,
  type EmergencyRule,
  faultOfRule,
  isInForce,
  MOST_RULES,
  parseEmergency,
} from "../lambdas/model/emergency.ts";

export interface StateAccess {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** What an operator says; the rest of the rule is made here. */
export interface Order {
  /** `*` when left out. */
  readonly action?: string | undefined;
  /** The beginning of ARNs, a `*` at its end or none; every resource when left out. */
  readonly resource?: string | undefined;
  /** `<issuer>|<subject>`; every agent when left out. */
  readonly agent?: string | undefined;
  readonly reason?: string | undefined;
  readonly by: string;
  /** Such as `30m`, `4h`, `2d`; until it is lifted when left out. */
  readonly for?: string | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

const HINTS: Readonly<Record<keyof EmergencyRule, string>> = {
  id: "is made here",
  action: "must be an IAM action or operation such as `s3:DeleteObject`, `s3:Delete*` or `*`",
  resource: "must be how the ARNs begin, such as `arn:aws:s3:::ledger`",
  agent: "must be `<issuer>|<subject>`, as records show it",
  reason: "must be stated: up to 300 characters on one line, told to the agent",
  by: "must be up to 200 characters on one line",
  at: "is made here",
  until: "must be a time",
};

/** @throws an Error with what to correct. */
export function ruleOfOrder(order: Order, nowMs: number): EmergencyRule {
  const rule: EmergencyRule = {
    id: `k${randomBytes(4).toString("hex")}`,
    action: order.action ?? "*",
    resource: (order.resource ?? "").replace(/\*$/, ""),
    agent: order.agent ?? null,
    reason: order.reason ?? "",
    by: order.by,
    at: new Date(nowMs).toISOString(),
    until: order.for === undefined ? null : new Date(nowMs + durationMs(order.for)).toISOString(),
  };
  const fault = faultOfRule(rule);
  if (fault !== undefined) throw new Error(`--${fault} ${HINTS[fault]}`);
  return rule;
}

/** The rules that are written, those that are over included. @throws when the row cannot be read as rules. */
export async function readRules(access: StateAccess): Promise<readonly EmergencyRule[]> {
  return (await readRow(access)).rules;
}

/** Adds the rule and drops those that are over. @throws when it is not written. */
export async function addRule(access: StateAccess, rule: EmergencyRule, nowMs: number): Promise<void> {
  const row = await readRow(access);
  const rules = [...row.rules.filter((each) => isInForce(each, nowMs / 1_000)), rule];
  if (rules.length > MOST_RULES)
    throw new Error(`there are ${MOST_RULES} rules already: lift one, or widen one`);
  await write(access, rules, row.revision);
}

/** Drops the rule with this id; of a row that cannot be read, with `all`, everything. @throws when it is not written. */
export async function liftRule(access: StateAccess, id: string): Promise<void> {
  if (id === "all") return put(access, [], undefined);
  const { rules, revision } = await readRow(access);
  const left = rules.filter((rule) => rule.id !== id);
  if (left.length === rules.length) throw new Error(`there is no rule \`${id}\`: see \`forbid --list\``);
  await write(access, left, revision);
}

interface Row {
  readonly rules: readonly EmergencyRule[];
  readonly revision: string | undefined;
}

async function readRow({ client, table }: StateAccess): Promise<Row> {
  const answer = await client.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: EMERGENCY_KEY } }, ConsistentRead: true }),
  );
  if (answer.Item === undefined) return { rules: [], revision: undefined };
  const parsed = parseEmergency(answer.Item.rules?.S);
  const revision = answer.Item.revision?.S;
  if (parsed.kind === "unreadable" || revision === undefined) {
    throw new Error(
      "the emergency forbid cannot be read, and the gateway refuses every call: lift it with `forbid --lift all`, then write it again",
    );
  }
  return { rules: parsed.rules, revision };
}

async function write(
  access: StateAccess,
  rules: readonly EmergencyRule[],
  revision: string | undefined,
): Promise<void> {
  const condition =
    revision === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :read", ExpressionAttributeValues: { ":read": { S: revision } } };
  await put(access, rules, condition).catch((cause: unknown) => {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new Error("somebody else changed the rules just now: look at `forbid --list` and try again", {
      cause,
    });
  });
}

async function put(
  { client, table }: StateAccess,
  rules: readonly EmergencyRule[],
  condition: Pick<PutItemCommand["input"], "ConditionExpression" | "ExpressionAttributeValues"> | undefined,
): Promise<void> {
  const text = JSON.stringify(rules);
  if (parseEmergency(text).kind === "unreadable") throw new Error("these rules could not be read back");
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        pk: { S: EMERGENCY_KEY },
        rules: { S: text },
        revision: { S: randomBytes(8).toString("hex") },
      },
      ...condition,
    }),
  );
}

function durationMs(text: string): number {
  const [, number = "", unit = ""] = /^([1-9]\d{0,3})([mhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new Error("--for must be a time such as `30m`, `4h` or `2d`");
  return Number(number) * unitMs;
}
