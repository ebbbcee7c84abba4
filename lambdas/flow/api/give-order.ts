// An administrator's order to revoke, or to lift a revocation: recorded with who and why, then in force. It is the marker
// that stops the next call, exchange and approved execution (aws/session-store.ts); here it is only written and removed.
// Each may be repeated: the same order twice is two records and one marker.

import { faultFields, log } from "../../boundary/log.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { parseSessionId } from "../../model/ids.ts";
import type { Order, OrderTarget } from "../../model/record.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { Clock } from "../../net/clock.ts";
import { orderOf } from "../../recording/people-records.ts";
import type { PeopleLog, SessionRecords } from "../../recording/ports.ts";
import { type OrderBody, parseOrderBody } from "./order-body.ts";
import type { Markers } from "./ports.ts";
import { answerJson, answerProblem } from "./problem.ts";
import type { KnownReader } from "./reader.ts";

export interface OrderDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly peopleLog: PeopleLog;
  readonly sessionRecords: Pick<SessionRecords, "opening">;
  readonly markers: Markers;
}

/** `POST /api/revocations` and `/api/revocations/lift`. */
export async function giveOrder(
  order: "revoke" | "restore",
  request: WireRequest,
  known: KnownReader,
  dependencies: OrderDependencies,
): Promise<GatewayResponse> {
  const asked = orderAskedFor(request, known, parseOrderBody);
  if (asked.kind === "refused") return answerProblem(asked);
  const misses = order === "revoke" ? await whatMisses(asked.target, dependencies) : undefined;
  if (misses !== undefined) return answerProblem(misses);
  const recorded = await recordOrder({ ...asked, order }, request, known, dependencies);
  if (recorded.kind === "refused") return answerProblem(recorded);
  // INVARIANT: it takes effect after its record, never without.
  const failed = await takeEffect(recorded.order, dependencies.markers);
  return failed === undefined ? answerJson(200, { order: recorded.order }) : answerProblem(failed);
}

/** What an administrator asks for; anybody else is refused before the body is read. */
export function orderAskedFor(
  request: WireRequest,
  { reader }: KnownReader,
  parse: typeof parseOrderBody,
): OrderBody | Refusal {
  if (reader.as !== "administrator") return refuse("AccessDenied", "only administrators give orders");
  return parse(request);
}

/** The order, recorded. Refuses with `ServiceUnavailable` when it could not be: then nothing was ordered. */
export async function recordOrder(
  { order, target, reason }: Pick<Order, "order" | "target" | "reason">,
  { gatewayRequestId }: Pick<WireRequest, "gatewayRequestId">,
  { reader }: KnownReader,
  { clock, peopleLog }: Pick<OrderDependencies, "clock" | "peopleLog">,
): Promise<{ readonly kind: "recorded"; readonly order: Order } | Refusal> {
  const made = orderOf({ atMs: clock.nowMs(), reader, gatewayRequestId }, { order, target, reason });
  try {
    await peopleLog.appendOrder(made);
    return { kind: "recorded", order: made };
  } catch (error) {
    log({ event: "fault", requestId: gatewayRequestId, fault: faultFields(error) });
    return refuse(
      "ServiceUnavailable",
      "the order could not be recorded, so nothing was changed: it is safe to repeat it",
    );
  }
}

/** Refuses a session that never opened here. Records that cannot be read now must not stop an order. */
export async function refusalOfSession(
  id: string | null,
  { sessionRecords }: Pick<OrderDependencies, "sessionRecords">,
  member: "id" | "session" = "id",
): Promise<Refusal | undefined> {
  const session = parseSessionId(id ?? "");
  const opening = session === undefined ? undefined : await sessionRecords.opening(session).catch(() => null);
  return opening === undefined ? nothingOrdered("is of no session that was opened here", member) : undefined;
}

async function takeEffect(order: Order, markers: Markers): Promise<Refusal | undefined> {
  const { target, reader, at, reason, gatewayRequestId } = order;
  try {
    if (order.order === "restore") await markers.remove(target);
    else await markers.put(target, { by: reader.name, at, reason, order: gatewayRequestId });
    return undefined;
  } catch (error) {
    log({ event: "fault", requestId: gatewayRequestId, fault: faultFields(error) });
    const state = order.order === "restore" ? "the revocation may still be" : "the revocation may not be";
    return refuse(
      "ServiceUnavailable",
      `the order is recorded as \`${gatewayRequestId}\`, but ${state} in force: repeat the order, which is safe`,
    );
  }
}

/**
 * A slip of the pen would revoke nothing, and whoever ordered it would believe otherwise. Only of what is to be revoked: a
 * marker must be lifted whatever has left the configuration meanwhile.
 */
async function whatMisses(
  { kind, id }: OrderTarget,
  { deployment, sessionRecords }: OrderDependencies,
): Promise<Refusal | undefined> {
  const { issuers, roles, readers } = deployment;
  if (kind === "role" && !roles.some(({ arn }) => arn === id)) {
    return nothingOrdered("is no role of this deployment");
  }
  const names = [...issuers, ...(readers === null ? [] : [readers])].map(({ issuer }) => issuer);
  if (kind === "agent" && !names.some((issuer) => id?.startsWith(`${issuer}|`))) {
    return nothingOrdered("is of an issuer that is not configured here");
  }
  return kind === "session" ? refusalOfSession(id, { sessionRecords }) : undefined;
}

function nothingOrdered(what: string, member = "id"): Refusal {
  return refuse("ValidationError", `\`${member}\` ${what}: nothing was ordered`);
}
