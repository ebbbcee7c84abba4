// Reads an approval back from the text that we stored, and says what it still holds. Table `state` is ours, but what it
// says decides what runs: an item of another form, or one that lies under another id, is a fault.

import { CountersignError } from "../boundary/errors.ts";
import {
  type Approval,
  type ApprovalId,
  type ApprovalStatus,
  type HeldCall,
  type Notice,
  parseApprovalId,
  type Vote,
} from "../model/approval.ts";
import type { ApprovalDemand } from "../model/decision.ts";
import { parseRoleArn, parseSessionId } from "../model/ids.ts";
import type { Intent } from "../model/record.ts";

const UNDELIVERED_SECONDS = 86_400; // as long as its answer is kept
const LONGEST_RUN_SECONDS = 3_600; // no function runs longer than 15 minutes

/** Whether the approval keeps its fingerprint: the same call waits for this one and opens none of its own. */
export function holdsFingerprint({ status, kind, expiresAt, claim }: Approval, now: number): boolean {
  // Past its end nothing runs under it (transitions.ts), also where nobody has written down yet that it expired.
  if (status === "pending") return now < expiresAt;
  if (status === "approved") return kind === "session" || now < expiresAt;
  return status === "running" && now < (claim?.at ?? 0) + LONGEST_RUN_SECONDS;
}

/** Whether its answer may still wait for the caller. */
export function mayBeUndelivered({ status, claim }: Approval, now: number): boolean {
  return status === "done" && now < (claim?.at ?? 0) + UNDELIVERED_SECONDS;
}

/** Whether people see it among what is open. The approved use of a role is settled; its session ends by itself. */
export function isInInbox({ status, kind }: Pick<Approval, "status" | "kind">): boolean {
  return status === "pending" || (kind === "call" && (status === "approved" || status === "running"));
}

/** @throws CountersignError `record_failed` when the text is not the approval with this id. */
export function parseStoredApproval(text: string, expected: ApprovalId): Approval {
  const stored = recordFrom(parsed(text));
  const id = parseApprovalId(stringFrom(stored.id));
  const session = parseSessionId(stringFrom(stored.session));
  const role = parseRoleArn(stringFrom(stored.role));
  if (id !== expected || session === undefined || role === undefined) throw unreadable();
  return {
    id,
    kind: oneOf(stored.kind, ["call", "session"]),
    status: oneOf(stored.status, STATUSES),
    fingerprint: stringFrom(stored.fingerprint),
    issuer: stringFrom(stored.issuer),
    subject: stringFrom(stored.subject),
    agent: stringFrom(stored.agent),
    owner: orNull(stored.owner, stringFrom),
    session,
    role,
    sourceIp: stringFrom(stored.sourceIp),
    userAgent: stringFrom(stored.userAgent),
    demand: demandFrom(stored.demand),
    policies: listFrom(stored.policies, stringFrom),
    policyVersion: stringFrom(stored.policyVersion),
    call: callFrom(stored.call),
    record: intentFrom(stored.record),
    openedAt: wholeFrom(stored.openedAt),
    expiresAt: wholeFrom(stored.expiresAt),
    escalated: listFrom(stored.escalated, stringFrom),
    votes: listFrom(stored.votes, voteFrom),
    decidedAt: orNull(stored.decidedAt, wholeFrom),
    callerWaitsUntil: wholeFrom(stored.callerWaitsUntil),
    claim: orNull(stored.claim, claimFrom),
    ending: orNull(stored.ending, stringFrom),
    answer: orNull(stored.answer, answerFrom),
    notices: listFrom(stored.notices, noticeFrom),
    ...(stored.closedAt !== undefined && { closedAt: wholeFrom(stored.closedAt) }),
  };
}

const STATUSES: readonly ApprovalStatus[] = [
  "pending",
  "approved",
  "running",
  "done",
  "failed",
  "in_doubt",
  "rejected",
  "expired",
  "cancelled",
];

