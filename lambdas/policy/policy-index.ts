// What the policies can tell apart about a call of one action: which resources, sets and parameters they name.
// Only these reach Cedar, so a call with a thousand keys of one bucket is one question, and a body stays outside.

import type { Deployment } from "../model/deployment.ts";
import type { BundledPolicy, EntityName, PolicyBundle } from "./policy-bundle.ts";
import { type NamedSet, type Naming, namedSet } from "./resource-cases.ts";

// The word in a comment costs a look-up; the word in escapes (`resource["t\\x61gs"]`) must not save one.
const COULD_READ_TAGS = /tags|\\[xu]/;

export interface PolicyIndex {
  policy(id: string): BundledPolicy | undefined;
  /** What policies that could match any of these action names tell resources apart by. */
  naming(actions: readonly EntityName[]): Naming;
  /** True when a policy that could match any of these action names reads the resource's tags. */
  readsTags(actions: readonly EntityName[]): boolean;
  /** Members of `context.params` that any policy reads; `null` when one reads them all. */
  readonly parameters: ReadonlySet<string> | null;
}

export function indexPolicies(bundle: PolicyBundle, deployment: Deployment): PolicyIndex {
  const byId = new Map(bundle.policies.map((policy) => [policy.id, policy]));
  const sets = deployment.resourceSets.map(namedSet);
  const taggers = bundle.policies.filter(({ text }) => COULD_READ_TAGS.test(text));
  const namings = new Map<string, Naming>();
  return {
    policy: (id) => byId.get(id),
    naming: (actions) => {
      const key = JSON.stringify(actions);
      const known = namings.get(key) ?? namingOf(bundle.policies, actions, sets);
      namings.set(key, known); // As many entries as the models have actions, not as callers have wishes.
      return known;
    },
    readsTags: (actions) => taggers.some((policy) => couldMatch(policy, actions)),
    parameters: readParameters(bundle.policies),
  };
}

/** True when the scope of the policy names this very action, alone or in a list: not through a group, not by silence. */
export function namesAction({ facts }: BundledPolicy, action: EntityName): boolean {
  return facts.actions?.some((each) => isSame(each, action)) ?? false;
}

function namingOf(
  policies: readonly BundledPolicy[],
  actions: readonly EntityName[],
  sets: readonly NamedSet[],
): Naming {
  const relevant = policies.filter((policy) => couldMatch(policy, actions));
  const setNames = new Set(relevant.flatMap(({ facts }) => facts.resourceSets));
  return {
    arns: new Set(relevant.flatMap(({ facts }) => facts.resources)),
    sets: sets.filter(({ name }) => setNames.has(name)),
  };
}

function couldMatch({ facts }: BundledPolicy, actions: readonly EntityName[]): boolean {
  return facts.actions === null || facts.actions.some((each) => actions.some((name) => isSame(each, name)));
}

function isSame(one: EntityName, other: EntityName): boolean {
  return one.type === other.type && one.id === other.id;
}

function readParameters(policies: readonly BundledPolicy[]): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const { facts } of policies) {
    if (facts.parameters === null) return null;
    for (const name of facts.parameters) names.add(name);
  }
  return names;
}
