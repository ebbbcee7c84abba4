// Warns of gates that stand in an open field: a policy forbids an action, or permits it under a condition, and another
// permit lets through an operation with the same effect (lib/policy-same-effect.ts). A warning, since only the author
// knows what the gate is for: `@accepts("<action>: <why>")` on the gating policy answers it.

import { acceptedWays } from "./policy-accepts.ts";
import { operationGaps } from "./policy-operation-gaps.ts";
import { REMOTE_WAYS, type RemoteWay, SAME_EFFECT, type Way } from "./policy-same-effect.ts";
import {
  covers,
  excludes,
  hasAllConditionsOf,
  isMutatingAction,
  type ScopedPolicy,
  singleActions,
} from "./policy-scope.ts";

export interface GateWarning {
  /** The id of the gating policy. */
  readonly policy: string;
  readonly message: string;
  /** Text of the policy at which to point. */
  readonly at: string;
}

/** A way past a gate, with the permit that leaves it open. */
interface Opening {
  readonly gated: string;
  readonly way: Way;
  readonly permit: ScopedPolicy;
}

/** Returns the warnings of all policies, gate by gate. */
export function gateWarnings(policies: readonly ScopedPolicy[]): readonly GateWarning[] {
  return policies.flatMap((gate) => {
    const openings = [...directOpenings(gate, policies), ...remoteOpenings(gate, policies)];
    const accepted = acceptedWays(gate.annotations.accepts ?? "");
    const open = openings.filter(({ way }) => !accepted.has(way.action));
    const needless = [...accepted].filter((action) => !openings.some(({ way }) => way.action === action));
    return [
      ...merged(open).map((message) => ({ policy: gate.id, ...message })),
      ...needless.map((action) => ({
        policy: gate.id,
        message: `\`@accepts\` names \`${action}\`, but no permit leaves that way open: remove it`,
        at: action,
      })),
      ...operationGaps(gate).map((gap) => ({ policy: gate.id, ...gap })),
    ];
  });
}

/** One warning for each way and permit, however many actions of the gate it reaches. */
function merged(openings: readonly Opening[]): { message: string; at: string }[] {
  const groups = Map.groupBy(openings, ({ way, permit }) => `${way.action} ${permit.id}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { way, permit } = first;
    const gated = [...new Set(group.map((each) => `\`${each.gated}\``))].join(", ");
    const answer = `gate it as well, or write \`@accepts("${way.action}: <why>")\``;
    return [
      {
        message: `this gates ${gated}, but \`${permit.id}\` permits \`${way.action}\`, which has the same effect: ${way.because}; ${answer}`,
        at: JSON.stringify(first.gated),
      },
    ];
  });
}

function directOpenings(gate: ScopedPolicy, policies: readonly ScopedPolicy[]): Opening[] {
  return singleActions(gate).flatMap((gated) => {
    if (!isGate(gate, gated, policies)) return [];
    const ways = (SAME_EFFECT.get(gated) ?? []).filter(({ action }) => !covers(gate, action));
    return ways.flatMap((way) => {
      if (isForbiddenLike(gate, way.action, policies)) return [];
      return permitsOf(gate, way.action, policies).map((permit) => ({ gated, way, permit }));
    });
  });
}

/** Other services act on other resources, so a forbid within a set of resources does not stop them. */
function remoteOpenings(gate: ScopedPolicy, policies: readonly ScopedPolicy[]): Opening[] {
  const gated = singleActions(gate).filter(
    (action) => isMutatingAction(action) && isGate(gate, action, policies),
  );
  const [first] = gated;
  if (first === undefined) return [];
  return REMOTE_WAYS.filter(({ action }) => !covers(gate, action)).flatMap((way) => {
    if (isForbiddenEverywhere(way.action, policies)) return [];
    return permitsOf(gate, way.action, policies)
      .filter((permit) => canAct(way, permit, policies))
      .flatMap((permit) => gated.map((each) => ({ gated: each, way, permit })));
  });
}

function canAct(way: RemoteWay, permit: ScopedPolicy, policies: readonly ScopedPolicy[]): boolean {
  if (way.acts === "own role") return true;
  if (way.acts === "caller" && permit.annotations.scope === "role") return true;
  const passes = policies.some((each) => each.effect === "permit" && covers(each, "iam:PassRole"));
  return passes && !isForbiddenEverywhere("iam:PassRole", policies);
}

/** A forbid gates what it names; a permit does when it asks for more than any other permit of the action. */
function isGate(policy: ScopedPolicy, action: string, policies: readonly ScopedPolicy[]): boolean {
  if (policy.effect === "forbid") return true;
  if (policy.conditions.length === 0 && !isHeld(policy)) return false;
  return !policies.some(
    (other) =>
      other !== policy &&
      other.effect === "permit" &&
      covers(other, action) &&
      concerns(policy, other) &&
      !asksAsMuch(other, policy),
  );
}

function isHeld({ annotations }: ScopedPolicy): boolean {
  return annotations.approve !== undefined || annotations.limit !== undefined;
}

/** The permits that let the way through without asking what the gate asks. */
function permitsOf(
  gate: ScopedPolicy,
  action: string,
  policies: readonly ScopedPolicy[],
): readonly ScopedPolicy[] {
  const permits = policies.filter(
    (each) => each !== gate && each.effect === "permit" && covers(each, action) && concerns(gate, each),
  );
  if (gate.effect === "permit") return permits.filter((permit) => !asksAsMuch(permit, gate));
  return permits.filter((permit) => gate.resource.kind !== "in" || !excludes(permit, gate.resource.id));
}

function asksAsMuch(permit: ScopedPolicy, gate: ScopedPolicy): boolean {
  const held = !isHeld(gate) || isHeld(permit);
  return held && hasAllConditionsOf(permit, gate);
}

/** True when an agent that the gate is for may be one that the permit is for. Groups are not known to be apart. */
function concerns(gate: ScopedPolicy, permit: ScopedPolicy): boolean {
  if (gate.principal.kind === "any" || permit.principal.kind === "any") return true;
  if (gate.effect === "forbid") return true;
  return gate.principal.id === permit.principal.id;
}

/** A forbid that covers the way wherever the gate covers its own action. */
function isForbiddenLike(gate: ScopedPolicy, action: string, policies: readonly ScopedPolicy[]): boolean {
  return policies.some(
    (forbid) =>
      forbid.effect === "forbid" &&
      forbid !== gate &&
      covers(forbid, action) &&
      (forbid.principal.kind === "any" || sameScope(forbid.principal, gate.principal)) &&
      (forbid.resource.kind === "any" || sameScope(forbid.resource, gate.resource)) &&
      hasAllConditionsOf(gate, forbid),
  );
}

function sameScope(one: ScopedPolicy["principal"], other: ScopedPolicy["principal"]): boolean {
  return one.kind !== "any" && other.kind === one.kind && other.id === one.id;
}

function isForbiddenEverywhere(action: string, policies: readonly ScopedPolicy[]): boolean {
  return policies.some(
    (forbid) =>
      forbid.effect === "forbid" &&
      covers(forbid, action) &&
      forbid.principal.kind === "any" &&
      forbid.resource.kind === "any" &&
      forbid.conditions.length === 0,
  );
}
