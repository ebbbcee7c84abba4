// Writes what a decision obliges to, for people: who has to approve, which budgets count, what is hidden.

import type { MaskPath } from "../lambdas/model/answer.ts";
import type { CallLimit, Decision } from "../lambdas/model/decision.ts";
import type { Explanation } from "../lambdas/policy/explain.ts";

/** Who has to approve a held call, and what becomes of it when nobody does. */
export function demandLines(decision: Decision): readonly string[] {
  if (decision.kind !== "hold") return [];
  const { groups, quorum, withinSeconds, otherwise, run } = decision.approval;
  const people = quorum === 1 ? "one person" : `${quorum} different people`;
  return [
    decision.holdsSession
      ? "the use of the role: approved once, it counts for the rest of the session"
      : "this call: approved, it runs once",
    `by ${people}, at least one of each group: ${groups.join(", ")}`,
    `within ${period(withinSeconds)}, then ${otherwise === "reject" ? "rejected" : "kept waiting, with a reminder every day"}`,
    run === "attended"
      ? "runs only while its caller waits or comes back"
      : "runs by itself once approved, also when its caller has gone",
  ];
}

export function obligationLines(decision: Decision): readonly string[] {
  if (decision.kind === "deny") return [];
  const { scope, limits = [], mask, record } = decision.obligations;
  return [
    `scope: ${scope}`,
    ...limits.map(limitText),
    ...(mask === undefined || mask.masks.length === 0 ? [] : [`mask: ${pathTexts(mask.masks)}`]),
    ...(mask === undefined || mask.unmasks.length === 0
      ? []
      : [`show: ${mask.unmasks.map(({ path }) => path).join(", ")}`]),
    ...(mask === undefined || mask.detectors.length === 0 ? [] : [`detect: ${mask.detectors.join(", ")}`]),
    ...(record === undefined ? [] : [`record: ${record}`]),
  ];
}

/** What of the masks meets this very operation, and what is hidden anyway. */
export function maskLines({ masks: found }: Explanation): readonly string[] {
  if (found === null) return [];
  const { masks, shown, detectors, defaults } = found;
  return [
    ...(masks.length === 0 ? [] : [`by policy: ${pathTexts(masks)}`]),
    ...(defaults.length === 0 ? [] : [`always: ${defaults.join(", ")}`]),
    ...(shown.length === 0 ? [] : [`but shown: ${shown.join(", ")}`]),
    ...(detectors.length === 0 ? [] : [`what looks like: ${detectors.join(", ")}`]),
  ];
}

function limitText({ policy, calls, perSeconds }: CallLimit): string {
  return `budget of ${policy}: ${calls} ${calls === 1 ? "call" : "calls"} in ${period(perSeconds)}, for each agent`;
}

function pathTexts(masks: readonly MaskPath[]): string {
  return masks.map(({ path, style }) => (style === "fixed" ? path : `${path} (${style})`)).join(", ");
}

const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
] as const;

function period(seconds: number): string {
  const [size, name] = UNITS.find(([each]) => seconds % each === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
