// Builds the records of people: of a look and of an order. Pure: facts in, nouns out. Trusts that the reader was verified;
// what was asked came from outside, and is bounded and of printable ASCII before it stands in a record.

import { type Order, type OrderTarget, RECORD_VERSION, type Reader, type Reading } from "../model/record.ts";
import type { WireRequest } from "../model/wire-request.ts";

const MAX_USER_AGENT_CHARACTERS = 1_024;

export interface PeopleFacts {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly reader: Reader;
  readonly gatewayRequestId: string;
}

export function readingOf(
  facts: PeopleFacts,
  request: Pick<WireRequest, "method" | "path" | "query">,
): Reading {
  return { phase: "READ", ...baseOf(facts), asked: askedOf(request) };
}

export function orderOf(
  facts: PeopleFacts,
  { order, target, reason }: { order: Order["order"]; target: OrderTarget; reason: string },
): Order {
  return { phase: "ORDER", ...baseOf(facts), order, target, reason };
}

/** As much of a user agent as a record takes. */
export function boundedUserAgent(userAgent: string): string {
  return userAgent.slice(0, MAX_USER_AGENT_CHARACTERS);
}

/** Ingress let 8 KB of URL pass. The query is encoded anew, so that whatever it holds stays on its line. */
function askedOf({ method, path, query }: Pick<WireRequest, "method" | "path" | "query">): string {
  const parameters = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return `${method} ${path}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`;
}

function baseOf({ atMs, reader, gatewayRequestId }: PeopleFacts): Omit<Reading, "phase" | "asked"> {
  return { version: RECORD_VERSION, at: new Date(atMs).toISOString(), reader, gatewayRequestId };
}
