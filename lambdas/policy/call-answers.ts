// Splits one call into the questions that policies can tell apart, asks each, and collects the answers.
// A call is as many questions as it has (operation, action, resource case); equal questions are asked once.

import type { AwsCall, AwsResource, RequiredAction } from "../model/aws-call.ts";
import type { Principal, Session } from "../model/principal.ts";
import type { Ask, CedarQuestion } from "./cedar.ts";
import { cedarParameters } from "./cedar-value.ts";
import { namesAction, type PolicyIndex } from "./policy-index.ts";
import {
  actionEntity,
  actionNames,
  callContext,
  operationsOf,
  principalEntity,
  type RequestContext,
  resourceEntity,
} from "./questions.ts";
import { casesOf, type ResourceCase } from "./resource-cases.ts";

/** At about half a millisecond each: what one call may cost us at most. */
export const MOST_QUESTIONS = 256;

/** The part of a call that a question was about, for the words of a denial. */
export interface CallPart {
  readonly required: RequiredAction;
  readonly resource: AwsResource;
}

export interface CallCase extends CallPart {
  readonly question: CedarQuestion;
}

export interface CallAnswer {
  /** Every permit that matched any question. */
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
  readonly failed: readonly string[];
  /** The first part of each kind, or `null`. */
  readonly failedAt: CallPart | null;
  readonly forbiddenAt: CallPart | null;
  readonly unpermittedAt: CallPart | null;
  /** Not permitted by any policy that names the very action. */
  readonly unnamedAt: CallPart | null;
}

interface Asked {
  readonly principal: Principal;
  readonly session: Session;
  readonly context: RequestContext;
  readonly call: AwsCall;
  /** Of the resources whose tags were looked up. */
  readonly tags?: ReadonlyMap<AwsResource, Readonly<Record<string, string>>>;
}

/** Returns the distinct questions of the call, or `too_many` when asking them would take too long. */
export function casesOfCall(asked: Asked, index: PolicyIndex): readonly CallCase[] | "too_many" {
  const { principal, session, context, call } = asked;
  const params = cedarParameters(call.parameters, index.parameters);
  const shared = callContext(principal, session, context, params);
  const agent = principalEntity(principal);
  const cases = new Map<string, CallCase>();
  for (const part of partsOf(call)) {
    const names = actionNames(part.required);
    const action = actionEntity(names);
    for (const resourceCase of casesOf(part.resource, index.naming(names))) {
      const resource = resourceEntity(part.resource, resourceCase, asked.tags?.get(part.resource));
      for (const operation of operationsOf(call)) {
        const question = { principal: agent, action, resource, context: { ...shared, operation } };
        const key = keyOf(question, resourceCase);
        if (!cases.has(key)) cases.set(key, { ...part, question });
        if (cases.size > MOST_QUESTIONS) return "too_many";
      }
    }
  }
  return [...cases.values()];
}

/** The resources whose tags a policy that could match reads. */
export function taggedResources(call: AwsCall, index: PolicyIndex): readonly AwsResource[] {
  return call.actions
    .filter((required) => index.readsTags(actionNames(required)))
    .flatMap(({ resources }) => resources);
}

/** Asks every question, also after a denial: a record names all policies that decided. */
export function combine(cases: readonly CallCase[], index: PolicyIndex, ask: Ask): CallAnswer {
  const answers = cases.map((part) => ({ part, answer: ask(part.question) }));
  const answered = answers.map(({ part, answer }) => {
    const permits = answer.kind === "answered" ? answer.permits : [];
    const forbids = answer.kind === "answered" ? answer.forbids : [];
    const failed = answer.kind === "failed" ? answer.policies : [];
    const named = permits.some((id) => {
      const policy = index.policy(id);
      return policy !== undefined && namesAction(policy, part.question.action.name);
    });
    return { part, permits, forbids, failed, named, isFailed: answer.kind === "failed" };
  });
  const first = (holds: (one: (typeof answered)[number]) => boolean) => answered.find(holds)?.part ?? null;
  return {
    permits: unique(answered.flatMap(({ permits }) => permits)),
    forbids: unique(answered.flatMap(({ forbids }) => forbids)),
    failed: unique(answered.flatMap(({ failed }) => failed)),
    failedAt: first(({ isFailed }) => isFailed),
    forbiddenAt: first(({ forbids }) => forbids.length > 0),
    unpermittedAt: first(({ permits }) => permits.length === 0),
    unnamedAt: first(({ named }) => !named),
  };
}

function partsOf(call: AwsCall): readonly CallPart[] {
  return call.actions.flatMap((required) => required.resources.map((resource) => ({ required, resource })));
}

function keyOf({ action, resource, context }: CedarQuestion, { key }: ResourceCase): string {
  return JSON.stringify([action.name.id, action.parents, resource.attributes, context.operation, key]);
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort();
}
