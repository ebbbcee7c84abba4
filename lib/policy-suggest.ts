// Suggests the smallest policies that cover what an agent's recorded calls needed: picks the calls, keeps what the present
// permits oblige to, writes Cedar and IAM, and proves both before anything is shown. The steps are in this order; each
// says at its top what it decides.

import type { AwsCall } from "../lambdas/model/aws-call.ts";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { RoleArn } from "../lambdas/model/ids.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { doubtsIn } from "./policy-lacks.ts";
import { createReplay } from "./policy-replay.ts";
import {
  type CoveredCall,
  type PickedCalls,
  pickCalls,
  type SuggestedAgent,
} from "./policy-suggest-calls.ts";
import { type SuggestedPolicy, suggestedPolicies } from "./policy-suggest-cedar.ts";
import {
  accessRequests,
  bundleSuggested,
  checkIam,
  decideAll,
  failureOf,
  superfluousPolicies,
  withSets,
} from "./policy-suggest-check.ts";
import { type IamStatement, suggestedIam } from "./policy-suggest-iam.ts";
import { type NeedsOfCall, needsOf } from "./policy-suggest-terms.ts";
import { type RoleAction, roleActions, type UnusedPermits, unusedPermits } from "./policy-suggest-unused.ts";
import type { RecordedCallAt } from "./recorded-calls.ts";

export interface SuggestedRole {
  readonly role: RoleArn;
  readonly statements: readonly IamStatement[];
  readonly wider: readonly string[];
  /** Of AWS's requests that the calls make. */
  readonly requests: number;
}

export interface Suggestion {
  readonly agent: SuggestedAgent;
  /** Recorded calls that are covered, and how many there were of the agent. */
  readonly covered: number;
  readonly recorded: number;
  readonly observed: number;
  readonly leftOut: ReadonlyMap<string, number>;
  readonly policies: readonly SuggestedPolicy[];
  readonly roles: readonly SuggestedRole[];
  readonly unused: UnusedPermits;
  /** `null` where no present policy of the role was given. */
  readonly roleActions: readonly RoleAction[] | null;
  /** Covered calls that the present forbids deny beside the suggested permits, by the forbids' ids. */
  readonly forbidden: ReadonlyMap<string, number>;
}

export interface SuggestionRequest {
  readonly calls: readonly RecordedCallAt[];
  readonly role: string | undefined;
  readonly least: number | null;
  /** The role's present policy as JSON; `undefined`: not given. */
  readonly rolePolicy: unknown;
}

interface Planned {
  readonly call: CoveredCall;
  readonly needs: NeedsOfCall;
}

/** @throws Error when there is nothing to cover, or a suggestion fails its own proof: then none is shown */
export function suggest(
  request: SuggestionRequest,
  present: PolicyBundle,
  deployment: Deployment,
): Suggestion {
  const picked = pickCalls(request.calls, request.role, deployment);
  const { policy } = createReplay(present, deployment);
  const known = { bundle: present, policy, findDoubts: doubtsIn(present) };
  const planned = picked.covered.map((call): Planned => ({ call, needs: needsOf(call, known) }));
  const leftOut = new Map(picked.leftOut);
  const proved = prove(picked.agent, planned, request.least, deployment, leftOut);
  const calls = proved.planned.map(({ call }) => call);
  const roles = rolesOf(calls, request.least);
  const requests = calls.flatMap(({ question }) => accessRequests(question.call));
  return {
    agent: picked.agent,
    covered: calls.reduce((sum, { calls: count }) => sum + count, 0),
    recorded: request.calls.length,
    observed: picked.observed,
    leftOut,
    policies: proved.policies,
    roles,
    unused: unusedPermits(
      present,
      picked.agent,
      proved.planned.map(({ needs }) => needs),
    ),
    roleActions: request.rolePolicy === undefined ? null : roleActions(request.rolePolicy, requests),
    forbidden: forbiddenBy(present, proved.policies, calls, deployment),
  };
}

/** Leaves out what cannot be permitted as it was, then takes away what is superfluous, and asks once more. */
function prove(
  agent: PickedCalls["agent"],
  planned: readonly Planned[],
  least: number | null,
  deployment: Deployment,
  leftOut: Map<string, number>,
): { readonly planned: readonly Planned[]; readonly policies: readonly SuggestedPolicy[] } {
  if (planned.length === 0) throw new Error(nothing(leftOut));
  const policies = suggestedPolicies(
    agent,
    planned.map(({ call, needs }) => ({ role: call.question.role, needs })),
    least,
  );
  const bundle = bundleSuggested(policies, deployment);
  const extended = withSets(deployment, policies);
  const calls = planned.map(({ call }) => call);
  const failures = decideAll(bundle, extended, calls).map((decision, index) => {
    const call = calls[index];
    return call && failureOf(call, decision);
  });
  if (failures.some((failure) => failure !== undefined)) {
    for (const [index, failure] of failures.entries()) {
      if (failure !== undefined)
        leftOut.set(failure, (leftOut.get(failure) ?? 0) + (calls[index]?.calls ?? 0));
    }
    const fitting = planned.filter((_, index) => failures[index] === undefined);
    return prove(agent, fitting, least, deployment, leftOut);
  }
  const gone = superfluousPolicies(bundle, extended, calls);
  const kept = policies.filter(({ id }) => !gone.has(id));
  const last = decideAll(bundleSuggested(kept, deployment), withSets(deployment, kept), calls);
  if (last.some((decision) => decision.kind === "deny"))
    throw new Error("the suggested policies fail their own proof");
  return { planned, policies: kept };
}

function nothing(leftOut: ReadonlyMap<string, number>): string {
  const reasons = [...leftOut].map(([why, count]) => `\n  ${count}  ${why}`).join("");
  return `no call was carried out that a suggestion could cover${reasons}`;
}

function rolesOf(calls: readonly CoveredCall[], least: number | null): readonly SuggestedRole[] {
  const byRole = Map.groupBy(calls, ({ question }) => question.role);
  return [...byRole].map(([role, group]) => {
    const made: readonly AwsCall[] = group.map(({ question }) => question.call);
    const { statements, wider } = suggestedIam(made, least);
    const { denied, kept } = checkIam(statements, made);
    const [first] = denied;
    if (first !== undefined)
      throw new Error(`the suggested policy of ${role} does not allow ${first.action}`);
    return { role, statements: kept, wider, requests: made.flatMap(accessRequests).length };
  });
}

function forbiddenBy(
  present: PolicyBundle,
  policies: readonly SuggestedPolicy[],
  calls: readonly CoveredCall[],
  deployment: Deployment,
): ReadonlyMap<string, number> {
  const own = bundleSuggested(policies, deployment);
  const forbids = present.policies.filter(({ facts }) => facts.effect === "forbid");
  const bundle = { ...own, policies: [...own.policies, ...forbids] };
  const counts = new Map<string, number>();
  for (const [index, decision] of decideAll(bundle, withSets(deployment, policies), calls).entries()) {
    if (decision.kind !== "deny") continue;
    const name = decision.policies.join(", ") || decision.reason;
    counts.set(name, (counts.get(name) ?? 0) + (calls[index]?.calls ?? 0));
  }
  return counts;
}
