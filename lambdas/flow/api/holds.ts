// Orders about legal holds: `POST /api/holds` and `POST /api/holds/release`, `{"session", "reason"}`. Only an administrator
// gives them, and each is on record in its session before it takes effect. What was not wholly carried out says so.

import type { GatewayResponse } from "../../model/gateway-response.ts";
import { parseSessionId, type SessionId } from "../../model/ids.ts";
import type { Order, Reader } from "../../model/record.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import { type HoldDependencies, placeHold, releaseHold } from "../legal-hold.ts";
import { answerJson, answerProblem, notFound } from "./problem.ts";

/** Writes the record of the order. @throws when it is not known to be stored: nothing takes effect then */
type RecordOrder = (order: Pick<Order, "order" | "target" | "reason">) => Promise<Order>;

export interface HoldOrderDependencies extends HoldDependencies {
  readonly recordOrder: RecordOrder;
}

const MAX_REASON = 1_000;
const WITHIN_MS = 15_000; // of the function's 30 s; the next look goes on

export async function orderHold(
  reader: Reader,
  body: unknown,
  dependencies: HoldOrderDependencies,
): Promise<GatewayResponse> {
  const asked = askedOf(reader, body);
  if (asked.kind === "refused") return answerProblem(asked);
  const { session, reason } = asked;
  if ((await dependencies.records.expiryOf(session)) === "unknown") return answerProblem(notFound());
  const target = { kind: "session", id: session } as const;
  const order = await dependencies.recordOrder({ order: "hold", target, reason });
  const placed = await placeHold(session, dependencies.clock.nowMs() + WITHIN_MS, dependencies);
  if (placed.kind === "unknown") return answerProblem(notFound());
  const { whole, missing } = placed.copied;
  return answerJson(200, { order, hold: { ...placed.copied, complete: whole && missing.length === 0 } });
}

export async function orderRelease(
  reader: Reader,
  body: unknown,
  dependencies: HoldOrderDependencies,
): Promise<GatewayResponse> {
  const asked = askedOf(reader, body);
  if (asked.kind === "refused") return answerProblem(asked);
  const { session, reason } = asked;
  if ((await dependencies.marks.find(session)) === undefined) return answerProblem(notFound());
  const target = { kind: "session", id: session } as const;
  const order = await dependencies.recordOrder({ order: "release", target, reason });
  const released = await releaseHold(session, dependencies.clock.nowMs() + WITHIN_MS, dependencies);
  if (released.kind === "not_held") return answerProblem(notFound());
  const { objects, whole: complete } = released;
  return answerJson(200, { order, release: { objects, complete } });
}

interface Asked {
  readonly kind: "asked";
  readonly session: SessionId;
  readonly reason: string;
}

function askedOf(reader: Reader, body: unknown): Asked | Refusal {
  if (reader.as !== "administrator") return refuse("AccessDenied", "only administrators give orders");
  if (typeof body !== "object" || body === null) return malformed();
  const { session, reason, ...more } = body as Record<string, unknown>;
  const id = typeof session === "string" ? parseSessionId(session) : undefined;
  const isReason = typeof reason === "string" && reason.trim() !== "" && reason.length <= MAX_REASON;
  if (id === undefined || !isReason || Object.keys(more).length > 0) return malformed();
  return { kind: "asked", session: id, reason };
}

function malformed(): Refusal {
  return refuse(
    "ValidationError",
    "the body is `session`, the id of a session, and `reason`, 1 to 1,000 characters, and nothing else",
  );
}
