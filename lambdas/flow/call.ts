// One AWS call, from signed request to answer. Each step either goes on or refuses; the order is the security argument.
// Trusts the request to be what the client sent (ingress) and nothing in it. Everything that acts on the world is a port.

import { findMarker } from "../masking/find-marker.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import { partsOfRole } from "../model/ids.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { recognise } from "../recognition/recognise.ts";
import type { AnswerSource, ModelSource } from "../recognition/shard.ts";
import { permittedAbsence } from "./absence.ts";
import { type AuthenticateDependencies, type Authenticated, authenticate } from "./authenticate.ts";
import { type CallTrace, lap, startTrace } from "./call-trace.ts";
import { decideCall } from "./decide.ts";
import { forward, identityOf } from "./forward.ts";
import { type AskedCall, type HoldDependencies, hold } from "./hold.ts";
import { answerRefusal, type RefuseDependencies } from "./refuse.ts";

export type CallDependencies = AuthenticateDependencies &
  HoldDependencies &
  RefuseDependencies & { readonly models: ModelSource & AnswerSource };

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
  // INVARIANT: nothing is recognised before the caller is known, nothing decided before it was recognised, and nothing
  // leaves `forward` before a permit: each step takes what only the step before can give.
  const asked = await read(trace, who, dependencies);
  const answered = asked.kind === "refused" ? asked : await carryOut(asked, trace, dependencies);
  return answered.kind === "refused" ? answerRefusal(answered, trace, dependencies) : answered.response;
}

interface Answered {
  readonly kind: "answered";
  readonly response: GatewayResponse;
}

/** Who asks, and for what. */
async function read(
  trace: CallTrace,
  who: (trace: CallTrace) => Promise<Authenticated | Refusal>,
  { clock, models, limits }: CallDependencies,
): Promise<(AskedCall & { readonly kind: "asked" }) | Refusal> {
  const authenticated = await who(trace);
  lap(trace, "identity", clock.nowMs());
  if (authenticated.kind === "refused") return authenticated;
  const { session, emergency, requestName, credential, signed } = authenticated;
  trace.session = session;
  // INVARIANT: only a verified call takes of its agent's budget, and nothing is done for it before it did.
  const claimed = { viewerIp: trace.request.viewerIp, credential };
  const over = limits.calls.refusalOfCall(session, claimed, clock.nowMs());
  if (over !== undefined) return over;

  const { account, partition } = partsOfRole(session.role);
  const recognition = recognise(signed, { account, partition }, models);
  lap(trace, "recognition", clock.nowMs());
  if (recognition.kind === "refused") return recognition;
  const { call } = recognition;
  trace.call = call;
  const marked = findMarker(call.parameters);
  if (marked !== undefined) return refuseMarker(marked);
  return {
    kind: "asked",
    session,
    emergency,
    call,
    signed,
    identity: identityOf(trace.request, requestName),
  };
}

/** Sent on, it would replace what it stands for. */
function refuseMarker(member: string): Refusal {
  return refuse(
    "ValidationError",
    `\`${member}\` holds a marker that stands for a value which was hidden from you: leave the member out, or send the whole value`,
  );
}

async function carryOut(
  asked: AskedCall,
  trace: CallTrace,
  dependencies: CallDependencies,
): Promise<Answered | Refusal> {
  const { clock } = dependencies;
  const decided = await decideCall(asked, trace, dependencies);
  lap(trace, "policy", clock.nowMs());
  if (decided.kind === "refused") return decided;
  if (decided.kind === "held") {
    const held = await hold(asked, decided, trace, dependencies);
    // Its session may use the role now; whether it may make this call is asked anew, and only once more.
    return held.kind === "session_approved"
      ? carryOut({ ...asked, approvedSession: true }, trace, dependencies)
      : held;
  }
  const absence = permittedAbsence(asked, trace, dependencies.policy, Math.floor(clock.nowMs() / 1_000));
  const forwarded = await forward({ ...asked, decision: decided, absence }, trace, dependencies);
  if (forwarded.kind === "refused") return forwarded;
  const { response } = forwarded.kind === "concluded" ? forwarded.concluded : forwarded;
  return { kind: "answered", response };
}
