// From API Gateway's event to an answer: reads the event, picks the flow by the route, and turns every fault into a
// refusal (R7). This is the only place that catches what nobody foresaw.

import { faultFields, log } from "../boundary/log.ts";
import { respondRefusal, respondUnreadable } from "../boundary/respond.ts";
import { refusalOfHost } from "../ingress/gateway-host.ts";
import { type EdgeSettings, parseEvent } from "../ingress/parse-event.ts";
import { refuseRoute, routeOf } from "../ingress/route.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { bearerCall } from "./bearer.ts";
import { type CallDependencies, call } from "./call.ts";
import { startTrace } from "./call-trace.ts";
import { containerCredentials, type ExchangeDependencies, exchange } from "./exchange.ts";
import { answerRefusal } from "./refuse.ts";

interface OriginSecrets {
  /** The secrets that count now. @throws when none can be read. */
  accepted(): Promise<readonly string[]>;
  /** After a mismatch: reads again, unless that was tried just now. */
  acceptedAfterMismatch(): Promise<readonly string[]>;
}

export interface ServeDependencies extends CallDependencies, ExchangeDependencies {
  /** Where this gateway is reached: the host that requests must name. Asked at each request, so it must be cached. */
  readonly publicUrl: () => Promise<string>;
  readonly originSecrets: OriginSecrets;
  readonly apiStage: string;
}

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

async function readEvent(
  event: unknown,
  dependencies: ServeDependencies,
): Promise<ReturnType<typeof parseEvent>> {
  const { originSecrets, apiStage, publicUrl } = dependencies;
  const settings = (secrets: readonly string[]): EdgeSettings => ({
    stage: apiStage,
    originSecrets: secrets,
  });
  // Both at once: in a cold function each is a request to AWS.
  const [accepted, gatewayUrl] = await Promise.all([originSecrets.accepted(), publicUrl()]);
  const parsed = parseEvent(event, settings(accepted));
  if (parsed.kind === "request" || parsed.code !== "AccessDenied") return parsed;
  // The origin secret may have been replaced since it was read.
  const again = parseEvent(event, settings(await originSecrets.acceptedAfterMismatch()));
  if (again.kind === "request" || again.code !== "AccessDenied") return again;
  return refuse(again.code, `${again.message} (${gatewayUrl}/aws)`);
}

async function route(request: WireRequest, dependencies: ServeDependencies): Promise<GatewayResponse> {
  // INVARIANT: first of all. A bucket in front of the gateway's name is not in the path: read without it, the call would
  // be another one, and its signature would still hold.
  const misdirected = refusalOfHost(request, await dependencies.publicUrl());
  if (misdirected !== undefined) return refused(misdirected, request, dependencies);
  const path = routeOf(request);
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