function demandFrom(value: unknown): ApprovalDemand {
  const demand = recordFrom(value);
  const [first, ...others] = listFrom(demand.groups, stringFrom);
  if (first === undefined) throw unreadable();
  return {
    groups: [first, ...others],
    quorum: wholeFrom(demand.quorum),
    withinSeconds: wholeFrom(demand.withinSeconds),
    otherwise: oneOf(demand.otherwise, ["reject", "queue"]),
    run: oneOf(demand.run, ["attended", "stored"]),
  };
}

function callFrom(value: unknown): HeldCall {
  const call = recordFrom(value);
  return {
    service: stringFrom(call.service),
    operation: stringFrom(call.operation),
    accessLevel: oneOf(call.accessLevel, ["list", "read", "tagging", "write", "permissions"]),
    actions: listFrom(call.actions, (entry) => {
      const { action, resources } = recordFrom(entry);
      return { action: stringFrom(action), resources: listFrom(resources, stringFrom) };
    }),
    account: stringFrom(call.account),
    region: stringFrom(call.region),
    parameters: listFrom(call.parameters, (row) => pairFrom(row, "path")),
    parametersOmitted: wholeFrom(call.parametersOmitted),
    resourceSets: listFrom(call.resourceSets, stringFrom),
    preview: orNull(call.preview, (rows) => listFrom(rows, (row) => pairFrom(row, "label"))),
  };
}

function pairFrom<Name extends string>(value: unknown, name: Name): Record<Name | "value", string> {
  const row = recordFrom(value);
  return { [name]: stringFrom(row[name]), value: stringFrom(row.value) } as Record<Name | "value", string>;
}

/** Decides nothing here: it was made whole by recording/ and only goes back to the record of the approval's end. */
function intentFrom(value: unknown): Intent {
  const intent = recordFrom(value);
  if (intent.phase !== "INTENT" || typeof intent.requestDigest !== "string") throw unreadable();
  return value as Intent;
}

function voteFrom(value: unknown): Vote {
  const vote = recordFrom(value);
  const person = recordFrom(vote.person);
  return {
    person: {
      id: stringFrom(person.id),
      name: stringFrom(person.name),
      groups: listFrom(person.groups, stringFrom),
    },
    choice: oneOf(vote.choice, ["approve", "reject"]),
    comment: orNull(vote.comment, stringFrom),
    at: wholeFrom(vote.at),
    via: oneOf(vote.via, ["page", "slack"]),
    grant: orNull(vote.grant, (offer) => {
      const { calls, seconds } = recordFrom(offer);
      return { calls: wholeFrom(calls), seconds: wholeFrom(seconds) };
    }),
  };
}

function claimFrom(value: unknown): NonNullable<Approval["claim"]> {
  const claim = recordFrom(value);
  const by = oneOf(claim.by, ["call", "run"]);
  const at = wholeFrom(claim.at);
  if (claim.session === undefined) return { by, at };
  const session = parseSessionId(stringFrom(claim.session));
  if (session === undefined) throw unreadable();
  return { by, at, session };
}

function answerFrom(value: unknown): NonNullable<Approval["answer"]> {
  const { status, awsRequestId } = recordFrom(value);
  return { status: wholeFrom(status), awsRequestId: orNull(awsRequestId, stringFrom) };
}

function noticeFrom(value: unknown): Notice {
  const notice = recordFrom(value);
  return {
    step: oneOf(notice.step, ["ask", "remind", "escalate", "queue"]),
    channel: oneOf(notice.channel, ["mail", "slack"]),
    to: stringFrom(notice.to),
    outcome: oneOf(notice.outcome, ["sent", "failed"]),
    reference: orNull(notice.reference, stringFrom),
    at: wholeFrom(notice.at),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(error);
  }
}

function recordFrom(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unreadable();
  return value as Record<string, unknown>;
}

function stringFrom(value: unknown): string {
  if (typeof value !== "string") throw unreadable();
  return value;
}

function wholeFrom(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw unreadable();
  return value;
}

function listFrom<T>(value: unknown, from: (item: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw unreadable();
  return value.map((item) => from(item));
}

function orNull<T>(value: unknown, from: (value: unknown) => T): T | null {
  return value === null ? null : from(value);
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw unreadable();
  return found;
}

function unreadable(cause?: unknown): CountersignError {
  return new CountersignError("record_failed", "a stored approval cannot be read", cause);
}
