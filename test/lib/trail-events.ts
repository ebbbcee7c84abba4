// CloudTrail's events and an export of the same time. Made up after CloudTrail's documented form, with the account numbers
// of AWS's examples.

import type { RoleArn } from "../../lambdas/model/ids.ts";
import type { Intent, Outcome } from "../../lambdas/model/record.ts";
import { writeLine } from "../../lambdas/recording/export-format.ts";
import { type TrailEvent, trailEvents } from "../../lib/cloudtrail-events.ts";
import { outcome, SESSION } from "../recording/facts.ts";

export const ROLE = "arn:aws:iam::111122223333:role/mcp-reader" as RoleArn;
const AGENT = "bot-0123456789abcdef";
export const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
export const HOUR = 3_600_000;
export const time = (ms: number) => new Date(ms).toISOString();

export interface EventFacts {
  readonly name?: string;
  readonly requestID?: string;
  readonly atMs?: number;
  readonly role?: string;
  readonly session?: string;
  readonly sourceIdentity?: string | undefined;
  readonly source?: string;
  readonly invokedBy?: string;
}

export function eventOf(facts: EventFacts = {}) {
  const {
    name = "GetObject",
    requestID = "A-1",
    atMs = AT,
    role = ROLE,
    session = SESSION,
    invokedBy,
  } = facts;
  const sourceIdentity = "sourceIdentity" in facts ? facts.sourceIdentity : AGENT;
  return {
    eventVersion: "1.09",
    userIdentity: {
      type: "AssumedRole",
      principalId: `AROAEXAMPLEID:${session}`,
      arn: `arn:aws:sts::111122223333:assumed-role/${role.split("/").at(-1)}/${session}`,
      accountId: "111122223333",
      sessionContext: { sessionIssuer: { type: "Role", arn: role }, sourceIdentity },
      invokedBy,
    },
    eventTime: time(atMs),
    eventSource: facts.source ?? "s3.amazonaws.com",
    eventName: name,
    awsRegion: "eu-west-1",
    requestID,
    eventID: `e-${requestID}`,
    recipientAccountId: "111122223333",
  };
}

/** Two events of others, so that the trail covers the hours around. */
export const others = [AT - HOUR, AT + HOUR].map((atMs) =>
  eventOf({
    atMs,
    role: "arn:aws:iam::111122223333:role/Admin",
    sourceIdentity: undefined,
    requestID: `o-${atMs}`,
  }),
);

export async function read(entries: readonly unknown[]): Promise<TrailEvent[]> {
  const events: TrailEvent[] = [];
  for await (const event of trailEvents([JSON.stringify({ Records: entries })])) events.push(event);
  return events;
}

export const answered = (requestId: string | null, atMs = AT): Outcome =>
  outcome(
    { awsRequestId: requestId, ...(requestId === null && { ending: "in_doubt" }) },
    { atMs, role: ROLE },
  );

export function exportOf(records: readonly (Intent | Outcome)[]): readonly string[] {
  const header = { type: "header", format: "countersign-export", version: 1, deployment: "d" } as const;
  const span = { from: time(AT - 2 * HOUR), to: time(AT + 2 * HOUR), first: 1, last: 240 };
  return [
    writeLine({ ...header, ...span }),
    ...records.map((record, index) => {
      const sk = `CALL#${index}#${record.phase}`;
      return writeLine({ type: "record", pk: `SESSION#${SESSION}`, sk, record: JSON.stringify(record) });
    }),
  ];
}
