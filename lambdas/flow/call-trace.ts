// What is known of one request while it passes through the steps: the facts of its records and how long each step took.
// Steps add to it and decide nothing by it.

import { maskParameters } from "../masking/mask-parameters.ts";
import type { AwsCall } from "../model/aws-call.ts";
import type { Decision } from "../model/decision.ts";
import type { AgentConfig, Deployment } from "../model/deployment.ts";
import type { Principal, Session } from "../model/principal.ts";
import type { RecordedApproval } from "../model/record.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { requestDigest } from "../recording/keys.ts";
import { callerOf, type RecordFacts } from "../recording/records.ts";
import { sourceIdentityOf } from "../upstream/source-identity.ts";

const NO_USER_AGENT = "";

export interface CallTrace {
  readonly request: WireRequest;
  /** Epoch milliseconds. */
  readonly startedMs: number;
  readonly latency: Record<string, number>;
  lapMs: number;
  session: Session | null;
  call: AwsCall | null;
  decision: Decision | null;
  /** False when the decision is only observed. */
  enforced: boolean;
  approval: RecordedApproval | null;
}

export function startTrace(request: WireRequest, nowMs: number): CallTrace {
  return {
    request,
    startedMs: nowMs,
    lapMs: nowMs,
    latency: {},
    session: null,
    call: null,
    decision: null,
    enforced: true,
    approval: null,
  };
}

/** Notes the milliseconds since the last step under this step's name. */
export function lap(trace: CallTrace, step: string, nowMs: number): void {
  trace.latency[step] = (trace.latency[step] ?? 0) + (nowMs - trace.lapMs);
  trace.lapMs = nowMs;
}

/** The facts of a record, as far as this request got. */
export function factsOf(trace: CallTrace, deployment: Deployment, nowMs: number): RecordFacts {
  const { request, session, call, decision, enforced, approval } = trace;
  return {
    atMs: nowMs,
    caller: session === null ? null : callerFacts(request, session, deployment),
    role: session?.role ?? null,
    call:
      call === null
        ? null
        : { call, maskedParameters: maskParameters(call.parameters, call.sensitiveParameters) },
    decision,
    enforced,
    approval,
    requestDigest: requestDigest(request),
    gatewayRequestId: request.gatewayRequestId,
  };
}

function callerFacts(request: WireRequest, session: Session, deployment: Deployment): RecordFacts["caller"] {
  const { principal, id } = session;
  const agent = agentOf(deployment, principal);
  return callerOf({
    principal,
    agent,
    session: id,
    sourceIdentity: sourceIdentityOf(agent?.name ?? principal.subject, principal),
    sourceIp: request.viewerIp,
    userAgent: userAgentOf(request),
  });
}

export function agentOf(deployment: Deployment, { issuer, subject }: Principal): AgentConfig | undefined {
  return deployment.agents.find((agent) => agent.issuer === issuer && agent.subject === subject);
}

/** The user agent, which nobody signs: for records, and for policies that forbid. */
export function userAgentOf(request: WireRequest): string {
  return request.headers.get("user-agent")?.[0] ?? NO_USER_AGENT;
}
