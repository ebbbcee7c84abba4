// The API for agents and administrators: from API Gateway's event to JSON. The only place that catches what nobody
// foresaw. Nothing here reaches AWS for a caller, and nothing but a cancellation changes anything.

import { faultFields, log } from "../../boundary/log.ts";
import { refusalOfHost } from "../../ingress/gateway-host.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import { type EntranceDependencies, readEvent } from "../entrance.ts";
import { type ApiCallerDependencies, apiCaller } from "./api-caller.ts";
import { apiRouteOf } from "./api-route.ts";
import { type ExplainDependencies, explainCall } from "./explain-call.ts";
import { type ApprovalsDependencies, cancelOwn, listOwn } from "./own-approvals.ts";
import { answerProblem } from "./problem.ts";

export interface ApiDependencies
  extends EntranceDependencies,
    ApiCallerDependencies,
    ExplainDependencies,
    ApprovalsDependencies {}

const FAULT = refuse("InternalFailure", "the gateway could not serve this request; nothing was changed");

export async function serveApi(event: unknown, dependencies: ApiDependencies): Promise<GatewayResponse> {
  try {
    const parsed = await readEvent(event, dependencies);
    return parsed.kind === "refused"
      ? answerProblem(parsed)
      : await serveRequest(parsed.request, dependencies);
  } catch (error) {
    log({ event: "fault", fault: faultFields(error) });
    return answerProblem(FAULT);
  }
}

async function serveRequest(request: WireRequest, dependencies: ApiDependencies): Promise<GatewayResponse> {
  const misdirected = refusalOfHost(request, await dependencies.publicUrl());
  if (misdirected !== undefined) return answerProblem(misdirected);
  const route = apiRouteOf(request);
  if (route.kind === "problem") return answerProblem(route);
  if (request.query.length > 0) {
    return answerProblem(refuse("ValidationError", "nothing here has query parameters: leave them out"));
  }
  // INVARIANT: no body is parsed and nothing is looked up for somebody who is not known.
  const caller = await apiCaller(request, dependencies);
  if (caller.kind === "refused") return answerProblem(caller);
  switch (route.kind) {
    case "explain":
      return explainCall(request, caller, dependencies);
    case "approvals":
      return listOwn(caller, dependencies);
    case "cancel":
      return cancelOwn(route.idText, request, caller, dependencies);
  }
}
