// The API for agents, owners, auditors and administrators: from API Gateway's event to JSON. The only place that catches
// what nobody foresaw. Nothing here reaches AWS for a caller; an agent's cancellation and an administrator's orders alone
// change anything.

import { faultFields, log } from "../../boundary/log.ts";
import { refusalOfHost } from "../../ingress/gateway-host.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import { type EntranceDependencies, readEvent } from "../entrance.ts";
import { type ApiCallerDependencies, apiCaller } from "./api-caller.ts";
import { type AgentRoute, apiRouteOf } from "./api-route.ts";
import { type ExplainDependencies, explainCall } from "./explain-call.ts";
import { type ApprovalsDependencies, cancelOwn, listOwn } from "./own-approvals.ts";
import { answerProblem } from "./problem.ts";
import { loginOf, NO_PARAMETERS, type PeopleDependencies, servePeople } from "./serve-people.ts";

export interface ApiDependencies
  extends EntranceDependencies,
    ApiCallerDependencies,
    ExplainDependencies,
    ApprovalsDependencies,
    PeopleDependencies {}

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
  const asked = apiRouteOf(request);
  if ("kind" in asked) return answerProblem(asked);
  switch (asked.for) {
    case "anybody":
      return loginOf(request, dependencies);
    case "agents":
      return serveAgents(asked.route, request, dependencies);
    case "people":
      return servePeople(asked.route, request, dependencies);
  }
}

async function serveAgents(
  route: AgentRoute,
  request: WireRequest,
  dependencies: ApiDependencies,
): Promise<GatewayResponse> {
  if (request.query.length > 0) return answerProblem(NO_PARAMETERS);
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
