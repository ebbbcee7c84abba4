// What the present permits oblige to about each part of a covered call, so that a suggestion keeps it: approvals, masks,
// detectors, budgets, record, scope. Decides how the annotations of several permits become those of one; which permits
// matched, the gateway's own decision function says.

import type { AwsResource, RequiredAction } from "../lambdas/model/aws-call.ts";
import type { CallQuestion, Policy } from "../lambdas/policy/policy.ts";
import type { BundledPolicy, PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { orchestratorIn } from "../lambdas/upstream/orchestrators.ts";
import type { FindDoubts } from "./policy-lacks.ts";
import type { CoveredCall } from "./policy-suggest-calls.ts";

export type Terms = Readonly<Record<string, string>>;

/** One action on one resource, or the use of a role, that a suggestion must permit. */
interface Need {
  readonly action: string;
  readonly resource: AwsResource;
  /** The present permits that matched it. */
  readonly permits: readonly string[];
  readonly terms: Terms;
}

interface RoleNeed {
  readonly permits: readonly string[];
  readonly terms: Terms;
}

export interface NeedsOfCall {
  readonly needs: readonly Need[];
  readonly role: RoleNeed;
}

interface Present {
  readonly bundle: PolicyBundle;
  readonly policy: Policy;
  readonly findDoubts: FindDoubts;
}

export function needsOf(covered: CoveredCall, present: Present): NeedsOfCall {
  const { question } = covered;
  const byId = new Map(present.bundle.policies.map((policy) => [policy.id, policy]));
  const permitsOf = (ids: readonly string[], type: string): readonly BundledPolicy[] =>
    ids.flatMap((id) => {
      const policy = byId.get(id);
      return policy?.facts.effect === "permit" && reaches(policy, type) ? [policy] : [];
    });
  const isUncertain = present.findDoubts(question.principal, question.call, covered.lacks).length > 0;
  const orchestrates = orchestratorIn(question.call) !== undefined;
  const needs = question.call.actions.flatMap((required) =>
    required.resources.map((resource): Need => {
      // Where a policy asks for what the record lacks, those that decided then are the ones to keep.
      const ids = isUncertain ? covered.then.policies : matched(question, required, resource, present.policy);
      const permits = permitsOf(ids, "AWS::Action");
      const terms = joined(
        permits.map(({ annotations }) => annotations),
        orchestrates,
      );
      return { action: required.action, resource, permits: permits.map(({ id }) => id), terms };
    }),
  );
  const asked = present.policy.decideRole(question);
  const used = permitsOf(
    [...asked.policies, ...(isUncertain ? covered.then.policies : [])],
    "Countersign::Action",
  );
  const role = {
    permits: [...new Set(used.map(({ id }) => id))],
    terms: joined(
      used.map(({ annotations }) => annotations),
      false,
    ),
  };
  return { needs, role };
}

/** The policies that decide this part of the call alone. */
function matched(
  question: CallQuestion,
  required: RequiredAction,
  resource: AwsResource,
  policy: Policy,
): readonly string[] {
  const call = { ...question.call, actions: [{ ...required, resources: [resource] }] } as const;
  const decision = policy.decideCall({ ...question, call });
  return decision.kind === "deny" ? [] : decision.policies;
}

function reaches({ facts }: BundledPolicy, type: string): boolean {
  return facts.actions?.some((action) => action.type === type) ?? true;
}

const RECORDS = ["full", "parameters", "metadata"];

/**
 * The annotations of one permit that oblige to at least what all of these do. Several groups of approvers, and several
 * budgets, need a permit each: they come apart by `split`.
 */
function joined(all: readonly Terms[], orchestrates: boolean): Terms {
  const valuesOf = (name: string) => [...new Set(all.flatMap((each) => each[name] ?? []))].sort();
  const everyHas = (name: string) => all.length > 0 && all.every((each) => each[name] !== undefined);
  const listed = (name: string) => [
    ...new Set(valuesOf(name).flatMap((text) => text.split(",").map((each) => each.trim()))),
  ];
  const record = RECORDS.find((level) => valuesOf("record").includes(level));
  const isWide = valuesOf("scope").includes("role") && (everyHas("scope") || orchestrates);
  const terms: Record<string, string> = {
    approve: valuesOf("approve").join(SEVERAL),
    limit: valuesOf("limit").join(SEVERAL),
    mask: listed("mask").join(", "),
    detect: listed("detect").join(", "),
    ...(everyHas("record") && record !== undefined && { record }),
    ...(isWide && { scope: "role" }),
    // What is shown needs the word of every permit.
    ...(everyHas("unmask") && valuesOf("unmask").length === 1 && shown(all[0])),
  };
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== ""));
}

const SEVERAL = "\n"; // no annotation holds one

/** One annotation set for the permit, and one more for each further group of approvers or budget. */
export function split(terms: Terms): readonly Terms[] {
  const several = Object.entries(terms).flatMap(([name, value]) =>
    value
      .split(SEVERAL)
      .slice(1)
      .map((each): Terms => ({ [name]: each })),
  );
  const first = Object.entries(terms).map(([name, value]) => [name, value.split(SEVERAL)[0] ?? ""]);
  return [Object.fromEntries(first), ...several];
}

/** Of the same action on the same resource in several calls. */
export function joinedOfCalls(one: Terms, other: Terms): Terms {
  const apart = (terms: Terms) => split(terms);
  const wide = one.scope === "role" || other.scope === "role";
  return joined(
    [...apart(one).slice(0, 1), ...apart(other).slice(0, 1), ...several(one), ...several(other)],
    wide,
  );
}

function several(terms: Terms): readonly Terms[] {
  // Beside the first set, the others say nothing of record and scope: they repeat it.
  const [first = {}, ...rest] = split(terms);
  return rest.map((each) => ({ ...first, ...each }));
}

function shown(terms: Terms | undefined): Terms {
  return { unmask: terms?.unmask ?? "", reason: terms?.reason ?? "as in the present policies" };
}
