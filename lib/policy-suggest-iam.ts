// Writes the IAM policy that a target role needs for recorded calls: the very statements that the gateway puts into each
// call's session policy, dependent actions included, brought together by actions that share their resources. Decides how
// wide a statement is as policy-suggest-prefix.ts does; policy-suggest-check.ts proves that it covers the calls.

import { type AwsCall, isComplete } from "../lambdas/model/aws-call.ts";
import { sessionPolicyFor } from "../lambdas/upstream/session-policy.ts";
import { prefixesOf, prefixOver } from "./policy-suggest-prefix.ts";

export interface IamStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: unknown;
}

export interface SuggestedIam {
  readonly statements: readonly IamStatement[];
  readonly wider: readonly string[];
}

interface SessionStatement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** IAM takes so many characters, without white space, in the policy of a role and in a managed one. */
export const IAM_CHARACTERS = { inline: 10_240, managed: 6_144 } as const;

/** @param least as for the policies */
export function suggestedIam(calls: readonly AwsCall[], least: number | null): SuggestedIam {
  const byCondition = new Map<string, Map<string, Set<string>>>();
  for (const statement of calls.flatMap(statementsOf)) {
    const key = JSON.stringify(statement.Condition ?? null);
    const byAction = byCondition.get(key) ?? new Map<string, Set<string>>();
    byCondition.set(key, byAction);
    for (const action of [statement.Action].flat()) {
      const resources = byAction.get(action) ?? new Set<string>();
      byAction.set(action, resources);
      for (const resource of [statement.Resource].flat()) resources.add(resource);
    }
  }
  const wider = new Set<string>();
  const statements = [...byCondition].flatMap(([condition, byAction]) => {
    const narrowed = [...byAction].map(([action, resources]): [string, readonly string[]] => {
      const widened = widen(action, resources, calls, least, wider);
      return [action, withoutCovered(widened)];
    });
    const groups = Map.groupBy(narrowed, ([, resources]) => JSON.stringify(resources));
    return [...groups.values()].map((group) => ({ condition, group }));
  });
  return {
    statements: statements.map(({ condition, group }, index) => ({
      Sid: `Recorded${index + 1}`,
      Effect: "Allow",
      Action: group.map(([action]) => action).sort(),
      Resource: group[0]?.[1] ?? [],
      ...(condition !== "null" && { Condition: JSON.parse(condition) as unknown }),
    })),
    wider: [...wider],
  };
}

export function iamDocument(statements: readonly IamStatement[]): object {
  return { Version: "2012-10-17", Statement: statements };
}

function statementsOf(call: AwsCall): readonly SessionStatement[] {
  const made = sessionPolicyFor(call, "call");
  if (made.kind === "refused" || made.policy === null) return [];
  const document: { readonly Statement: readonly SessionStatement[] } = JSON.parse(made.policy);
  return document.Statement;
}

function widen(
  action: string,
  resources: ReadonlySet<string>,
  calls: readonly AwsCall[],
  least: number | null,
  wider: Set<string>,
): readonly string[] {
  const exact = calls
    .flatMap(({ actions }) => actions)
    .filter((required) => required.action === action)
    .flatMap((required) => required.resources.filter(isComplete).map(({ literals }) => literals[0]));
  const prefixes = prefixesOf(exact, least);
  const texts = new Map(exact.map((arn) => [escaped(arn), arn]));
  return [...resources].map((resource) => {
    const found = prefixOver(texts.get(resource) ?? "", prefixes);
    if (found === undefined) return resource;
    wider.add(`all below ${found.prefix}, where the records show ${found.seen}`);
    return `${escaped(found.prefix)}*`;
  });
}

/** Without what another one, which ends in a star, allows anyway. */
function withoutCovered(resources: readonly string[]): readonly string[] {
  const unique = [...new Set(resources)].sort();
  const heads = unique.filter((each) => isOpen(each)).map((each) => each.slice(0, -1));
  return unique.filter((each) => !heads.some((head) => each !== `${head}*` && each.startsWith(head)));
}

/** An escaped star ends in a brace. */
function isOpen(pattern: string): boolean {
  return pattern.endsWith("*");
}

/** As IAM reads names that hold its own signs. */
function escaped(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}
