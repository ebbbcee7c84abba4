// Records of a made-up fleet, by number: 60 agents, 120 operations of 12 services, a record each 2.6 s over a month for a
// million. Each number is always the same record, so that tables of several sizes end with the same ones.

import { createHash } from "node:crypto";
import type { Outcome } from "../lambdas/model/record.ts";
import { leafHashOf } from "../lambdas/recording/leaf.ts";
import { callerIn, outcome, SESSION } from "../test/recording/facts.ts";

export const START_MS = Date.UTC(2026, 0, 1);
export const STEP_MS = 2_592;
const SERVICES = ["s3", "dynamodb", "ec2", "iam", "sqs", "sns", "lambda", "ssm", "kms", "ecs", "ecr", "logs"];
const SAMPLE = outcome();

export const agentOf = (number: number): string => `agent-${number % 60}`;
export const actionOf = (number: number): string =>
  `${serviceOf(number)}:Operation${Math.floor(number / 12) % 10}`;
const serviceOf = (number: number): string => SERVICES[number % SERVICES.length] ?? "s3";
export const resourceOf = (number: number): string =>
  `arn:aws:s3:::bucket-${number % 500}/key-${number % 90_000}`;

export function recordAt(number: number) {
  const record = outcomeAt(number);
  const pk = `SESSION#${String(Math.floor(number / 40)).padStart(26, "A")}`;
  const sk = `CALL#${createHash("sha256").update(String(number)).digest("hex")}#OUTCOME`;
  const text = JSON.stringify(record);
  return { pk, sk, text, record, leaf: leafHashOf({ pk, sk, record: text }) };
}

function outcomeAt(number: number): Outcome {
  const at = new Date(START_MS + number * STEP_MS).toISOString();
  const refused = number % 50 === 7;
  const call = SAMPLE.call;
  if (call === null || SAMPLE.decision === null) throw new Error("the sample has no call");
  const further = number % 200 === 3 ? ["iam:PassRole"] : [];
  return {
    ...SAMPLE,
    at,
    caller: { ...callerIn(SESSION), subject: agentOf(number) },
    call: {
      ...call,
      service: serviceOf(number),
      operation: `Operation${Math.floor(number / 12) % 10}`,
      actions: [actionOf(number), ...further].map((action) => ({
        action,
        accessLevel: "read",
        resources: [resourceOf(number)],
        resourcesOmitted: 0,
      })),
      parameters: JSON.stringify({ Bucket: `bucket-${number % 500}`, Key: "k".repeat(300) }),
    },
    decision: { ...SAMPLE.decision, decision: refused ? "deny" : "permit" },
    status: refused ? 403 : 200,
    awsRequestId: `REQUEST${number}`,
    ...(number % 1_000 === 11 && { approval: approvalOf(number, at) }),
  };
}

function approvalOf(number: number, at: string): NonNullable<Outcome["approval"]> {
  const person = `person-${Math.floor(number / 1_000) % 5}@example.com`;
  return {
    id: "B".repeat(26),
    votes: [{ person, choice: "approve", comment: null, at, via: "page" }],
    byGrant: false,
  };
}
