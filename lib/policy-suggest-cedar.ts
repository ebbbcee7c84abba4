// Writes the fewest Cedar permits for what recorded calls needed: of one agent, by actions that share their resources and
// what they oblige to. Decides how wide a permit is: a resource by its whole ARN; the beginning of names only where
// policy-suggest-prefix.ts says so; what a call names only as a pattern stays open to such calls alone. Whether the result
// decides as it should is policy-suggest-check.ts's to prove.

import type { AwsResource } from "../lambdas/model/aws-call.ts";
import type { ResourceSetConfig } from "../lambdas/model/deployment.ts";
import type { RoleArn } from "../lambdas/model/ids.ts";
import type { SuggestedAgent } from "./policy-suggest-calls.ts";
import { type Prefix, prefixesOf, prefixOver } from "./policy-suggest-prefix.ts";
import { joinedOfCalls, type NeedsOfCall, split, type Terms } from "./policy-suggest-terms.ts";

export interface SuggestedPolicy {
  readonly id: string;
  readonly text: string;
  /** What it says beyond the recorded resources; empty where it is exact. */
  readonly wider: readonly string[];
  /** Without it the policy means nothing: what `resourceSets` of the configuration must get. */
  readonly set: ResourceSetConfig | null;
}

/** How a permit can say a resource: by its ARN, as a member of a set, or only that the call names no single one. */
type Sayable =
  | { readonly kind: "arn"; readonly text: string }
  | { readonly kind: "entry"; readonly text: string; readonly prefix: Prefix | null }
  | { readonly kind: "pattern"; readonly text: string }
  | { readonly kind: "any"; readonly text: "" };

/** What one permit says of one action. */
interface Grant {
  readonly action: string;
  readonly terms: Terms;
  readonly shape: "exact" | "pattern" | "any";
  readonly resources: readonly Sayable[];
}

interface NeededResource {
  readonly resource: AwsResource;
  readonly terms: Terms;
}

/** @param least how many resources in one folder become the folder; `null`: never */
export function suggestedPolicies(
  agent: SuggestedAgent,
  calls: readonly { readonly role: RoleArn; readonly needs: NeedsOfCall }[],
  least: number | null,
): readonly SuggestedPolicy[] {
  const slug = `suggested-${agent.subject.replace(/[^A-Za-z0-9_.-]+/g, "-").slice(0, 40)}`;
  const grants = grantsOf(neededResources(calls), least);
  // Actions that need the very same are one permit.
  const groups = Map.groupBy(grants, ({ shape, terms, resources }) =>
    JSON.stringify([shape, terms, resources]),
  );
  const bodies = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const actions = group.map(({ action }) => action).sort();
    return split(first.terms).map((terms) => ({ actions, terms, grant: first }));
  });
  const roles = [...rolesOf(calls)].flatMap(([role, terms]) =>
    split(terms).map((each) => ({ role, terms: each })),
  );
  return [
    ...roles.map(({ role, terms }, index) => roleText(`${slug}-role-${index + 1}`, agent, role, terms)),
    ...bodies.map((body, index) => callText(`${slug}-${index + 1}`, agent, body)),
  ];
}

function neededResources(
  calls: readonly { readonly needs: NeedsOfCall }[],
): ReadonlyMap<string, ReadonlyMap<string, NeededResource>> {
  const byAction = new Map<string, Map<string, NeededResource>>();
  for (const { action, resource, terms } of calls.flatMap(({ needs }) => needs.needs)) {
    const known = byAction.get(action) ?? new Map<string, NeededResource>();
    byAction.set(action, known);
    const key = JSON.stringify(resource.literals);
    const before = known.get(key);
    known.set(key, { resource, terms: before === undefined ? terms : joinedOfCalls(before.terms, terms) });
  }
  return byAction;
}

function grantsOf(
  byAction: ReadonlyMap<string, ReadonlyMap<string, NeededResource>>,
  least: number | null,
): readonly Grant[] {
  return [...byAction].flatMap(([action, needed]) => {
    const all = [...needed.values()];
    const exact = all.flatMap(({ resource: { literals } }) => (literals.length === 1 ? [literals[0]] : []));
    const prefixes = prefixesOf(exact, least);
    const said = all.map(({ resource, terms }) => ({ terms, said: sayable(resource, prefixes) }));
    const groups = Map.groupBy(said, (each) => JSON.stringify([each.terms, shapeOf(each.said)]));
    return [...groups.values()].flatMap((group): Grant[] => {
      const [first] = group;
      if (first === undefined) return [];
      const unique = new Map(group.map((each) => [`${each.said.kind} ${each.said.text}`, each.said]));
      const resources = [...unique.values()].sort((one, other) => (one.text < other.text ? -1 : 1));
      return [{ action, terms: first.terms, shape: shapeOf(first.said), resources }];
    });
  });
}

