// From API Gateway's event to an answer: reads the event, picks the flow by the route, and turns every fault into a
// refusal (R7). This is the only place that catches what nobody foresaw.

import { faultFields, log } from "../boundary/log.ts";
import { respondRefusal, respondUnreadable } from "../boundary/respond.ts";
import { hostOf, refusePrefix } from "../ingress/gateway-host.ts";
import { refuseRoute, routeOf } from "../ingress/route.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { bearerCall } from "./bearer.ts";
import { type CallDependencies, call } from "./call.ts";
import { startTrace } from "./call-trace.ts";
import { type EntranceDependencies, readEvent } from "./entrance.ts";
import { containerCredentials, type ExchangeDependencies, exchange } from "./exchange.ts";
import { answerRefusal } from "./refuse.ts";

export interface ServeDependencies extends CallDependencies, ExchangeDependencies, EntranceDependencies {}

const FAULT = refuse("InternalFailure", "the gateway could not serve this request; nothing was sent on");

export async function serve(event: unknown, dependencies: ServeDependencies): Promise<GatewayResponse> {
  const parsed = await readEvent(event, dependencies).catch(fault);
  if (parsed.kind === "refused") return respondUnreadable(parsed, requestIdOf(event));
  const { request } = parsed;
  try {
    return await route(request, dependencies);
  } catch (error) {
    log({ event: "fault", requestId: request.gatewayRequestId, fault: faultFields(error) });
    return refused(FAULT, request, dependencies).catch(() => respondRefusal(FAULT, request));
  }
}

function fault(error: unknown): typeof FAULT {
  log({ event: "fault", fault: faultFields(error) });
  return FAULT;
}

async function route(arrived: WireRequest, dependencies: ServeDependencies): Promise<GatewayResponse> {
  // INVARIANT: first of all. A bucket in front of the gateway's name is not in the path: read without it, the call would
  // be another one, and its signature would still hold.
  const host = hostOf(arrived, await dependencies.publicUrl());
  if (host.kind === "refused") return refused(host, arrived, dependencies);
  const request = { ...arrived, hostPrefix: host.prefix };
  const path = routeOf(request);
  // INVARIANT: a prefix counts only where the host is always signed.
  if (host.prefix !== "" && path !== "call") return refused(refusePrefix(), request, dependencies);
  switch (path) {
    case "exchange":
      return exchange(request, dependencies);
    case "container-credentials":
      return containerCredentials(request, dependencies);
    case "bearer":
      return bearerCall(request, dependencies);
    case "call":
      return call(request, dependencies);
    default:
      return refused(refuseRoute(path), request, dependencies);
  }
}

function refused(
  refusal: Refusal,
  request: WireRequest,
  dependencies: ServeDependencies,
): Promise<GatewayResponse> {
  return answerRefusal(refusal, startTrace(request, dependencies.clock.nowMs()), dependencies);
}

/** For the answer to an event that could not be read: API Gateway's own id if it is there, else nothing. */
function requestIdOf(event: unknown): string {
  const context = (event as { requestContext?: { requestId?: unknown } } | null)?.requestContext;
  return typeof context?.requestId === "string" ? context.requestId : "";
}
