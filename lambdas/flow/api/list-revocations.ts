// What is revoked now. Three sources, since none alone is whole: the index of what orders of this API revoked (it lags by
// moments), everything at once with all configured roles and agents (asked for by name, so never late), and the markers
// themselves, which alone say what is in force. Records of orders are not asked: they end with their retention, and a
// revocation does not.

import { faultFields, log } from "../../boundary/log.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import type { OrderTarget } from "../../model/record.ts";
import { refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import { type LookDependencies, notAnOwners, refusalOfLook } from "./look.ts";
import type { Markers } from "./ports.ts";
import { answerJson, answerProblem } from "./problem.ts";
import { type KnownReader, nameOf } from "./reader.ts";

export interface RevocationsDependencies extends Pick<LookDependencies, "clock" | "peopleLog"> {
  readonly deployment: Deployment;
  readonly markers: Pick<Markers, "inForce" | "listed">;
}

/** `GET /api/revocations`. */
export async function listRevocations(
  request: WireRequest,
  known: KnownReader,
  dependencies: RevocationsDependencies,
): Promise<GatewayResponse> {
  if (known.agents !== null) return answerProblem(notAnOwners());
  const unrecorded = await refusalOfLook(request, known, dependencies);
  if (unrecorded !== undefined) return answerProblem(unrecorded);
  const { markers, deployment } = dependencies;
  try {
    const { targets, complete } = await markers.listed();
    const candidates = distinct([...configured(deployment), ...targets]);
    const revocations = (await markers.inForce(candidates)).map(({ target, marker }) => ({
      target: target.kind,
      id: target.id,
      by: marker?.by ?? null,
      at: marker?.at ?? null,
      reason: marker?.reason ?? null,
      order: marker?.order ?? null,
    }));
    return answerJson(200, { revocations, complete });
  } catch (error) {
    log({ event: "fault", requestId: request.gatewayRequestId, fault: faultFields(error) });
    return answerProblem(refuse("ServiceUnavailable", "the revocations cannot be read now: try again"));
  }
}

function configured({ roles, agents }: Deployment): readonly OrderTarget[] {
  return [
    { kind: "everything", id: null },
    ...roles.map(({ arn }) => ({ kind: "role", id: arn }) as const),
    ...agents.map((agent) => ({ kind: "agent", id: nameOf(agent) }) as const),
  ];
}

function distinct(targets: readonly OrderTarget[]): readonly OrderTarget[] {
  return [...new Map(targets.map((target) => [`${target.kind} ${target.id}`, target])).values()];
}
