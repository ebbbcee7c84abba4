// Says why a call was decided as it was: question by question, which policies matched, and which nearly did, with the
// condition that stood in the way. The decision itself is `Policy.decideCall`'s, asked here with the same question: an
// explanation never decides. Pure; the engine is injected. Tells values of the request: for the people who write
// policies, never for the caller.

import { displayArn } from "../model/aws-call.ts";
import type { Decision } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import { type CallCase, casesOfCall } from "./call-answers.ts";
import type { CedarQuestion } from "./cedar.ts";
import {
  type ExplainEngine,
  type NearMiss,
  type PolicyParts,
  partsOf,
  tryPolicies,
} from "./explain-parts.ts";
import type { CallQuestion, Policy } from "./policy.ts";
import type { PolicyBundle } from "./policy-bundle.ts";
import { indexPolicies } from "./policy-index.ts";
import { roleQuestion } from "./questions.ts";

export interface ExplainedQuestion {
  /** `Countersign::Action::"AssumeRole"` for the use of the role, else the IAM action. */
  readonly action: string;
  /** An empty text for the use of the role. */
  readonly operation: string;
  readonly resource: string;
  /** The resource sets that the resource is in, as far as this question goes. */
  readonly sets: readonly string[];
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
  readonly failed: readonly string[];
  /** Policies whose scope let the question in, and a condition did not. */
  readonly nearMisses: readonly NearMiss[];
  /** Policies that would match if the agent were another one. */
  readonly forOthers: readonly string[];
}

export interface Explanation {
  readonly decision: Decision;
  readonly role: ExplainedQuestion;
  /** Empty when there were too many to ask. */
  readonly questions: readonly ExplainedQuestion[];
}

export type Explain = (question: CallQuestion) => Explanation;

/** Takes every policy apart once. */
export function createExplain(
  policy: Policy,
  bundle: PolicyBundle,
  deployment: Deployment,
  cedar: ExplainEngine,
): Explain {
  const index = indexPolicies(bundle, deployment);
  const parts = bundle.policies.map((each) => partsOf(each, cedar));
  return (question) => {
    const { principal, role, context } = question;
    const cases = casesOfCall(question, index);
    const asked = roleQuestion(principal, role, context);
    return {
      decision: policy.decideCall(question),
      role: explained(asked, { action: 'Countersign::Action::"AssumeRole"', resource: role }, parts, cedar),
      questions:
        cases === "too_many" ? [] : cases.map((each) => explained(each.question, named(each), parts, cedar)),
    };
  };
}

function named({ required, resource }: CallCase): Pick<ExplainedQuestion, "action" | "resource"> {
  return { action: required.action, resource: displayArn(resource) };
}

function explained(
  question: CedarQuestion,
  names: Pick<ExplainedQuestion, "action" | "resource">,
  parts: readonly PolicyParts[],
  cedar: ExplainEngine,
): ExplainedQuestion {
  const tried = tryPolicies(question, parts, cedar);
  const idsOf = (outcome: string, effect?: "permit" | "forbid") =>
    tried
      .filter((each) => each.outcome === outcome && (effect ?? each.effect) === each.effect)
      .map(({ id }) => id);
  const { operation } = question.context;
  return {
    ...names,
    operation: typeof operation === "string" ? operation : "",
    sets: question.resource.parents.map(({ id }) => id),
    permits: idsOf("matched", "permit"),
    forbids: idsOf("matched", "forbid"),
    failed: idsOf("failed"),
    nearMisses: tried.flatMap(({ nearMiss }) => nearMiss ?? []),
    forOthers: idsOf("for others"),
  };
}
