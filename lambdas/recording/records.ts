// Builds the records of a session and its calls. Pure: facts in, nouns out. Trusts that the parameters it is handed were
// masked (masking/), and bounds what a hostile call could make a record hold. Storing is the CallLog's.

import { type AwsCall, displayArn, type RequiredAction } from "../model/aws-call.ts";
import type { Decision } from "../model/decision.ts";
import type { AgentConfig } from "../model/deployment.ts";
import type { RoleArn, SessionId } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";
import {
  type Caller,
  type Intent,
  type Opening,
  type Outcome,
  RECORD_VERSION,
  type RecordedApproval,
  type RecordedCall,
  type RecordedDecision,
} from "../model/record.ts";
import { INLINE_BYTES, type ParametersText, parametersText } from "./payloads.ts";

const MAX_RESOURCE_CHARACTERS = 16_384; // of all actions together: a table item holds 400 KB
const MAX_USER_AGENT_CHARACTERS = 1_024;

export interface CallerFacts {
  readonly principal: Principal;
  /** The configuration's entry for the principal, if it has one. */
  readonly agent: Pick<AgentConfig, "name" | "owner"> | undefined;
  readonly session: SessionId | null;
  readonly sourceIdentity: string;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** What is known of a request at the time of its record; `null` for what was not reached. */
export interface RecordFacts {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly caller: Caller | null;
  readonly role: RoleArn | null;
  readonly call: {
    readonly call: AwsCall;
    readonly maskedParameters: unknown;
    /** The key that their text lies under, if it was stored as a payload. */
    readonly parametersAt?: string;
  } | null;
  readonly decision: Decision | null;
  /** False when the decision is only observed. */
  readonly enforced: boolean;
  /** Who let it run; null where nobody had to. */
  readonly approval: RecordedApproval | null;
  readonly requestDigest: string;
  readonly gatewayRequestId: string;
}

/** What an Outcome says beyond the Intent. */
export type Ending = Omit<Outcome, keyof Intent>;

export function callerOf(facts: CallerFacts): Caller {
  const { principal, agent } = facts;
  return {
    issuer: principal.issuer,
    subject: principal.subject,
    agent: agent?.name ?? principal.subject,
    owner: agent?.owner ?? null,
    groups: principal.groups,
    session: facts.session,
    sourceIdentity: facts.sourceIdentity,
    sourceIp: facts.sourceIp,
    userAgent: facts.userAgent.slice(0, MAX_USER_AGENT_CHARACTERS),
  };
}

export function openingOf(facts: RecordFacts, expiresAt: number): Opening {
  return { phase: "OPEN", ...baseOf(facts), expires: new Date(expiresAt * 1_000).toISOString() };
}

export function intentOf(facts: RecordFacts): Intent {
  return { phase: "INTENT", ...baseOf(facts) };
}

export function outcomeOf(facts: RecordFacts, ending: Ending): Outcome {
  return { phase: "OUTCOME", ...baseOf(facts), ...ending };
}

/** The text of the call's parameters, if it must be stored as a payload for the record to tell all of it. */
export function largeParameters({ call, decision }: RecordFacts): ParametersText | undefined {
  if (call === null || !recordsParameters(decision)) return undefined;
  const text = parametersText(call.maskedParameters);
  return text.bytes > INLINE_BYTES ? text : undefined;
}

function baseOf(facts: RecordFacts): Omit<Intent, "phase"> {
  return {
    version: RECORD_VERSION,
    at: new Date(facts.atMs).toISOString(),
    caller: facts.caller,
    role: facts.role,
    call: facts.call === null ? null : recordedCall(facts.call, recordsParameters(facts.decision)),
    decision: facts.decision === null ? null : recordedDecision(facts.decision, facts.enforced),
    ...(facts.approval !== null && { approval: facts.approval }),
    requestDigest: facts.requestDigest,
    gatewayRequestId: facts.gatewayRequestId,
  };
}

/** What is refused is recorded with its parameters: no permit matched that could have kept them out. */
function recordsParameters(decision: Decision | null): boolean {
  return decision === null || decision.kind === "deny" || decision.obligations.record !== "metadata";
}

function recordedCall(
  { call, maskedParameters, parametersAt }: NonNullable<RecordFacts["call"]>,
  withParameters: boolean,
): RecordedCall {
  const { text, bytes, digest } = parametersText(maskedParameters);
  return {
    service: call.service,
    operation: call.operation,
    candidates: call.candidates.map(({ service, operation }) => ({ service, operation })),
    actions: recordedActions(call.actions),
    account: call.account,
    region: call.region,
    parameters: withParameters && bytes <= INLINE_BYTES ? text : null,
    parametersDigest: digest,
    parametersBytes: bytes,
    ...(withParameters && parametersAt !== undefined && { parametersAt }),
  };
}

function recordedActions(actions: readonly RequiredAction[]): RecordedCall["actions"] {
  let room = MAX_RESOURCE_CHARACTERS;
  return actions.map(({ action, accessLevel, resources }) => {
    const kept: string[] = [];
    for (const arn of resources.map(displayArn)) {
      room -= arn.length;
      if (room >= 0) kept.push(arn);
    }
    return { action, accessLevel, resources: kept, resourcesOmitted: resources.length - kept.length };
  });
}

function recordedDecision(decision: Decision, enforced: boolean): RecordedDecision {
  return {
    decision: decision.kind,
    reason: decision.kind === "deny" ? decision.reason : null,
    policies: decision.policies,
    policyVersion: decision.policyVersion,
    enforced,
  };
}
