// Which policies ask for what a record does not hold: claims, tags, masked parameters, a session's beginning. Decides whether
// a decision that was made without these is certain all the same; what is not is `unknown`, never a guess.

import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { AwsCall } from "../lambdas/model/aws-call.ts";
import type { Decision } from "../lambdas/model/decision.ts";
import type { Principal } from "../lambdas/model/principal.ts";
import type { BundledPolicy, PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { actionNames } from "../lambdas/policy/questions.ts";
import { type ScopedPolicy, scopedPolicy } from "./policy-scope.ts";
import { memberUses } from "./policy-syntax.ts";

/** What one record does not hold. */
export interface Lacks {
  /** False where the issuer's tokens bring none to policy. */
  readonly claims: boolean;
  /** When and from where the session was opened. */
  readonly session: boolean;
  /** The end of it was cut off. */
  readonly userAgent: boolean;
  /** Top-level members that are masked or kept as a digest. */
  readonly parameters: ReadonlySet<string>;
}

/** A policy that may say something else than it said here. */
export interface Doubt {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** What it reads: `context.claims.team`. */
  readonly reads: string;
}

interface Taken {
  readonly policy: BundledPolicy;
  readonly scoped: ScopedPolicy;
  readonly paths: readonly (readonly string[])[];
}

export type FindDoubts = (principal: Principal, call: AwsCall, lacks: Lacks) => readonly Doubt[];

/** Takes every policy apart once. */
export function doubtsIn(bundle: PolicyBundle): FindDoubts {
  const taken = bundle.policies.flatMap(takeApart);
  return (principal, call, lacks) => {
    const names = new Set(call.actions.flatMap(actionNames).map(({ id }) => id));
    return taken
      .filter(({ policy, scoped }) => reachesAgent(scoped, principal) && reachesCall(policy, names))
      .flatMap(({ policy, paths }) => {
        const path = paths.find((each) => isLacking(each, lacks));
        if (path === undefined) return [];
        return [{ id: policy.id, effect: policy.facts.effect, reads: path.slice(0, 3).join(".") }];
      });
  };
}

/** True where the decision stays what it is whatever these policies would say. */
export function isSettled(decision: Decision, doubts: readonly Doubt[]): boolean {
  if (doubts.length === 0) return true;
  if (decision.kind !== "deny" || decision.reason === "policy_error") return false;
  const inDoubt = new Set(doubts.map(({ id }) => id));
  const certain = decision.policies.some((id) => !inDoubt.has(id));
  // What one forbid denies, and what no permit reaches, no other forbid changes.
  return (decision.reason === "forbidden" && certain) || doubts.every(({ effect }) => effect === "forbid");
}

/** True when the policy's scope lets this agent in. */
function reachesAgent({ principal: scope }: ScopedPolicy, { issuer, subject, groups }: Principal): boolean {
  const isItself = scope.kind !== "any" && scope.id === `${issuer}|${subject}`;
  return scope.kind === "any" || isItself || (scope.kind === "in" && groups.includes(scope.id));
}

function takeApart(policy: BundledPolicy): Taken[] {
  const parsed = cedar.policyToJson(policy.text);
  if (parsed.type !== "success") throw new Error(`the policy ${policy.id} does not parse`);
  const paths = memberUses(parsed.json).map(({ path }) => path);
  return [{ policy, scoped: scopedPolicy(policy.id, policy.annotations, parsed.json), paths }];
}

/** The use of the role is asked at each call. */
function reachesCall({ facts }: BundledPolicy, names: ReadonlySet<string>): boolean {
  return facts.actions?.some(({ type, id }) => type === "Countersign::Action" || names.has(id)) ?? true;
}

function isLacking([variable, member, name]: readonly string[], lacks: Lacks): boolean {
  if (variable === "resource") return member === "tags";
  if (variable !== "context") return false;
  switch (member) {
    case "claims":
      return lacks.claims;
    case "session":
      return lacks.session;
    case "userAgent":
    case "userAgentAppId":
      return lacks.userAgent;
    case "params":
      return name === undefined ? lacks.parameters.size > 0 : lacks.parameters.has(name);
    default:
      return member === undefined;
  }
}

/** The ids of the permits whose scope lets this agent in. */
export function permitsReaching(bundle: PolicyBundle, principal: Principal): readonly string[] {
  return bundle.policies
    .flatMap(takeApart)
    .filter(({ policy, scoped }) => policy.facts.effect === "permit" && reachesAgent(scoped, principal))
    .map(({ policy }) => policy.id);
}
