// Budgets: how many calls a permit with `@limit("calls=100 per=1h")` still lets an agent make. Decides under which key a
// window is counted and what a caller is told when it is used up. The counting itself is the flow's port.

import type { CallLimit, Decision } from "../model/decision.ts";
import { deny, quote } from "./denials.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };
const UNIT_NAMES: readonly (readonly [number, string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
];

interface Window {
  /** Epoch seconds. */
  readonly start: number;
  readonly end: number;
}

/** Returns the limit that the annotation of this policy states, or `undefined` when it has not its form. */
export function parseLimit(policy: string, annotation: string): CallLimit | undefined {
  const [, calls = "", number = "", unit = ""] =
    /^calls=([1-9]\d{0,6}) per=([1-9]\d{0,3})([mhd])$/.exec(annotation) ?? [];
  const seconds = UNIT_SECONDS[unit];
  return seconds === undefined
    ? undefined
    : { policy, calls: Number(calls), perSeconds: Number(number) * seconds };
}

/** The window that `now` (epoch seconds) is in. Windows stand still, so that all instances count in the same one. */
export function windowOf({ perSeconds }: CallLimit, now: number): Window {
  const start = Math.floor(now / perSeconds) * perSeconds;
  return { start, end: start + perSeconds };
}

/** The denial of a call that is permitted but for this budget. */
export function overBudget(
  limit: CallLimit,
  now: number,
  policyVersion: string,
): Extract<Decision, { kind: "deny" }> {
  const end = new Date(windowOf(limit, now).end * 1_000).toISOString();
  const budget = `${limit.calls} ${limit.calls === 1 ? "call" : "calls"} in ${periodOf(limit.perSeconds)}`;
  const message = `the budget of the policy ${quote(limit.policy)} is used up: ${budget}; it begins anew at ${end}; make fewer calls until then, or ask for a larger one`;
  return deny(policyVersion, "limit_reached", [limit.policy], message);
}

function periodOf(seconds: number): string {
  const [size, name] = UNIT_NAMES.find(([each]) => seconds % each === 0) ?? [1, "s"];
  return `${seconds / size}${name}`;
}
