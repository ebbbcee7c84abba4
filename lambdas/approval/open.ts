// Opens an approval: what is held, for whom, until when, and what the approver will see of the call. Everything shown comes
// from the typed call with its secrets masked, never from the request's own text; escaping is the pages' and notices'.
// Pure: id and time are arguments.

import type { Approval, ApprovalId, HeldCall } from "../model/approval.ts";
import { type AccessLevel, type AwsCall, displayArn } from "../model/aws-call.ts";
import type { ApprovalDemand } from "../model/decision.ts";
import type { Session } from "../model/principal.ts";
import type { Intent } from "../model/record.ts";
import { LONGEST_QUEUE_SECONDS } from "./transitions.ts";

const MOST_ROWS = 200;
const MOST_VALUE_CHARACTERS = 2_000;
const MOST_PATH_CHARACTERS = 500;
const MOST_ROW_BYTES = 64_000; // of all rows, and as much of all resources: an item of DynamoDB holds 400 KB
const MOST_DEPTH = 64; // the gateway's own limit for JSON
const MOST_RESOURCES = 100;
const MOST_ACTIONS = 50;

/** From harmless to grave. */
const LEVELS: readonly AccessLevel[] = ["list", "read", "tagging", "write", "permissions"];

export interface OpenFacts {
  readonly id: ApprovalId;
  readonly kind: Approval["kind"];
  /** recording/keys.ts: what exactly is held. */
  readonly fingerprint: string;
  readonly session: Session;
  readonly agent: { readonly name: string; readonly owner: string | null };
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly demand: ApprovalDemand;
  readonly policies: readonly string[];
  readonly policyVersion: string;
  readonly call: HeldCall;
  readonly record: Intent;
  /** Epoch seconds. */
  readonly now: number;
}

/** A new approval that is open to votes. */
export function openApproval(facts: OpenFacts): Approval {
  const { id, kind, fingerprint, session, agent, sourceIp, userAgent, demand, now } = facts;
  const { policies, policyVersion, call, record } = facts;
  return {
    id,
    kind,
    status: "pending",
    fingerprint,
    issuer: session.principal.issuer,
    subject: session.principal.subject,
    agent: agent.name,
    owner: agent.owner,
    session: session.id,
    role: session.role,
    sourceIp,
    userAgent,
    demand,
    policies,
    policyVersion,
    call,
    record,
    openedAt: now,
    expiresAt: now + (demand.otherwise === "queue" ? LONGEST_QUEUE_SECONDS : demand.withinSeconds),
    escalated: [],
    votes: [],
    decidedAt: null,
    callerWaitsUntil: 0,
    claim: null,
    ending: null,
    answer: null,
    notices: [],
  };
}

/** What the approver sees of the call. `maskedParameters` is what masking/ made of its parameters for the record. */
export function heldCallOf(
  call: AwsCall,
  maskedParameters: unknown,
  resourceSets: readonly string[],
  preview: HeldCall["preview"] = null,
): HeldCall {
  const { rows, omitted } = rowsOf(maskedParameters);
  return {
    service: call.service,
    operation: call.operation,
    accessLevel: gravest(call.actions.map(({ accessLevel }) => accessLevel)),
    actions: heldActions(call.actions),
    account: call.account,
    region: call.region,
    parameters: rows,
    parametersOmitted: omitted,
    resourceSets,
    preview,
  };
}

function gravest(levels: readonly AccessLevel[]): AccessLevel {
  return LEVELS.findLast((level) => levels.includes(level)) ?? "permissions";
}

/** What is left out is said in the list itself: an approver must not take a part for the whole. */
function heldActions(actions: AwsCall["actions"]): HeldCall["actions"] {
  let room = MOST_ROW_BYTES;
  const fits = (text: string): boolean => {
    room -= jsonBytes(text);
    return room >= 0;
  };
  const shown = actions.slice(0, MOST_ACTIONS).map(({ action, resources }) => {
    const arns = resources.map(displayArn).filter((arn, at) => at < MOST_RESOURCES && fits(arn));
    const more = resources.length - arns.length;
    return { action, resources: more === 0 ? arns : [...arns, `and ${more} more`] };
  });
  const more = actions.length - shown.length;
  return more === 0 ? shown : [...shown, { action: `and ${more} more actions`, resources: [] }];
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value), "utf8");
}

interface Row {
  readonly path: string;
  readonly value: string;
}

/** One row for each leaf, in the order of the call. Everything is counted, also what does not fit. */
function rowsOf(parameters: unknown): { readonly rows: readonly Row[]; readonly omitted: number } {
  const rows: Row[] = [];
  let leaves = 0;
  let room = MOST_ROW_BYTES;
  for (const [path, value] of leavesOf(parameters, "", 0)) {
    leaves += 1;
    const row = { path: cut(path, MOST_PATH_CHARACTERS), value: cut(value, MOST_VALUE_CHARACTERS) };
    const size = jsonBytes(row);
    // INVARIANT: the rows are a beginning of the call without gaps; what is left out is at the end and counted.
    if (rows.length < leaves - 1 || rows.length >= MOST_ROWS || size > room) continue;
    room -= size;
    rows.push(row);
  }
  return { rows, omitted: leaves - rows.length };
}

/** Paths as policies write them: `Tags[0].Key`; a name that is no word stands in quotes, so that it cannot look like two. */
function* leavesOf(value: unknown, path: string, depth: number): Generator<readonly [string, string]> {
  if (typeof value !== "object" || value === null || depth > MOST_DEPTH) {
    yield [path === "" ? "(all)" : path, textOf(value)];
    return;
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  if (entries.length === 0 && path !== "") yield [path, isList ? "[]" : "{}"];
  for (const [name, member] of entries) {
    const step = isList ? `[${name}]` : memberStep(name, path);
    yield* leavesOf(member, `${path}${step}`, depth + 1);
  }
}

function memberStep(name: string, path: string): string {
  if (!/^[\w$:@/-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
  return path === "" ? name : `.${name}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}

/** Says how much was cut off: a text whose end is hidden must not pass for the whole. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most)}… (${text.length - most} more characters)`;
}
