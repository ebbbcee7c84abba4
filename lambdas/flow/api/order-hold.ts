// An administrator's order to hold a session, or to release it: recorded with who and why, then carried out. A hold that is
// placed goes on copying by itself; a release that time cut short says so, and is repeated.

import { faultFields, log } from "../../boundary/log.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { parseSessionId } from "../../model/ids.ts";
import type { Order } from "../../model/record.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import { type OrderDependencies, orderAskedFor, recordOrder, refusalOfSession } from "./give-order.ts";
import { parseHoldBody } from "./order-body.ts";
import type { LegalHolds } from "./ports.ts";
import { answerJson, answerProblem, notFound, type Problem } from "./problem.ts";
import type { KnownReader } from "./reader.ts";

export interface HoldOrderDependencies
  extends Pick<OrderDependencies, "clock" | "peopleLog" | "sessionRecords"> {
  /** `null` where nothing can be held. */
  readonly holds: LegalHolds | null;
}

/** Of the function's and the edge's 60 s; what is not copied by then is copied later. */
const ORDER_MS = 40_000;

/** `POST /api/holds` and `/api/holds/release`. */
export async function orderHold(
  order: "hold" | "release",
  request: WireRequest,
  known: KnownReader,
  dependencies: HoldOrderDependencies,
): Promise<GatewayResponse> {
  const { holds } = dependencies;
  if (holds === null) return answerProblem(notFound());
  const asked = orderAskedFor(request, known, parseHoldBody);
  if (asked.kind === "refused") return answerProblem(asked);
  const misses = await refusalOfSession(asked.target.id, dependencies, "session");
  if (misses !== undefined) return answerProblem(misses);
  const recorded = await recordOrder({ ...asked, order }, request, known, dependencies);
  if (recorded.kind === "refused") return answerProblem(recorded);
  // INVARIANT: it is carried out after its record, never without.
  const untilMs = dependencies.clock.nowMs() + ORDER_MS;
  const done = await carriedOut(recorded.order, holds, untilMs).catch((error: unknown) => {
    log({ event: "fault", requestId: request.gatewayRequestId, fault: faultFields(error) });
    return unknownHowFar(recorded.order);
  });
  return done.kind === "done"
    ? answerJson(200, { order: recorded.order, ...done.told })
    : answerProblem(done);
}

type Done = { readonly kind: "done"; readonly told: object };

async function carriedOut(
  order: Order,
  holds: LegalHolds,
  untilMs: number,
): Promise<Done | Refusal | Problem> {
  const session = parseSessionId(order.target.id ?? "");
  if (session === undefined) return notFound();
  if (order.order === "hold") {
    const placed = await holds.place(session, untilMs);
    return placed.kind === "unknown" ? notFound() : { kind: "done", told: { copied: placed.copied } };
  }
  const released = await holds.release(session, untilMs);
  if (released.kind === "not_held") {
    const message = "the session is not under hold: the order is recorded, and changed nothing";
    return { kind: "problem", status: 409, code: "Conflict", message };
  }
  return released.whole ? { kind: "done", told: { released: released.objects } } : unknownHowFar(order);
}

function unknownHowFar({ order, gatewayRequestId }: Order): Refusal {
  const state = order === "hold" ? "the session may not be held" : "some of its copies may still be held";
  return refuse(
    "ServiceUnavailable",
    `the order is recorded as \`${gatewayRequestId}\`, but ${state}: repeat the order, which is safe`,
  );
}
