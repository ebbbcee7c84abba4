// Writes a comparison of policies with recorded calls for people, and as JSON. Records hold text that agents chose: every
// value is written with control characters made visible.

import type { Change, Difference, OtherPolicies, PolicyDiff, ToldDecision } from "./policy-diff.ts";
import { visible } from "./session-text.ts";

/** What the comparison was about. */
export interface DiffAbout {
  readonly policyVersion: string;
  readonly policies: number;
  readonly skipped: ReadonlyMap<string, number>;
}

const MOST_GROUPS = 20; // of each change; all of them are in the JSON
const CHANGES: readonly Change[] = ["denied", "held", "permitted"];

export function diffText(diff: PolicyDiff, about: DiffAbout): readonly string[] {
  const { policies, policyVersion } = about;
  return [
    `${calls(diff.calls)} recorded, against ${policies} policies (${policyVersion.slice(0, 16)})`,
    ...CHANGES.flatMap((change) => changeLines(change, diff.differences)),
    "",
    `decided the same: ${calls(diff.same)}`,
    ...diff.otherPolicies.slice(0, MOST_GROUPS).map(otherLine),
    ...more(diff.otherPolicies.length),
    ...counted("unknown: not decided again", diff.unknown),
    ...counted("policy was not asked", diff.notAsked),
    ...counted("lines passed over", about.skipped),
    ...(diff.differences.length === 0 ? ["", "no difference"] : []),
  ];
}

export function diffJson(diff: PolicyDiff, { skipped, ...about }: DiffAbout): string {
  const { unknown, notAsked, ...rest } = diff;
  return JSON.stringify(
    {
      ...about,
      ...rest,
      unknown: Object.fromEntries(unknown),
      notAsked: Object.fromEntries(notAsked),
      skipped: Object.fromEntries(skipped),
    },
    null,
    2,
  );
}

/** A title and each reason with its count; nothing where there is none. */
export function counted(title: string, counts: ReadonlyMap<string, number>): readonly string[] {
  if (counts.size === 0) return [];
  const lines = [...counts].sort(([, one], [, other]) => other - one);
  return ["", title, ...lines.map(([why, count]) => `  ${String(count).padStart(6)}  ${visible(why)}`)];
}

function changeLines(change: Change, all: readonly Difference[]): readonly string[] {
  const differences = all.filter((each) => each.change === change);
  if (differences.length === 0) return [];
  const total = differences.reduce((sum, each) => sum + each.calls, 0);
  return [
    "",
    `newly ${change}: ${calls(total)}`,
    ...differences.slice(0, MOST_GROUPS).flatMap(differenceLines),
    ...more(differences.length),
  ];
}

function differenceLines({ agent, operation, resources, before, after, ...rest }: Difference): string[] {
  const [first = "*", ...others] = resources;
  const many = others.length === 0 ? "" : ` and ${others.length} more`;
  const session = rest.example.session === null ? "no session" : `session ${rest.example.session}`;
  return [
    `  ${calls(rest.calls)}: ${visible(agent)}  ${visible(operation)}  ${visible(first || "*")}${many}`,
    `    ${decisionText(before)} -> ${decisionText(after)}`,
    `    e.g. ${visible(rest.example.at)}  ${visible(session)}  call ${visible(rest.example.call.slice(0, 40))}`,
  ];
}

function decisionText({ decision, reason, policies }: ToldDecision): string {
  const by = policies.length === 0 ? "" : ` by ${policies.join(", ")}`;
  return visible(`${decision}${reason === null ? "" : ` (${reason})`}${by}`);
}

function otherLine({ decision, before, after, calls: count }: OtherPolicies): string {
  const [then, now] = [before, after].map((ids) => ids.join(", ") || "no policy");
  return visible(`  ${calls(count)} by other policies: ${decision} by ${then} -> by ${now}`);
}

function more(length: number): readonly string[] {
  return length > MOST_GROUPS ? [`  and ${length - MOST_GROUPS} more groups: \`--json\` has them all`] : [];
}

function calls(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`;
}
