// A call from a client without an SDK: the holder of an identity token vouches for the whole request over TLS. The token
// is verified at every call; one session stands for all calls with one token and role, so records stay readable.

import { createHash } from "node:crypto";
import { parseBearerRequest } from "../identity/bearer-request.ts";
import type { VerifiedToken } from "../identity/token/token-verifier.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import { type RoleArn, type SessionId, sessionIdOfBytes } from "../model/ids.ts";
import type { Refusal } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { type Admission, type AdmitDependencies, admit, noteVerified } from "./admit.ts";
import { type Authenticated, type LiveSession, liveSession } from "./authenticate.ts";
import { type CallDependencies, serveCall } from "./call.ts";
import type { CallTrace } from "./call-trace.ts";
import { nameOfToken, refusalOfToken } from "./shown-token.ts";

const SESSION_BYTES = 16;

export type BearerDependencies = CallDependencies & AdmitDependencies;

export function bearerCall(request: WireRequest, dependencies: BearerDependencies): Promise<GatewayResponse> {
  return serveCall(request, (trace) => authenticateBearer(trace, dependencies), dependencies);
}

async function authenticateBearer(
  trace: CallTrace,
  dependencies: BearerDependencies,
): Promise<Authenticated | Refusal> {
  const { request } = trace;
  const parsed = parseBearerRequest(request);
  if (parsed.kind === "refused") return parsed;
  const { role, unverifiedToken, request: signed } = parsed.bearer;
  const credential = nameOfToken(unverifiedToken);
  const verified = await verifyToken(unverifiedToken, credential, trace, dependencies);
  if (verified.kind === "refused") return verified;

  const now = Math.floor(dependencies.clock.nowMs() / 1_000);
  const id = sessionIdOf(unverifiedToken, role, Math.floor(now / dependencies.deployment.sessionSeconds));
  const admission = { id, role, unverifiedToken, durationSeconds: undefined };
  const live = await findOrOpen(admission, now, trace, dependencies);
  if (live.kind === "refused") return live;
  const { session, emergency } = live;
  return {
    kind: "authenticated",
    session,
    emergency,
    requestName: request.gatewayRequestId,
    credential,
    signed,
  };
}

/** A token that was not verified here lately stands under the limits of an exchange, whatever it turns out to be. */
async function verifyToken(
  unverifiedToken: string,
  credential: string,
  trace: CallTrace,
  dependencies: BearerDependencies,
): Promise<VerifiedToken | Refusal> {
  const { tokens, limits, clock } = dependencies;
  const claimed = { viewerIp: trace.request.viewerIp, credential };
  const nowMs = clock.nowMs();
  const over = limits.calls.isKnown(claimed, nowMs)
    ? limits.calls.refusalOfAgent(claimed, nowMs)
    : refusalOfToken(unverifiedToken, trace.request, dependencies);
  if (over !== undefined) return over;
  const verified = await tokens.verify(unverifiedToken);
  if (verified.kind === "refused") limits.calls.forget(credential);
  else noteVerified(verified, trace, dependencies);
  return verified;
}

async function findOrOpen(
  admission: Admission,
  now: number,
  trace: CallTrace,
  dependencies: BearerDependencies,
): Promise<LiveSession | Refusal> {
  const { sessions } = dependencies;
  const found = await sessions.find(admission.id);
  if (found.kind !== "unknown") return liveSession(found, now);
  try {
    return await admit(admission, trace, dependencies);
  } catch (error) {
    // Two first calls at once: the id is taken by the other, whose session is this one's too.
    const other = await sessions.find(admission.id);
    if (other.kind === "unknown") throw error;
    return liveSession(other, now);
  }
}

/**
 * One id for one token, role and span of time. A session id is no secret, and the session's keys cannot be made from it;
 * the span lets a token that lives longer than a session go on with the next one.
 */
function sessionIdOf(unverifiedToken: string, role: RoleArn, span: number): SessionId {
  const hash = createHash("sha256").update(`countersign/bearer/v1:${span}:${role}:${unverifiedToken}`);
  return sessionIdOfBytes(hash.digest().subarray(0, SESSION_BYTES));
}
