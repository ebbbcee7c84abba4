// Sends one permitted call: a credential that can do just this, the Intent, the request, the Outcome, the answer.
// Trusts the decision to be a permit for exactly this AwsCall. AWS is not trusted to answer, or to answer whole.

import { faultFields, log as writeLog } from "../boundary/log.ts";
import { type AwsCall, isMutating } from "../model/aws-call.ts";
import type { Obligations } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";
import type { Clock } from "../net/clock.ts";
import { type CallIdentity, type CallKey, callKeyOf, fingerprintOf, nextAttempt } from "../recording/keys.ts";
import type { CallLog } from "../recording/ports.ts";
import { intentOf, type RecordFacts } from "../recording/records.ts";
import {
  type CredentialSource,
  SEND_LIMITS,
  type SendResult,
  type UpstreamSender,
} from "../upstream/ports.ts";
import { sessionPolicyFor } from "../upstream/session-policy.ts";
import { type SignedUpstream, signUpstream, type TargetCredentials } from "../upstream/sign-upstream.ts";
import { assumeRequestOf } from "./assume-request.ts";
import { type CallTrace, factsOf, lap } from "./call-trace.ts";
import { concludeAnswer, concludeNotSent, concludeUnknown, type SentCall } from "./conclude.ts";

export interface ForwardDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly log: CallLog;
  readonly credentials: CredentialSource;
  readonly sender: UpstreamSender;
}

export interface PermittedCall {
  readonly session: Session;
  /** Tells this request from its twins where no invocation id came. */
  readonly requestName: string;
  readonly call: AwsCall;
  readonly decision: { readonly obligations: Obligations };
}

export type Forwarded = { readonly kind: "answered"; readonly response: GatewayResponse } | Refusal;

export async function forward(
  permitted: PermittedCall,
  trace: CallTrace,
  dependencies: ForwardDependencies,
): Promise<Forwarded> {
  const { clock } = dependencies;
  const assumed = await credentialsFor(permitted, dependencies);
  lap(trace, "credentials", clock.nowMs());
  if (assumed.kind === "refused") return assumed;

  // Signed before the intent: a request that cannot be signed is a fault of ours and must leave no intent behind.
  const { call } = permitted;
  const signed = await signUpstream(call.upstream, call, assumed.credentials, clock.nowMs());

  // INVARIANT (R4): the intent is durable before the first upstream byte, and only its writer sends.
  const claimed = await claim(permitted, trace, dependencies);
  lap(trace, "intent", clock.nowMs());
  if (claimed.kind === "refused") return claimed;

  const sent = { ...claimed, call, trace };
  return { kind: "answered", response: await sendOnce(signed, sent, dependencies) };
}

/** Never throws: the entry tells a fault as "nothing was sent", which is not known any more once this began. */
async function sendOnce(
  signed: SignedUpstream,
  sent: SentCall,
  dependencies: ForwardDependencies,
): Promise<GatewayResponse> {
  const { clock, sender } = dependencies;
  try {
    const result = await sender.send(signed, SEND_LIMITS);
    lap(sent.trace, "upstream", clock.nowMs());
    return await conclude(result, sent, dependencies);
  } catch (error) {
    writeLog({ event: "fault", requestId: sent.trace.request.gatewayRequestId, fault: faultFields(error) });
    return concludeUnknown(sent, dependencies);
  }
}

function conclude(
  result: SendResult,
  sent: SentCall,
  dependencies: ForwardDependencies,
): Promise<GatewayResponse> {
  switch (result.kind) {
    case "answer":
      return concludeAnswer(result, sent, dependencies);
    case "not_sent":
      return concludeNotSent(sent, dependencies);
    case "unknown":
      return concludeUnknown(sent, dependencies);
  }
}

async function credentialsFor(
  { session, call, decision }: PermittedCall,
  { deployment, credentials }: ForwardDependencies,
): Promise<{ readonly kind: "credentials"; readonly credentials: TargetCredentials } | Refusal> {
  const narrowed = sessionPolicyFor(call, decision.obligations.scope);
  if (narrowed.kind === "refused") return narrowed;
  const request = assumeRequestOf(session, narrowed.policy, deployment);
  return "kind" in request ? request : credentials.assume(request);
}

const MOST_ATTEMPTS = 20; // SDKs try 3 to 10 times under one invocation id

/**
 * Writes the intent under the call's key. A key that is taken means that this call, or its twin, was here before: a new
 * attempt is made only where running it again cannot do anything twice.
 */
async function claim(
  { session, requestName, call }: PermittedCall,
  trace: CallTrace,
  { clock, deployment, log }: ForwardDependencies,
): Promise<{ readonly kind: "claimed"; readonly key: CallKey; readonly facts: RecordFacts } | Refusal> {
  const fingerprint = fingerprintOf(session.principal, session.role, call, call.upstream.body);
  const facts = factsOf(trace, deployment, clock.nowMs());
  const intent = intentOf(facts);
  let key = callKeyOf(session.id, identityOf(trace.request, requestName), fingerprint);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if ((await log.appendIntent(key, intent)) === "appended") return { kind: "claimed", key, facts };
    if (isMutating(call) && (await mayHaveRun(key, log))) {
      return refuse(
        "RequestInDoubt",
        "this very call was sent before and may have been carried out: look at its result before you make a new one",
      );
    }
    key = nextAttempt(key);
  }
  return refuse("Throttling", "this call was tried too often under one invocation id: make a new call");
}

async function mayHaveRun(key: CallKey, log: CallLog): Promise<boolean> {
  const outcome = await log.outcomeOf(key);
  return outcome === "none" || outcome.mayHaveRun;
}

/** Unsigned by botocore, and safe all the same: it only ever de-duplicates within its own session and fingerprint (R3). */
function identityOf(request: WireRequest, requestName: string): CallIdentity {
  const id = singleHeader(request.headers, "amz-sdk-invocation-id");
  return id === undefined || id === ""
    ? { kind: "signature", signature: requestName }
    : { kind: "invocation", id };
}
