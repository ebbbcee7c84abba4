// The scope of a policy in a form that two policies can be compared by: which principals, actions and resources it can
// match, and under which conditions. Decides nothing: the checks that compare policies are made from it.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { EntityName } from "../lambdas/policy/policy-bundle.ts";
import { iamActions } from "./iam-actions.ts";
import { factsOf, isNode } from "./policy-syntax.ts";

/** What one variable's scope lets through. `one` is an entity itself, `in` what lies below it. */
export type ScopeOf = { readonly kind: "any" } | { readonly kind: "one" | "in"; readonly id: string };

export interface ScopedPolicy {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly principal: ScopeOf;
  /** `null`: every action. */
  readonly actions: readonly EntityName[] | null;
  readonly resource: ScopeOf;
  /** Each `when` and `unless`, as text that is equal where the conditions are. */
  readonly conditions: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
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
    resource: resourceScopeOf(policy),
    conditions: policy.conditions.map(({ kind, body }) => JSON.stringify([kind, body])),
    annotations,
  };
}

export function resourceScopeOf({ resource }: PolicyJson): ScopeOf {
  return scopeOf(resource);
}

/** True when the policy's scope takes this AWS action: by its name, its service, its level, or by silence. */
export function covers({ actions }: ScopedPolicy, action: string): boolean {
  if (actions === null) return true;
  const service = action.slice(0, action.indexOf(":"));
  const level = iamActions(service).get(action);
  return actions.some(
    ({ type, id }) =>
      type === "AWS::Action" && (id === action || id === `${service}:*` || id === `level:${level}`),
  );
}

export function isUnconditional({ conditions }: ScopedPolicy): boolean {
  return conditions.length === 0;
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
