// Opens a session for the holder of an identity token. Verified, permitted and not revoked, or no session; stored and
// recorded, or no session.

import { openSession } from "../identity/open-session.ts";
import type { TokenVerifier, VerifiedToken } from "../identity/token/token-verifier.ts";
import type { Decision } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import type { EmergencyForbid } from "../model/emergency.ts";
import type { RoleArn, SessionId } from "../model/ids.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { Clock } from "../net/clock.ts";
import { emergencyDenial } from "../policy/emergency.ts";
import type { Policy } from "../policy/policy.ts";
import type { CallLog } from "../recording/ports.ts";
import { openingOf } from "../recording/records.ts";
import { type CallTrace, factsOf, userAgentOf } from "./call-trace.ts";
import type { FlowLimits } from "./limits.ts";
import type { SessionStore } from "./ports.ts";

export interface AdmitDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly tokens: TokenVerifier;
  readonly policy: Policy;
  readonly sessions: SessionStore;
  readonly log: CallLog;
  /** The KMS HMAC key that makes the secrets of new sessions. */
  readonly sessionKeyArn: string;
  readonly limits: FlowLimits;
}

export interface Admission {
  readonly id: SessionId;
  readonly role: RoleArn;
  readonly unverifiedToken: string;
  readonly durationSeconds: number | undefined;
}

interface NewSession {
  readonly kind: "session";
  readonly session: Session;
}

export type Admitted = (NewSession & { readonly emergency: EmergencyForbid }) | Refusal;

export async function admit(
  admission: Admission,
  trace: CallTrace,
  dependencies: AdmitDependencies,
): Promise<Admitted> {
  const { tokens, sessions, log, clock, deployment } = dependencies;
  const verified = await tokens.verify(admission.unverifiedToken);
  if (verified.kind === "refused") return verified;
  noteVerified(verified, trace, dependencies);
  const made = newSession(admission, verified, trace, dependencies);
  if (made.kind === "refused") return made;
  const { session } = made;
  trace.session = session;

  const decision = askRole(session, trace, dependencies);
  trace.decision = decision;
  if (decision.kind === "deny") return refuse("AccessDenied", decision.message);
  const { revoked, emergency } = await sessions.standingOf(session.principal, session.role);
  if (revoked !== "none") return refuse("AccessDenied", `an administrator has revoked access (${revoked})`);
  const forbidden = askEmergency(session, emergency, dependencies);
  if (forbidden !== null) {
    trace.decision = forbidden;
    return refuse("AccessDenied", forbidden.message);
  }

  // INVARIANT: recorded, then stored. A session that is found is believed (bearer.ts comes back to its own), so there must
  // be none that the records do not know. A record that stands already is of a first try that was recorded and not stored;
  // an id that is taken stops `open`.
  await log.appendOpen(openingOf(factsOf(trace, deployment, clock.nowMs()), session.expiresAt));
  await sessions.open(session);
  return { ...made, emergency };
}

/** From now on this source is not one of the strangers at its issuer. */
export function noteVerified(
  { principal }: VerifiedToken,
  { request }: CallTrace,
  { clock, limits }: AdmitDependencies,
): void {
  limits.exchanges.verified(request.viewerIp, principal.issuer, clock.nowMs());
}

function newSession(
  { id, role, durationSeconds }: Admission,
  verified: VerifiedToken,
  { request }: CallTrace,
  { clock, deployment, sessionKeyArn }: AdmitDependencies,
): NewSession | Refusal {
  const issuer = deployment.issuers.find((known) => known.issuer === verified.principal.issuer);
  if (issuer === undefined) return refuse("InvalidIdentityToken", "the token's issuer is not configured");
  return openSession({
    id,
    verified,
    role,
    request,
    issuer,
    sessionSeconds: deployment.sessionSeconds,
    durationSeconds,
    keyArn: sessionKeyArn,
    now: Math.floor(clock.nowMs() / 1_000),
  });
}

function askEmergency(
  { principal, role }: Session,
  emergency: EmergencyForbid,
  { policy, clock }: AdmitDependencies,
): ReturnType<typeof emergencyDenial> {
  const now = Math.floor(clock.nowMs() / 1_000);
  return emergencyDenial({ emergency, principal, role, call: null, now, policyVersion: policy.version });
}

function askRole(session: Session, { request }: CallTrace, { policy, clock }: AdmitDependencies): Decision {
  return policy.decideRole({
    principal: session.principal,
    role: session.role,
    context: {
      sourceIp: request.viewerIp,
      userAgent: userAgentOf(request),
      now: Math.floor(clock.nowMs() / 1_000),
      sessionOpenedAt: null,
    },
  });
}
