// What a changed set of policies would have decided about recorded calls: compares each decision of then with the one that
// the policies give now, and groups what differs. Decides nothing about a call: policy-replay.ts asks the gateway's own
// function, and what that cannot say is counted as unknown.

import type { Decision } from "../lambdas/model/decision.ts";
import type { RecordedDecision } from "../lambdas/model/record.ts";
import type { Replay } from "./policy-replay.ts";
import type { RecordedCallAt } from "./recorded-calls.ts";

export type Change = "denied" | "held" | "permitted";

/** A decision as records and this report tell it. */
export interface ToldDecision {
  readonly decision: "permit" | "hold" | "deny";
  readonly reason: string | null;
  readonly policies: readonly string[];
}

/** Calls of one agent, operation and set of resources that are decided in the same new way. */
export interface Difference {
  readonly change: Change;
  readonly agent: string;
  readonly operation: string;
  readonly resources: readonly string[];
  readonly before: ToldDecision;
  readonly after: ToldDecision;
  readonly calls: number;
  readonly example: Example;
}

/** One call, to be found again: `countersign policy explain --session <session> --call <call>`. */
interface Example {
  readonly at: string;
  readonly session: string | null;
  readonly call: string;
}

/** The same decision by other policies: what these oblige to (masks, budgets, approvers) may be something else. */
export interface OtherPolicies {
  readonly decision: "permit" | "hold" | "deny";
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly calls: number;
}

export interface PolicyDiff {
  readonly calls: number;
  readonly same: number;
  readonly differences: readonly Difference[];
  readonly otherPolicies: readonly OtherPolicies[];
  /** Why calls could not be decided again, and how many. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Why policy was not asked about calls then, and how many. */
  readonly notAsked: ReadonlyMap<string, number>;
}

type Compared =
  | { readonly kind: "not asked" | "unknown"; readonly why: string }
  | { readonly kind: "compared"; readonly before: ToldDecision; readonly after: ToldDecision };

const CHANGES: Readonly<Record<ToldDecision["decision"], Change>> = {
  deny: "denied",
  hold: "held",
  permit: "permitted",
};
const ORDER: readonly Change[] = ["denied", "held", "permitted"];

/** @param tick is called once for each call */
export function policyDiff(
  calls: readonly RecordedCallAt[],
  replay: Replay,
  tick: () => void = () => undefined,
): PolicyDiff {
  const differences = new Map<string, Difference>();
  const others = new Map<string, OtherPolicies>();
  const unknown = new Map<string, number>();
  const notAsked = new Map<string, number>();
  let same = 0;
  for (const call of calls) {
    const compared = compare(call, replay);
    tick();
    switch (compared.kind) {
      case "unknown":
        count(unknown, compared.why);
        break;
      case "not asked":
        count(notAsked, compared.why);
        break;
      case "compared":
        if (compared.before.decision !== compared.after.decision) addTo(differences, call, compared);
        else {
          same += 1;
          addOther(others, compared);
        }
    }
  }
  return {
    calls: calls.length,
    same,
    differences: [...differences.values()].sort(byWeight),
    otherPolicies: [...others.values()].sort((one, other) => other.calls - one.calls),
    unknown,
    notAsked,
  };
}

function compare(call: RecordedCallAt, replay: Replay): Compared {
  const then = call.record.decision;
  if (call.record.call === null) {
    return { kind: "not asked", why: "refused before a call was recognised, or at the exchange" };
  }
  if (then === null) return { kind: "not asked", why: "refused before policy was asked" };
  if (then.policies.some((id) => id.startsWith("emergency:"))) {
    return { kind: "unknown", why: "an emergency rule decided then" };
  }
  const replayed = replay.decide(call);
  if (replayed.kind === "unknown") return replayed;
  const { decision } = replayed;
  if (then.reason === "limit_reached" && decision.kind !== "deny" && decision.obligations.limits) {
    return { kind: "unknown", why: "a budget decided then, and one counts now" };
  }
  return { kind: "compared", before: thenOf(then), after: nowOf(decision) };
}

function thenOf({ decision, reason, policies }: RecordedDecision): ToldDecision {
  return { decision, reason, policies };
}

function nowOf(decision: Decision): ToldDecision {
  const { kind, policies } = decision;
  return { decision: kind, reason: kind === "deny" ? decision.reason : null, policies };
}

function addTo(
  differences: Map<string, Difference>,
  { record, key }: RecordedCallAt,
  { before, after }: Extract<Compared, { kind: "compared" }>,
): void {
  const { caller, call, at } = record;
  const agent = caller?.agent ?? "";
  const operation = `${call?.service}:${call?.operation}`;
  const resources = [...new Set(call?.actions.flatMap((action) => action.resources) ?? [])];
  const change = CHANGES[after.decision];
  const name = JSON.stringify([caller?.issuer, caller?.subject, operation, resources, before, after]);
  const known = differences.get(name);
  const example = { at, session: caller?.session ?? null, call: key.replace(/^CALL#/, "") };
  differences.set(
    name,
    known === undefined
      ? { change, agent, operation, resources, before, after, calls: 1, example }
      : { ...known, calls: known.calls + 1 },
  );
}

function addOther(
  others: Map<string, OtherPolicies>,
  { before, after }: Extract<Compared, { kind: "compared" }>,
): void {
  const [then, now] = [before.policies.toSorted(), after.policies.toSorted()];
  const name = JSON.stringify([after.decision, then, now]);
  if (JSON.stringify(then) === JSON.stringify(now)) return;
  const calls = (others.get(name)?.calls ?? 0) + 1;
  others.set(name, { decision: after.decision, before: then, after: now, calls });
}

function byWeight(one: Difference, other: Difference): number {
  return ORDER.indexOf(one.change) - ORDER.indexOf(other.change) || other.calls - one.calls;
}

function count(counts: Map<string, number>, why: string): void {
  counts.set(why, (counts.get(why) ?? 0) + 1);
}
