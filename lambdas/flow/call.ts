// One AWS call, from signed request to answer. Each step either goes on or refuses; the order is the security argument.
// Trusts the request to be what the client sent (ingress) and nothing in it. Everything that acts on the world is a port.

import type { GatewayResponse } from "../model/gateway-response.ts";
import { partsOfRole } from "../model/ids.ts";
import type { Refusal } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { recognise } from "../recognition/recognise.ts";
import type { ModelSource } from "../recognition/shard.ts";
import { type AuthenticateDependencies, type Authenticated, authenticate } from "./authenticate.ts";
import { type CallTrace, lap, startTrace } from "./call-trace.ts";
import { type DecideDependencies, decideCall } from "./decide.ts";
import { type ForwardDependencies, forward, type PermittedCall } from "./forward.ts";
import { answerRefusal, type RefuseDependencies } from "./refuse.ts";

export interface CallDependencies
  extends AuthenticateDependencies,
    DecideDependencies,
    ForwardDependencies,
    RefuseDependencies {
  readonly models: ModelSource;
}

/** Answers one signed call. Faults of the world are thrown and become a refusal at the entry (R7). */
export function call(request: WireRequest, dependencies: CallDependencies): Promise<GatewayResponse> {
  return serveCall(request, (trace) => authenticate(trace, dependencies), dependencies);
}

/** The steps of every call, however its caller was authenticated. */
export async function serveCall(
  request: WireRequest,
  who: (trace: CallTrace) => Promise<Authenticated | Refusal>,
  dependencies: CallDependencies,
): Promise<GatewayResponse> {
  const trace = startTrace(request, dependencies.clock.nowMs());
  const ready = await decide(trace, who, dependencies);
  if (ready.kind === "refused") return answerRefusal(ready, trace, dependencies);
  const answered = await forward(ready, trace, dependencies);
  return answered.kind === "refused" ? answerRefusal(answered, trace, dependencies) : answered.response;
}

interface Ready extends PermittedCall {
  readonly kind: "ready";
}

// INVARIANT: nothing is recognised before the caller is known, nothing decided before it was recognised, and nothing
// leaves `forward` before a permit: each step takes what only the step before can give.
async function decide(
  trace: CallTrace,
  who: (trace: CallTrace) => Promise<Authenticated | Refusal>,
  dependencies: CallDependencies,
): Promise<Ready | Refusal> {
  const { clock, models, limits } = dependencies;
  const authenticated = await who(trace);
  lap(trace, "identity", clock.nowMs());
  if (authenticated.kind === "refused") return authenticated;
  const { session, emergency, requestName, credential } = authenticated;
  trace.session = session;
  // INVARIANT: only a verified call takes of its agent's budget, and nothing is done for it before it did.
  const claimed = { viewerIp: trace.request.viewerIp, credential };
  const over = limits.calls.refusalOfCall(session, claimed, clock.nowMs());
  if (over !== undefined) return over;

  const { account, partition } = partsOfRole(session.role);
  const recognition = recognise(authenticated.signed, { account, partition }, models);
  lap(trace, "recognition", clock.nowMs());
  if (recognition.kind === "refused") return recognition;
  trace.call = recognition.call;

  const decided = await decideCall({ session, emergency, call: recognition.call }, trace, dependencies);
  lap(trace, "policy", clock.nowMs());
  if (decided.kind === "refused") return decided;
  return { kind: "ready", session, requestName, call: recognition.call, decision: decided };
}
