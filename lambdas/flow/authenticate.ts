// Who signed this call? The claim is read, the session found, its secret made and the signature checked, in that order:
// KMS is asked only for a session that exists, and a session that is over or revoked signs nothing. A source or an agent
// that is over its limits is refused before anything is asked of the world.

import { secretMessage, tokenMatches } from "../identity/session-keys.ts";
import { parseSignatureClaim, type SignatureClaim } from "../identity/sigv4/signature-claim.ts";
import { verifySignature } from "../identity/sigv4/verify-signature.ts";
import type { Deployment } from "../model/deployment.ts";
import type { EmergencyForbid } from "../model/emergency.ts";
import { type SessionId, sessionIdOfKey } from "../model/ids.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { SignedRequest } from "../model/signed-request.ts";
import type { Clock } from "../net/clock.ts";
import type { CallTrace } from "./call-trace.ts";
import type { FlowLimits } from "./limits.ts";
import type { SessionLookup, SessionSecrets, SessionStore } from "./ports.ts";

export interface AuthenticateDependencies {
  readonly clock: Clock;
  readonly sessions: SessionStore;
  readonly secrets: SessionSecrets;
  readonly limits: FlowLimits;
  readonly deployment: Deployment;
}

export interface Authenticated {
  readonly kind: "authenticated";
  readonly session: Session;
  /** As read together with the session. */
  readonly emergency: EmergencyForbid;
  /** Tells this request from its twins where no invocation id came: its signature, or API Gateway's request id. */
  readonly requestName: string;
  /** Names the credential that was shown, for the limits: the session id, or the hash of a token. */
  readonly credential: string;
  readonly signed: SignedRequest;
}

export async function authenticate(
  trace: CallTrace,
  dependencies: AuthenticateDependencies,
): Promise<Authenticated | Refusal> {
  const { clock, limits } = dependencies;
  const nowMs = clock.nowMs();
  const parsed = parseSignatureClaim(trace.request, Math.floor(nowMs / 1_000));
  if (parsed.kind === "refused") return parsed;
  const id = sessionIdOfKey(parsed.claim.keyId);
  if (id === undefined) return unknownKey();

  // INVARIANT: no table, key or hash of a body before these two, and neither takes anything of the agent's: the key id
  // is only claimed.
  const claimed = { viewerIp: trace.request.viewerIp, credential: id };
  const over = limits.calls.refusalOfAgent(claimed, nowMs) ?? limits.calls.refusalOfSource(claimed, nowMs);
  if (over !== undefined) return over;
  const verified = await verify(id, parsed.claim, trace, dependencies);
  if (verified.kind === "refused") limits.calls.failed(claimed, nowMs);
  return verified;
}

/** Stands for the secret of a session that is not there. */
const NOBODYS_SECRET = "a secret that nobody holds, as long as theirs";

async function verify(
  id: SessionId,
  claim: SignatureClaim,
  { request }: CallTrace,
  { clock, sessions, secrets, deployment }: AuthenticateDependencies,
): Promise<Authenticated | Refusal> {
  const now = Math.floor(clock.nowMs() / 1_000);
  const live = liveSession(await sessions.find(id), now);
  const found = live.kind === "session" ? live.session : undefined;
  const message = secretMessage(id);
  const secret = await (found === undefined ? NOBODYS_SECRET : secrets.secretOf(found.keyArn, message));
  // Both are computed whatever comes of them, so that the time of a refusal does not tell a session that lives from one
  // that does not. KMS alone is not asked for a stranger's id.
  const tokenHolds = claim.securityToken === undefined || tokenMatches(secret, id, claim.securityToken);
  const verified = verifySignature(request, claim, secret);
  // INVARIANT: without a live session nothing that was computed counts; nobody's secret is known to everybody.
  if (live.kind === "refused") return live;
  if (!tokenHolds) return unknownKey();
  if (verified.kind === "refused") return verified;
  const { session, emergency } = live;
  if (!deployment.issuers.some(({ issuer }) => issuer === session.principal.issuer)) return formerIssuer();
  return {
    kind: "authenticated",
    session,
    emergency,
    requestName: claim.signature,
    credential: id,
    // The signature covers the host, and so what stands before our name in it.
    signed: { ...verified.request, hostPrefix: request.hostPrefix ?? "" },
  };
}

export interface LiveSession {
  readonly kind: "session";
  readonly session: Session;
  readonly emergency: EmergencyForbid;
}

/** The session that was found, unless it is over or revoked. `now` in epoch seconds. */
export function liveSession(found: SessionLookup, now: number): LiveSession | Refusal {
  switch (found.kind) {
    case "unknown":
      return unknownKey();
    case "revoked":
      return refuse("AccessDenied", `an administrator has revoked access (${found.by})`);
    case "found":
      return found.session.expiresAt <= now
        ? refuse("ExpiredToken", "the session is over: exchange the identity token again")
        : { kind: "session", session: found.session, emergency: found.emergency };
  }
}

/** An issuer is taken out of the configuration because it is not believed any more, and that holds from now on. */
function formerIssuer(): Refusal {
  return refuse(
    "ExpiredToken",
    "the identity provider of this session is not configured any more: exchange a token of another one",
  );
}

function unknownKey(): Refusal {
  return refuse(
    "ExpiredToken",
    "the access key is not of a live session here: exchange the identity token again (the AWS CLI keeps keys of a former deployment in ~/.aws/cli/cache: delete that folder)",
  );
}
