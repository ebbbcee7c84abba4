// Reads what a policy mentions from Cedar's syntax tree (its documented JSON form): members, entities, actions.
// Decides nothing; lib/policy-checks.ts and the facts in the bundle are made from it.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { isNode, type MemberUse, membersIn, type Node, pathOf } from "../lambdas/policy/expressions.ts";
import type { EntityName, PolicyFacts } from "../lambdas/policy/policy-bundle.ts";

/** A member that is compared with texts: `context.operation == "GetItem"`, `["s3", "ssm"].contains(resource.service)`. */
export interface Comparison {
  readonly path: readonly string[];
  readonly texts: readonly string[];
}

/** Returns every use of `principal`, `action`, `resource` and `context` in the conditions. */
export function memberUses(policy: PolicyJson): readonly MemberUse[] {
  return membersIn(policy.conditions);
}

/** Returns every comparison of a member with literal texts, by `==`, `!=` or `contains`. */
export function comparisonsOf(policy: PolicyJson): readonly Comparison[] {
  return comparisonsIn(policy.conditions);
}

export function comparisonsIn(node: unknown): readonly Comparison[] {
  const found: Comparison[] = [];
  visitNodes(node, (operator, operands) => {
    if (operator !== "==" && operator !== "!=" && operator !== "contains") return;
    for (const [member, literal] of [
      [operands.left, operands.right],
      [operands.right, operands.left],
    ]) {
      const path = pathOf(member);
      const texts = textsOf(literal);
      if (path !== null && texts.length > 0) found.push({ path, texts });
    }
  });
  return found;
}

/** Returns every entity that the policy names, in scope and conditions. */
export function entitiesOf(policy: PolicyJson): readonly EntityName[] {
  const names: EntityName[] = [];
  collectEntities([policy.principal, policy.action, policy.resource], true, names);
  collectEntities(policy.conditions, false, names);
  return names;
}

/** Returns every entity that an expression names. */
export function entitiesIn(expression: unknown): readonly EntityName[] {
  const names: EntityName[] = [];
  collectEntities(expression, false, names);
  return names;
}

export function factsOf(policy: PolicyJson): PolicyFacts {
  const entities = entitiesOf(policy);
  const ids = (type: string) => [
    ...new Set(entities.filter((each) => each.type === type).map(({ id }) => id)),
  ];
  return {
    effect: policy.effect,
    actions: scopeActions(policy),
    resources: ids("AWS::Resource"),
    resourceSets: ids("Countersign::ResourceSet"),
    parameters: parametersOf(memberUses(policy)),
  };
}

function visitNodes(node: unknown, see: (operator: string, operands: Node) => void): void {
  if (Array.isArray(node)) {
    for (const each of node) visitNodes(each, see);
  } else if (isNode(node)) {
    for (const [operator, operands] of Object.entries(node)) {
      if (isNode(operands)) see(operator, operands);
      visitNodes(operands, see);
    }
  }
}

function textsOf(node: unknown): readonly string[] {
  if (!isNode(node)) return [];
  if (Array.isArray(node.Set)) return node.Set.flatMap(textsOf);
  return [node.Value].flat().filter((value) => typeof value === "string");
}

// In the scope an entity stands as `{ type, id }`, in a condition as the value `{ __entity: { type, id } }`.
function collectEntities(node: unknown, bare: boolean, names: EntityName[]): void {
  if (Array.isArray(node)) {
    for (const each of node) collectEntities(each, bare, names);
    return;
  }
  if (!isNode(node)) return;
  const { type, id } = node;
  if (bare && typeof type === "string" && typeof id === "string") names.push({ type, id });
  for (const [key, each] of Object.entries(node)) collectEntities(each, bare || key === "__entity", names);
}

function scopeActions({ action }: PolicyJson): readonly EntityName[] | null {
  if (action.op === "All") return null;
  const names: EntityName[] = [];
  collectEntities(action, true, names);
  return names;
}

function parametersOf(uses: readonly MemberUse[]): readonly string[] | null {
  const names = new Set<string>();
  for (const { path, isTest } of uses) {
    const [variable, member, name] = path;
    if (variable !== "context" || (member !== undefined && member !== "params")) continue;
    if (name !== undefined) names.add(name);
    else if (!isTest) return null;
  }
  return [...names].sort();
}
