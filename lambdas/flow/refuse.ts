// Answers a refusal and records it: one Outcome without Intent (R4). A refusal that cannot be recorded stays a refusal,
// so a failed write is logged and changes nothing for the caller. What anybody can cause without end is sampled: the next
// record says how many were only counted (ingress/record-limits.ts).

import { errorFormOf, errorNameOf } from "../boundary/error-forms.ts";
import { faultFields, log } from "../boundary/log.ts";
import { respondRefusal } from "../boundary/respond.ts";
import type { Deployment } from "../model/deployment.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import type { Refusal } from "../model/refusal.ts";
import type { Clock } from "../net/clock.ts";
import type { CallLog } from "../recording/ports.ts";
import { largeParameters, outcomeOf, type RecordFacts } from "../recording/records.ts";
import { type CallTrace, factsOf } from "./call-trace.ts";
import type { FlowLimits } from "./limits.ts";
import { type OffloadDependencies, withParameters } from "./offload.ts";

export interface RefuseDependencies extends OffloadDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly log: CallLog;
  readonly limits: FlowLimits;
}

export async function answerRefusal(
  refusal: Refusal,
  trace: CallTrace,
  dependencies: RefuseDependencies,
): Promise<GatewayResponse> {
  const { request } = trace;
  const unrecorded = admitted(refusal, trace, dependencies);
  if (unrecorded === undefined) return respondRefusal(refusal, request);
  const { status, name } = errorNameOf(refusal.code, errorFormOf(request));
  const facts = await withLargeParameters(refusal, trace, dependencies);
  const outcome = outcomeOf(facts, {
    ending: "refused",
    status,
    code: name,
    awsRequestId: null,
    mayHaveRun: false,
    latency: trace.latency,
    responseDigest: null,
    responseBytes: null,
    ...(unrecorded > 0 && { unrecorded }),
  });
  try {
    await dependencies.log.appendRefusal(outcome);
  } catch (error) {
    log({ event: "fault", requestId: request.gatewayRequestId, fault: faultFields(error) });
  }
  return respondRefusal(refusal, request);
}

/**
 * Large parameters of what was refused are stored too, if they can be: for an agent that is known, so many a minute, and
 * not for one that is throttled. A refusal neither waits nor fails for them: the digest then stands for the parameters.
 */
async function withLargeParameters(
  { code }: Refusal,
  trace: CallTrace,
  dependencies: RefuseDependencies,
): Promise<RecordFacts> {
  const { clock, deployment, limits } = dependencies;
  const facts = factsOf(trace, deployment, clock.nowMs());
  const { session } = trace;
  if (session === null || code === "Throttling" || largeParameters(facts) === undefined) return facts;
  if (!limits.records.admitPayload(session.principal, clock.nowMs())) return facts;
  try {
    return await withParameters(facts, session.id, dependencies);
  } catch (error) {
    log({ event: "fault", requestId: facts.gatewayRequestId, fault: faultFields(error) });
    return facts;
  }
}

/** How many refusals went unrecorded before this one, or `undefined` when this one is only counted too. */
function admitted(
  { code }: Refusal,
  { request, session }: CallTrace,
  { clock, limits }: RefuseDependencies,
): number | undefined {
  if (session === null) return limits.records.admitStranger(request.viewerIp, clock.nowMs());
  return code === "Throttling" ? limits.records.admitThrottled(session.principal, clock.nowMs()) : 0;
}