function sayable({ literals }: AwsResource, prefixes: readonly Prefix[]): Sayable {
  const [head] = literals;
  if (literals.length > 1)
    return head === "" ? { kind: "any", text: "" } : { kind: "pattern", text: `${head}*` };
  const prefix = prefixOver(head, prefixes);
  if (prefix !== undefined) return { kind: "entry", text: `${prefix.prefix}*`, prefix };
  // A policy may name no ARN with a star in it; a set may, where the star is not its end.
  return head.includes("*") ? { kind: "entry", text: head, prefix: null } : { kind: "arn", text: head };
}

function shapeOf({ kind }: Sayable): Grant["shape"] {
  return kind === "any" || kind === "pattern" ? kind : "exact";
}

function rolesOf(
  calls: readonly { readonly role: RoleArn; readonly needs: NeedsOfCall }[],
): ReadonlyMap<RoleArn, Terms> {
  const roles = new Map<RoleArn, Terms>();
  for (const { role, needs } of calls) {
    const before = roles.get(role);
    roles.set(role, before === undefined ? needs.role.terms : joinedOfCalls(before, needs.role.terms));
  }
  return roles;
}

function roleText(id: string, agent: SuggestedAgent, role: RoleArn, terms: Terms): SuggestedPolicy {
  const scope = [
    `principal == ${agentText(agent)}`,
    `action == Countersign::Action::"AssumeRole"`,
    `resource == Countersign::Role::${quoted(role)}`,
  ];
  return { id, text: policyText(id, terms, scope, []), wider: [], set: null };
}

interface Body {
  readonly actions: readonly string[];
  readonly terms: Terms;
  readonly grant: Grant;
}

function callText(id: string, agent: SuggestedAgent, { actions, terms, grant }: Body): SuggestedPolicy {
  const arns = grant.resources.flatMap((each) =>
    each.kind === "arn" ? [`AWS::Resource::${quoted(each.text)}`] : [],
  );
  const entries = grant.resources.flatMap((each) =>
    each.kind === "entry" || each.kind === "pattern" ? [each.text] : [],
  );
  const set = entries.length === 0 ? null : { name: id, arns: entries };
  const [only] = arns;
  const isOne = arns.length === 1 && set === null && only !== undefined;
  const tests = [
    ...(arns.length > 0 && !isOne ? [`resource in ${listed(arns, "  ")}`] : []),
    ...(set === null ? [] : [`resource in Countersign::ResourceSet::${quoted(set.name)}`]),
  ];
  // Only calls that name no single resource: an exact one was not asked for.
  const open = grant.shape === "exact" ? [] : ["!resource.complete"];
  const condition = [...(tests.length > 0 ? [tests.join(" ||\n  ")] : []), ...open].join(" && ");
  const scope = [
    `principal == ${agentText(agent)}`,
    actionsText(actions),
    isOne ? `resource == ${only}` : "resource is AWS::Resource",
  ];
  const text = policyText(id, terms, scope, condition === "" ? [] : [condition]);
  return { id, text, wider: grant.resources.flatMap(widerThan), set };
}

function widerThan(said: Sayable): readonly string[] {
  if (said.kind !== "entry" || said.prefix === null) return [];
  return [`all below ${said.prefix.prefix}, where the records show ${said.prefix.seen}`];
}

function policyText(id: string, terms: Terms, scope: readonly string[], when: readonly string[]): string {
  const annotations = Object.entries({ id, ...terms }).map(([name, value]) => `@${name}(${quoted(value)})`);
  const condition = when.map((each) => `\nwhen { ${each} }`).join("");
  return `${annotations.join("\n")}\npermit (\n${scope.map((each) => `  ${each}`).join(",\n")}\n)${condition};`;
}

function actionsText(actions: readonly string[]): string {
  const names = actions.map((action) => `AWS::Action::${quoted(action)}`);
  return names.length === 1 ? `action == ${names[0]}` : `action in\n    ${listed(names, "    ")}`;
}

function listed(names: readonly string[], indent: string): string {
  return `[${names.join(`,\n${indent} `)}]`;
}

function agentText({ issuer, subject }: SuggestedAgent): string {
  return `Countersign::Agent::${quoted(`${issuer}|${subject}`)}`;
}

/** A text in Cedar. Whatever is not plain is written as an escape: names are the agents' own. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\]|[^\x20-\x7e]/gu, (character) =>
    character === '"' || character === "\\"
      ? `\\${character}`
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${escaped}"`;
}
