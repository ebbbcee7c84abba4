// The part of the API that people use: who it is, then what they ask for. Where nobody reads by the API, none of it is there.

import type { GatewayResponse } from "../../model/gateway-response.ts";
import { refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { PeopleRoute } from "./api-route.ts";
import { giveOrder, type OrderDependencies } from "./give-order.ts";
import { listRevocations, type RevocationsDependencies } from "./list-revocations.ts";
import { type LookDependencies, lookAtSession, lookFor } from "./look.ts";
import { type LookAtPayloadDependencies, lookAtPayload } from "./look-at-payload.ts";
import { type HoldOrderDependencies, orderHold } from "./order-hold.ts";
import { answerJson, answerProblem, notFound } from "./problem.ts";
import { type ReaderDependencies, readerOf } from "./reader.ts";

export interface PeopleDependencies
  extends ReaderDependencies,
    LookAtPayloadDependencies,
    OrderDependencies,
    HoldOrderDependencies,
    RevocationsDependencies {
  readonly markers: OrderDependencies["markers"];
  readonly sessionRecords: LookDependencies["sessionRecords"];
}

export async function servePeople(
  route: PeopleRoute,
  request: WireRequest,
  dependencies: PeopleDependencies,
): Promise<GatewayResponse> {
  if (dependencies.deployment.readers === null) return answerProblem(notFound());
  // INVARIANT: no parameter or body is parsed and nothing is looked up for somebody who is not known.
  const known = await readerOf(request, dependencies);
  if (known.kind === "refused") return answerProblem(known);
  if (route.kind === "records") return lookFor(route.of, request, known, dependencies);
  if (route.kind === "session") return lookAtSession(route.idText, request, known, dependencies);
  if (request.query.length > 0) return answerProblem(NO_PARAMETERS);
  if (route.kind === "payload") return lookAtPayload(route, request, known, dependencies);
  if (route.kind === "revocations") return listRevocations(request, known, dependencies);
  if (route.kind === "hold") return orderHold(route.order, request, known, dependencies);
  return giveOrder(route.order, request, known, dependencies);
}

/** `GET /api/login`: where people sign in, for whoever asks. Nothing of it is secret. */
export function loginOf(
  request: WireRequest,
  { deployment: { readers } }: Pick<PeopleDependencies, "deployment">,
): GatewayResponse {
  if (request.query.length > 0) return answerProblem(NO_PARAMETERS);
  if (readers === null) return answerProblem(notFound());
  return answerJson(200, { issuer: readers.issuer, clientId: readers.clientId });
}

export const NO_PARAMETERS = refuse("ValidationError", "nothing here has query parameters: leave them out");
