// The scope of a policy in a form that two policies can be compared by: which principals, actions and resources it can
// match, and under which conditions. Decides nothing: the checks that compare policies are made from it.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { isNode, type Node, pathOf, testedPathOf } from "../lambdas/policy/expressions.ts";
import type { EntityName } from "../lambdas/policy/policy-bundle.ts";
import { iamActions } from "./iam-actions.ts";
import { comparisonsIn, entitiesIn, factsOf } from "./policy-syntax.ts";

/** What one variable's scope lets through. `one` is an entity itself, `in` what lies below it. */
export type ScopeOf = { readonly kind: "any" } | { readonly kind: "one" | "in"; readonly id: string };

export interface ScopedPolicy {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly principal: ScopeOf;
  /** `null`: every action. */
  readonly actions: readonly EntityName[] | null;
  /** Actions and groups of actions that an `unless` takes out. */
  readonly excludedActions: readonly EntityName[];
  readonly resource: ScopeOf;
  /** Each other `when` and `unless`, as text that is equal where the conditions are. */
  readonly conditions: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** The services that a `when` limits the resource to; `null` when it does not. */
  readonly services: readonly string[] | null;
  /** The resource sets that an `unless` takes out, whatever else the policy asks. */
  readonly excludedSets: readonly string[];
  /** Parameters whose presence a `when` asks for. */
  readonly testedParameters: readonly string[];
  /** Operations that a `when` asks for by name. */
  readonly testedOperations: readonly string[];
}

export function scopedPolicy(
  id: string,
  annotations: Readonly<Record<string, string>>,
  policy: PolicyJson,
): ScopedPolicy {
  return {
    id,
    effect: policy.effect,
    principal: scopeOf(policy.principal),
    actions: factsOf(policy).actions,
    excludedActions: policy.conditions.flatMap((clause) => excludedActions(clause) ?? []),
    resource: resourceScopeOf(policy),
    conditions: policy.conditions
      .filter((clause) => excludedActions(clause) === null)
      .map(({ kind, body }) => JSON.stringify([kind, body])),
    annotations,
    services: textsComparedIn(policy, ["resource", "service"]),
    excludedSets: excludedSets(policy),
    testedParameters: testedParameters(policy),
    testedOperations: textsComparedIn(policy, ["context", "operation"]) ?? [],
  };
}

export function resourceScopeOf({ resource }: PolicyJson): ScopeOf {
  return scopeOf(resource);
}

export function excludes({ excludedSets: sets }: ScopedPolicy, set: string): boolean {
  return sets.includes(set);
}

export function isUnconditional({ conditions }: ScopedPolicy): boolean {
  return conditions.length === 0;
}

/** True when the policy takes this AWS action: by its name, its service, its level, or by silence. */
export function covers(
  { actions, services, excludedActions: excluded }: ScopedPolicy,
  action: string,
): boolean {
  const service = action.slice(0, action.indexOf(":"));
  const names = [action, `${service}:*`, `level:${iamActions(service).get(action)}`];
  const isNamed = ({ type, id }: EntityName) => type === "AWS::Action" && names.includes(id);
  if (services !== null && !services.includes(service)) return false;
  return (actions === null || actions.some(isNamed)) && !excluded.some(isNamed);
}

/** The actions that the scope names one by one. */
export function singleActions({ actions }: ScopedPolicy): readonly string[] {
  return (actions ?? [])
    .filter(({ type, id }) => type === "AWS::Action" && !id.endsWith(":*") && !id.startsWith("level:"))
    .map(({ id }) => id);
}

export function isMutatingAction(action: string): boolean {
  const level = iamActions(action.slice(0, action.indexOf(":"))).get(action);
  return level !== "list" && level !== "read";
}

export function hasAllConditionsOf(policy: ScopedPolicy, other: ScopedPolicy): boolean {
  return other.conditions.every((condition) => policy.conditions.includes(condition));
}

/** Each clause, parted at the operator that makes the parts decide alone: `&&` in a `when`, `||` in an `unless`. */
function partsOf(policy: PolicyJson, kind: "when" | "unless"): readonly unknown[] {
  const operator = kind === "when" ? "&&" : "||";
  return policy.conditions
    .filter((clause) => clause.kind === kind)
    .flatMap(({ body }) => parts(body, operator));
}

function parts(node: unknown, operator: string): readonly unknown[] {
  const operands = operandsOf(node, operator);
  if (operands === null) return [node];
  return [...parts(operands.left, operator), ...parts(operands.right, operator)];
}

function operandsOf(node: unknown, operator: string): Node | null {
  const operands = isNode(node) ? node[operator] : undefined;
  return isNode(operands) ? operands : null;
}

function textsComparedIn(policy: PolicyJson, member: readonly string[]): readonly string[] | null {
  for (const body of partsOf(policy, "when")) {
    if (!isNode(body) || "!=" in body || "!" in body || "||" in body || "if-then-else" in body) continue;
    const [comparison] = comparisonsIn(body);
    if (comparison !== undefined && comparison.path.join(".") === member.join(".")) return comparison.texts;
  }
  return null;
}

function excludedSets(policy: PolicyJson): readonly string[] {
  return partsOf(policy, "unless").flatMap((body) => {
    const test = operandsOf(body, "in");
    if (test === null || pathOf(test.left)?.join(".") !== "resource") return [];
    return entitiesIn(test.right).flatMap(({ type, id }) => (type === "Countersign::ResourceSet" ? id : []));
  });
}

type Clause = PolicyJson["conditions"][number];

/** What `unless { action in [...] }` names; `null` for a clause of another form. */
function excludedActions({ kind, body }: Clause): readonly EntityName[] | null {
  const test = operandsOf(body, "in");
  if (kind !== "unless" || test === null || pathOf(test.left)?.join(".") !== "action") return null;
  return entitiesIn(test.right);
}

function testedParameters(policy: PolicyJson): readonly string[] {
  return partsOf(policy, "when").flatMap((body) => {
    const [variable, member, name] = testedPathOf(body) ?? [];
    return variable === "context" && member === "params" && name !== undefined ? [name] : [];
  });
}

/** `is` alone lets every resource of a call through: the calls' resources have no other type. */
function scopeOf(constraint: unknown): ScopeOf {
  if (!isNode(constraint)) return { kind: "any" };
  const inner = isNode(constraint.in) ? constraint.in : constraint;
  const entity = isNode(inner.entity) ? inner.entity : null;
  if (entity === null) return { kind: "any" };
  const name = isNode(entity.__entity) ? entity.__entity : entity;
  return { kind: constraint.op === "==" ? "one" : "in", id: String(name.id) };
}
