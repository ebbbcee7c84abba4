// Says where in the total order of records a search goes on, and writes it as a cursor. A cursor holds a place and the hash
// of the search that it came from, nothing secret and nothing that is trusted: with a forged one its holder reads, of what
// they may search anyway, from another place. Pure. Whoever may see what is not decided here.

import { createHash } from "node:crypto";
import type { Search } from "./search-ports.ts";

/**
 * Behind it the search goes on: a record's `when`, or a time alone, which lies before all records of its millisecond.
 */
export type Place = string;

/** Both included. Nothing lies between them when `low` is greater. */
export interface Bounds {
  readonly low: string;
  readonly high: string;
}

/**
 * A record is in the indexes some time after the moment that it tells of: the clock is read, the write takes its
 * milliseconds, then it reaches the indexes, mostly within a second; an approval's end is told to the second. Oldest first,
 * a search stops this long before now: who asks again from there misses nothing that came in meanwhile.
 */
export const SETTLE_MS = 3_000;

const BEFORE_ALL = "0";
const AFTER_ALL = "9";
const LAST_MS = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z: beyond it, ISO 8601 has another form
const MAX_CURSOR_CHARACTERS = 160;
const TEXT = /^1 ((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)(?:#[0-9a-f]{16})?) ([0-9a-f]{32})$/;

/** The cursor that goes on behind the place, with this very search. */
export function cursorOf(place: Place, search: Search): string {
  return Buffer.from(`1 ${place} ${hashOf(search)}`, "latin1").toString("base64url");
}

/** Where the search's cursor points: `start` without one, `bad` when it is none, or another search's. */
export function placeIn(search: Search): Place | "start" | "bad" {
  const { cursor } = search;
  if (cursor === null) return "start";
  // caller-controlled: bounded before anything is made of it, and one spelling only
  if (cursor.length > MAX_CURSOR_CHARACTERS) return "bad";
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes.toString("base64url") !== cursor) return "bad";
  const [, place, time, hash] = TEXT.exec(bytes.toString("latin1")) ?? [];
  if (place === undefined || time === undefined || hash !== hashOf(search)) return "bad";
  const ms = Date.parse(time);
  return Number.isFinite(ms) && new Date(ms).toISOString() === time ? place : "bad";
}

/** What is left of the search's range behind the place. */
export function boundsOf(search: Search, place: Place | "start", nowMs: number): Bounds {
  const { fromMs, untilMs, order } = search;
  const first = fromMs === null ? BEFORE_ALL : isoOf(fromMs);
  const last = untilMs === null ? AFTER_ALL : isoOf(untilMs);
  const settled = order === "oldest" ? earlier(last, isoOf(nowMs - SETTLE_MS)) : last;
  return place === "start"
    ? { low: first, high: settled }
    : behind(place, order, { low: first, high: settled });
}

/** What is left of the bounds behind the place. */
export function behind(place: Place, order: Search["order"], { low, high }: Bounds): Bounds {
  return order === "oldest"
    ? { low: later(low, `${place}!`), high } // all records behind have the place's length, and differ before the `!`
    : { low, high: earlier(high, justBefore(place)) };
}

export function earlier(one: string, other: string): string {
  return one < other ? one : other;
}

export function later(one: string, other: string): string {
  return one > other ? one : other;
}

/** The greatest text under which no record from the place on lies. */
function justBefore(place: Place): string {
  const [time = "", digits] = place.split("#");
  if (digits === undefined) return time;
  const before = BigInt(`0x${digits}`) - 1n;
  return before < 0n ? `${time}#` : `${time}#${before.toString(16).padStart(digits.length, "0")}`;
}

function isoOf(ms: number): string {
  return new Date(Math.min(Math.max(Math.ceil(ms), 0), LAST_MS)).toISOString();
}

/** Of everything that makes the search but its page size. */
function hashOf({ kind, filters, fromMs, untilMs, order }: Search): string {
  const { agents, action, service, resource, decision, approver, status, awsRequestId } = filters;
  const asked = [
    [kind, order, fromMs, untilMs],
    agents === null ? null : [...new Set(agents)].sort(),
    [action, service, resource, decision, approver, status, awsRequestId],
  ];
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex").slice(0, 32);
}
