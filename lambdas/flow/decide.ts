// Decides one recognised call: what is forbidden in an emergency, then what the policies say, then whether that counts.
// A deployment that observes lets pass what the policies deny about calls, and records the denial. It relaxes nothing else:
// who may use which role, what vends credentials and the emergency forbid stand in every mode, and AWS still gets a session
// policy for this one call.

import type { AwsCall } from "../model/aws-call.ts";
import type { Decision, Obligations } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import type { EmergencyForbid } from "../model/emergency.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { Clock } from "../net/clock.ts";
import { emergencyDenial } from "../policy/emergency.ts";
import type { Policy } from "../policy/policy.ts";
import { type CallTrace, userAgentOf } from "./call-trace.ts";

export interface DecideDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly policy: Policy;
}

export interface DecideQuestion {
  readonly session: Session;
  readonly emergency: EmergencyForbid;
  readonly call: AwsCall;
}

export interface Permitted {
  readonly kind: "permitted";
  readonly obligations: Obligations;
}

/** What a call that only observing lets pass is held to: the narrowest credential there is. */
const OBSERVED: Obligations = { scope: "call" };

export async function decideCall(
  question: DecideQuestion,
  trace: CallTrace,
  dependencies: DecideDependencies,
): Promise<Permitted | Refusal> {
  // INVARIANT: asked before the policies and in every mode: nothing that they say widens what was forbidden.
  const forbidden = askEmergency(question, dependencies);
  const decision = forbidden ?? askPolicy(question, trace, dependencies);
  trace.decision = decision;
  trace.enforced = forbidden !== null || isEnforced(decision, question, trace, dependencies);
  if (decision.kind === "permit") return { kind: "permitted", obligations: decision.obligations };
  return trace.enforced
    ? refuse("AccessDenied", decision.message)
    : { kind: "permitted", obligations: OBSERVED };
}

function isEnforced(
  decision: Decision,
  { session, call }: DecideQuestion,
  trace: CallTrace,
  { deployment, policy, clock }: DecideDependencies,
): boolean {
  if (deployment.mode === "enforce") return true;
  if (decision.kind === "permit") return false;
  // Whatever denied it, a policy error too: what answers with credentials would outlive the time of observing.
  if (call.vendsCredentials) return true;
  return policy.decideRole(roleQuestion(session, trace, clock)).kind === "deny";
}

function askEmergency(
  { session, emergency, call }: DecideQuestion,
  { policy, clock }: DecideDependencies,
): Decision | null {
  const { principal, role } = session;
  const now = Math.floor(clock.nowMs() / 1_000);
  return emergencyDenial({ emergency, principal, role, call, now, policyVersion: policy.version });
}

function askPolicy(
  { session, call }: DecideQuestion,
  trace: CallTrace,
  { policy, clock }: DecideDependencies,
): Decision {
  return policy.decideCall({ ...roleQuestion(session, trace, clock), session, call });
}

function roleQuestion(
  session: Session,
  { request }: CallTrace,
  clock: Clock,
): Parameters<Policy["decideRole"]>[0] {
  return {
    principal: session.principal,
    role: session.role,
    context: {
      sourceIp: request.viewerIp,
      userAgent: userAgentOf(request),
      now: Math.floor(clock.nowMs() / 1_000),
      sessionOpenedAt: session.openedAt,
    },
  };
}
