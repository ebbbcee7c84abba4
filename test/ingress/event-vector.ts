// The language of the event vectors: an honest event of the edge, edits, and how ingress must end.

import { readFileSync } from "node:fs";
import { bases } from "../identity/sigv4/bases.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import { asEvent, type GatewayEvent } from "./as-event.ts";

export interface EventVector {
  /** What it attacks. */
  readonly name: string;
  /** In place of the whole event. */
  readonly replace?: unknown;
  /** JSON pointers to values; `{repeat, times, before?, list?}` makes long ones. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly drop?: readonly string[];
  /** Header edits in both maps, or in one of them. */
  readonly setHeader?: Readonly<Record<string, readonly unknown[]>>;
  readonly dropHeader?: readonly string[];
  readonly setSingleHeader?: Readonly<Record<string, unknown>>;
  readonly setMultiHeader?: Readonly<Record<string, unknown>>;
  /** `request`, or a refusal's code. */
  readonly expect: string;
  readonly says?: string;
  readonly path?: string;
  /** `null` where the header must not be seen. */
  readonly headers?: Readonly<Record<string, readonly string[] | null>>;
  readonly query?: readonly (readonly [string, string])[];
  /** Base64. */
  readonly body?: string;
}

export function readEventVectors(): readonly EventVector[] {
  return JSON.parse(
    readFileSync(new URL("./vectors/events.json", import.meta.url), "utf8"),
  ) as readonly EventVector[];
}

export function honestEvent(): GatewayEvent {
  const base = bases.dynamodb;
  if (base === undefined) throw new Error("no base");
  return asEvent(signRequest(base.request, { service: base.service }).request);
}

export function eventOf(vector: EventVector): unknown {
  if ("replace" in vector) return vector.replace;
  const event = honestEvent();
  for (const name of vector.dropHeader ?? []) {
    delete event.headers[name];
    delete event.multiValueHeaders[name];
  }
  for (const [name, values] of Object.entries(vector.setHeader ?? {})) {
    const list = [expanded(values)].flat().map(expanded) as string[];
    event.multiValueHeaders[name] = list;
    event.headers[name] = list.at(-1) ?? "";
  }
  Object.assign(event.headers, vector.setSingleHeader);
  Object.assign(event.multiValueHeaders, vector.setMultiHeader);
  for (const [pointer, value] of Object.entries(vector.set ?? {}))
    at(event, pointer, (parent, key) => (parent[key] = expandedDeep(value)));
  for (const pointer of vector.drop ?? []) at(event, pointer, (parent, key) => delete parent[key]);
  return event;
}

function at(
  event: GatewayEvent,
  pointer: string,
  edit: (parent: Record<string, unknown>, key: string) => void,
): void {
  const keys = pointer.slice(1).split("/");
  const last = keys.pop() ?? "";
  let parent: Record<string, unknown> = event;
  for (const key of keys) parent = parent[key] as Record<string, unknown>;
  edit(parent, last);
}

function expandedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expandedDeep);
  const whole = expanded(value);
  if (whole !== value || typeof value !== "object" || value === null) return whole;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expandedDeep(inner)]));
}

function expanded(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("repeat" in value)) return value;
  const {
    repeat,
    times,
    before = "",
    list,
  } = value as { repeat: string; times: number; before?: string; list?: boolean };
  return list === true ? Array.from({ length: times }, () => repeat) : before + repeat.repeat(times);
}
