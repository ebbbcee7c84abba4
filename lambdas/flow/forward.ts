// Sends one permitted call: a credential that can do just this, the Intent, the request, the Outcome, the answer.
// Trusts the decision to be a permit for exactly this AwsCall. AWS is not trusted to answer, or to answer whole.

import type { Answers } from "../approval/ports.ts";
import { faultFields, log as writeLog } from "../boundary/log.ts";
import { type AwsCall, isMutating } from "../model/aws-call.ts";
import type { Obligations } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";
import type { Clock, Pause } from "../net/clock.ts";
import type { AnswerSource } from "../recognition/shard.ts";
import {
  answerNameOf,
  type CallIdentity,
  type CallKey,
  callKeyOf,
  fingerprintOf,
  nextAttempt,
} from "../recording/keys.ts";
import type { Payloads } from "../recording/payloads.ts";
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
import {
  type Concluded,
  concludeAnswer,
  concludeNotSent,
  concludeUnknown,
  type SentCall,
} from "./conclude.ts";
import { storeParameters } from "./offload.ts";

export interface ForwardDependencies {
  readonly clock: Clock;
  readonly pause: Pause;
  readonly deployment: Deployment;
  readonly log: CallLog;
  readonly payloads: Payloads;
  readonly answers: Answers;
  readonly models: AnswerSource;
  readonly maskKey: () => Promise<Uint8Array>;
  readonly credentials: CredentialSource;
  readonly sender: UpstreamSender;
}

export interface PermittedCall {
  readonly session: Session;
  /** What makes its retries the same call. */
  readonly identity: CallIdentity;
  readonly call: AwsCall;
  readonly decision: { readonly obligations: Obligations };
  /** What lets AWS say that an object is not there, instead of that it may not be read. */
  readonly absence?: AwsCall | null;
  /** What the approval that lets it run is bound to: then it runs once under that approval, whoever sends it. */
  readonly heldFingerprint?: string;
}

export type Forwarded =
  | { readonly kind: "concluded"; readonly concluded: Concluded }
  /** Not sent: this very call was answered before, and this is that answer. */
  | { readonly kind: "replayed"; readonly response: GatewayResponse }
  | Refusal;

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
  const { call, decision } = permitted;
  const signed = await signUpstream(call.upstream, call, assumed.credentials, clock.nowMs());

  // INVARIANT (R4): the intent is durable before the first upstream byte, and only its writer sends.
  const claimed = await claim(permitted, trace, dependencies);
  lap(trace, "intent", clock.nowMs());
  if (claimed.kind !== "claimed") return claimed;

  const isApproved = permitted.heldFingerprint !== undefined;
  const keep =
    isApproved || isMutating(call) ? { name: answerNameOf(claimed.key), refusals: isApproved } : null;
  return {
    kind: "concluded",
    concluded: await sendOnce(
      signed,
      { ...claimed, call, trace, keep, obligations: decision.obligations },
      dependencies,
    ),
  };
}

/** Never throws: the entry tells a fault as "nothing was sent", which is not known any more once this began. */
async function sendOnce(
  signed: SignedUpstream,
  sent: SentCall,
  dependencies: ForwardDependencies,
): Promise<Concluded> {
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

function conclude(result: SendResult, sent: SentCall, dependencies: ForwardDependencies): Promise<Concluded> {
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
  { session, call, decision, absence = null }: PermittedCall,
  { deployment, credentials }: ForwardDependencies,
): Promise<{ readonly kind: "credentials"; readonly credentials: TargetCredentials } | Refusal> {
  const narrowed = sessionPolicyFor(call, decision.obligations.scope, absence);
  if (narrowed.kind === "refused") return narrowed;
  const request = assumeRequestOf(session, narrowed.policy, deployment);
  return "kind" in request ? request : credentials.assume(request);
}

const MOST_ATTEMPTS = 20; // SDKs try 3 to 10 times under one invocation id

type Claim =
  | { readonly kind: "claimed"; readonly key: CallKey; readonly facts: RecordFacts }
  | { readonly kind: "replayed"; readonly response: GatewayResponse }
  | Refusal;

/**
 * Writes the intent under the call's key. A key that is taken means that this call, or its twin, was here before: a new
 * attempt is made only where running it again cannot do anything twice.
 */
async function claim(
  { session, identity, call, heldFingerprint }: PermittedCall,
  trace: CallTrace,
  dependencies: ForwardDependencies,
): Promise<Claim> {
  const { clock, deployment, log } = dependencies;
  const fingerprint =
    heldFingerprint ?? fingerprintOf(session.principal, session.role, call, call.upstream.body);
  // INVARIANT: what the Intent only names is stored before it, so that no call is sent whose record lacks its parameters.
  const stored = await storeParameters(factsOf(trace, deployment, clock.nowMs()), session.id, dependencies);
  if (stored.kind === "refused") return stored;
  const { facts } = stored;
  const intent = intentOf(facts);
  let key = callKeyOf(session.id, identity, fingerprint);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if ((await log.appendIntent(key, intent)) === "appended") return { kind: "claimed", key, facts };
    if (heldFingerprint !== undefined || isMutating(call)) {
      const earlier = await earlierAttempt(key, dependencies);
      if (earlier.kind !== "did_not_run") return earlier;
    }
    key = nextAttempt(key);
  }
  return refuse("Throttling", "this call was tried too often under one invocation id: make a new call");
}

// The caller's connection broke while the first try ran: its retry waits for that one's end. Within the 50 s in which an
// answer must start, and short, since the first try is most likely over.
const FOLLOW_SECONDS = 20;

/** What became of a change that was sent before: its answer, if that was kept; else nobody can say. */
async function earlierAttempt(
  key: CallKey,
  { log, answers, clock, pause }: ForwardDependencies,
): Promise<
  { readonly kind: "replayed"; readonly response: GatewayResponse } | { kind: "did_not_run" } | Refusal
> {
  for (let left = FOLLOW_SECONDS; ; left -= 1) {
    const outcome = await log.outcomeOf(key);
    if (outcome !== "none" && !outcome.mayHaveRun) return { kind: "did_not_run" };
    const response = await answers.find(answerNameOf(key), Math.floor(clock.nowMs() / 1_000));
    if (response !== undefined) return { kind: "replayed", response };
    // The answer is kept beside the outcome: once that stands, no answer comes any more that matters.
    if (outcome !== "none" || left <= 0) {
      return refuse(
        "RequestInDoubt",
        "this very call was sent before and may have been carried out: look at its result before you make a new one",
      );
    }
    await pause(1_000);
  }
}

/** Unsigned by botocore, and safe all the same: it only ever de-duplicates within its own session and fingerprint (R3). */
export function identityOf(request: WireRequest, requestName: string): CallIdentity {
  const id = singleHeader(request.headers, "amz-sdk-invocation-id");
  return id === undefined || id === ""
    ? { kind: "signature", signature: requestName }
    : { kind: "invocation", id };
}
