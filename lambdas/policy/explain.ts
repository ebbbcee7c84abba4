// Says why a call was decided as it was: question by question, which policies matched, and which nearly did, with the
// condition that stood in the way; what is obliged, and which masks meet the operation. The decision itself is that of the
// emergency rules and `Policy.decideCall`, asked here with the same question: an explanation never decides. Pure; the engine
// is injected. Tells values of the request: for the people who write policies, and to a caller about its own calls.

import type { MaskPath } from "../model/answer.ts";
import { type AwsCall, displayArn, type ServiceOperation } from "../model/aws-call.ts";
import type { Decision } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import type { EmergencyForbid } from "../model/emergency.ts";
import { type CallCase, casesOfCall } from "./call-answers.ts";
import type { CedarQuestion } from "./cedar.ts";
import { emergencyDenial } from "./emergency.ts";
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

/** An operation, and the service name of its credential scope, under which the models keep its answer. */
export interface AnsweredOperation extends ServiceOperation {
  readonly signingName: string;
}

/** What masking knows of answers: declared here, so that policy need not know masking. */
export interface MaskKnowledge {
  /** True when the path names members of this operation's answer, or data that it can hold. */
  meets(operation: AnsweredOperation, path: string): boolean;
  /** The paths that are hidden whatever the policies say. */
  defaults(operation: AnsweredOperation): readonly string[];
}

/** What is hidden in the answer of a call that may run. */
interface ExplainedMasks {
  /** Of the policies, as far as they meet this operation. */
  readonly masks: readonly MaskPath[];
  readonly shown: readonly string[];
  readonly detectors: readonly string[];
  /** Always hidden, unless shown. */
  readonly defaults: readonly string[];
}

export interface Explanation {
  readonly decision: Decision;
  /** What the policies alone decide, where an emergency rule decided; else `null`. */
  readonly withoutEmergency: Decision | null;
  /** `null` for a denial, and where masking's knowledge was not given. */
  readonly masks: ExplainedMasks | null;
  readonly role: ExplainedQuestion;
  /** Empty when there were too many to ask. */
  readonly questions: readonly ExplainedQuestion[];
}

/** The emergency rules in force, where they are known. */
export type Explain = (question: CallQuestion, emergency?: EmergencyForbid) => Explanation;

/** Takes every policy apart once. */
export function createExplain(
  policy: Policy,
  bundle: PolicyBundle,
  deployment: Deployment,
  cedar: ExplainEngine,
  masking: MaskKnowledge | null = null,
): Explain {
  const index = indexPolicies(bundle, deployment);
  const parts = bundle.policies.map((each) => partsOf(each, cedar));
  return (question, emergency) => {
    const { principal, role, context } = question;
    const cases = casesOfCall(question, index);
    const asked = roleQuestion(principal, role, context);
    const decided = policy.decideCall(question);
    const forbidden = forbiddenBy(emergency, question, policy);
    const decision = forbidden ?? decided;
    return {
      decision,
      withoutEmergency: forbidden === null ? null : decided,
      masks: masking === null ? null : masksIn(decision, question.call, masking),
      role: explained(asked, { action: 'Countersign::Action::"AssumeRole"', resource: role }, parts, cedar),
      questions:
        cases === "too_many" ? [] : cases.map((each) => explained(each.question, named(each), parts, cedar)),
    };
  };
}

function forbiddenBy(
  emergency: EmergencyForbid | undefined,
  { principal, role, call, context }: CallQuestion,
  { version }: Policy,
): Decision | null {
  if (emergency === undefined) return null;
  return emergencyDenial({ emergency, principal, role, call, now: context.now, policyVersion: version });
}

function masksIn(decision: Decision, call: AwsCall, masking: MaskKnowledge): ExplainedMasks | null {
  if (decision.kind === "deny") return null;
  const { masks = [], unmasks = [], detectors = [] } = decision.obligations.mask ?? {};
  const { signingName } = call;
  const operations = call.candidates.map((each): AnsweredOperation => ({ ...each, signingName }));
  const meets = ({ path }: MaskPath) => operations.some((operation) => masking.meets(operation, path));
  const shown = unmasks.filter(meets).map(({ path }) => path);
  const defaults = new Set(operations.flatMap((operation) => masking.defaults(operation)));
  return { masks: masks.filter(meets), shown, detectors, defaults: [...defaults].sort() };
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
