// Decides whether one pair of API Gateway's maps (single-value and multi-value) says one thing, and returns the
// multi-value one. Trusts nothing but that both come from JSON. What the names mean is left to the caller.

import { type Refusal, refuse } from "../model/refusal.ts";

/** Names as they arrived, to their values in order. A Map, since the names are the attacker's. */
export type EventMap = ReadonlyMap<string, readonly string[]>;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads the multi-value map; the single-value map holds one of each name's values (API Gateway keeps the last) and is
 * only compared. `null` and absence mean "none". Refuses odd types, empty lists and any contradiction.
 */
export function parseEventMap(
  single: unknown,
  multi: unknown,
  what: "headers" | "query",
): { readonly kind: "map"; readonly map: EventMap } | Refusal {
  const map = parseMulti(multi);
  if (map === undefined || !agrees(single, map)) {
    return refuse("InvalidRequest", `the ${what} of the request cannot be read without doubt`);
  }
  return { kind: "map", map };
}

function parseMulti(multi: unknown): EventMap | undefined {
  const map = new Map<string, readonly string[]>();
  if (multi === null || multi === undefined) return map;
  if (!isRecord(multi)) return undefined;
  for (const [name, values] of Object.entries(multi)) {
    if (!Array.isArray(values) || values.length === 0) return undefined;
    if (!values.every((value) => typeof value === "string")) return undefined;
    map.set(name, values);
  }
  return map;
}

function agrees(single: unknown, multi: EventMap): boolean {
  if (single === null || single === undefined) return true;
  if (!isRecord(single)) return false;
  const entries = Object.entries(single);
  if (entries.length !== multi.size) return false;
  return entries.every(
    ([name, value]) => typeof value === "string" && multi.get(name)?.includes(value) === true,
  );
}
