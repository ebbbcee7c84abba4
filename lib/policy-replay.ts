// Asks the policies of today about a recorded call: the request is written again, goes through the gateway's recogniser, and
// the gateway's own decision function decides. What the record does not tell, and a policy asks for, makes the answer
// `unknown`. Budgets and emergency rules are not asked: they belong to their moment. Nothing is sent.

import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { withinScope } from "../lambdas/flow/decide.ts";
import { type AwsCall, displayArn } from "../lambdas/model/aws-call.ts";
import type { Decision } from "../lambdas/model/decision.ts";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { RecordedCall } from "../lambdas/model/record.ts";
import { callQuestion } from "../lambdas/policy/explain-question.ts";
import { type CallQuestion, createPolicy, type Policy } from "../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import type { ExplainRequest } from "./policy-explain.ts";
import { doubtsIn, type FindDoubts, isSettled, type Lacks } from "./policy-lacks.ts";
import { rememberingEngine } from "./policy-memo.ts";
import { principalOf, recogniseOperation, roleNamed } from "./policy-question.ts";
import type { RecordedCallAt } from "./recorded-calls.ts";
import { type RequestOfRecord, requestOfRecord } from "./recorded-request.ts";

/** A call as it was asked then, to be asked again. */
export type Rebuilt =
  | { readonly kind: "rebuilt"; readonly question: CallQuestion; readonly lacks: Lacks }
  | { readonly kind: "unknown"; readonly why: string };

type Replayed =
  | { readonly kind: "decided"; readonly question: CallQuestion; readonly decision: Decision }
  | { readonly kind: "unknown"; readonly why: string };

export interface Replay {
  readonly policy: Policy;
  decide(call: RecordedCallAt): Replayed;
}

const CUT_USER_AGENT = 1_024; // as lambdas/recording/records.ts cuts it

export function createReplay(bundle: PolicyBundle, deployment: Deployment): Replay {
  const policy = createPolicy(bundle, deployment, rememberingEngine(bundle, cedar));
  const doubts = doubtsIn(bundle);
  return {
    policy,
    decide: (call) => {
      const rebuilt = rebuild(call, deployment);
      return rebuilt.kind === "unknown" ? rebuilt : decideAgain(rebuilt, call, policy, doubts);
    },
  };
}

/** The question of then, with what its record lacks. */
export function rebuild(call: RecordedCallAt, deployment: Deployment): Rebuilt {
  const { record, opening } = call;
  const found = requestIn(call);
  if (found.kind === "unknown") return found;
  if (found.kind !== "request" || record.call === null) {
    const isWithout = found.kind === "without parameters";
    return unknown(isWithout ? "the parameters are not in the record" : "the call was not recognised then");
  }
  const { asked, left, masked } = found;
  const { asker } = asked;
  const issuer = deployment.issuers.find((each) => each.issuer === asker.issuer);
  if (issuer === undefined) return unknown("the issuer is none of this configuration");
  const role = roleNamed(deployment, asker.role ?? "");
  const again = recognised(asked, role);
  if (again === undefined || !isSame(again, record.call)) {
    return unknown("written again from the record, the request is not recognised as what it was then");
  }
  const lacks = {
    claims: issuer.claims.length > 0,
    session: opening === undefined,
    userAgent: asker.userAgent.length >= CUT_USER_AGENT,
    parameters: new Set([...left, ...masked].map((path) => path.replace(/[.[{].*$/s, ""))),
  };
  const { sourceIp, userAgent, now, sessionAge } = asker;
  const context = { sourceIp, userAgent, now, sessionOpenedAt: now - sessionAge };
  const question = callQuestion({ principal: principalOf(deployment, asker), role, context }, again);
  const session = { ...question.session, sourceIp: opening?.caller?.sourceIp ?? sourceIp };
  return { kind: "rebuilt", question: { ...question, session }, lacks };
}

function decideAgain(
  { question, lacks }: Extract<Rebuilt, { kind: "rebuilt" }>,
  { record }: RecordedCallAt,
  policy: Policy,
  findDoubts: FindDoubts,
): Replayed {
  const { principal, call } = question;
  const first = withinScope(policy.decideCall(question), question);
  const doubts = findDoubts(principal, call, lacks);
  if (!isSettled(first, doubts)) {
    const [doubt] = doubts;
    return unknown(`the policy ${doubt?.id} reads ${doubt?.reads}, which is not in the record`);
  }
  const then = record.decision;
  const asksForSession = first.kind === "hold" && first.holdsSession && then?.decision === "permit";
  if (!asksForSession) return { kind: "decided", question, decision: first };
  // Whether people had approved the session is in no record of its calls; but under the very policies of then they had.
  if (then.policyVersion === policy.version) {
    const approved = withinScope(policy.decideCall({ ...question, approvedSession: true }), question);
    return { kind: "decided", question, decision: approved };
  }
  const held = policy.decideRole(question).policies;
  if (!held.some((id) => then.policies.includes(id))) return { kind: "decided", question, decision: first };
  return unknown("whether the use of the role was approved in that session is not in the record");
}

function requestIn({
  record,
  opening,
}: RecordedCallAt): RequestOfRecord | Extract<Rebuilt, { kind: "unknown" }> {
  try {
    return requestOfRecord(record, opening);
  } catch {
    return unknown("the models have no such operation, or the parameters are not theirs");
  }
}

function recognised(asked: ExplainRequest, role: ReturnType<typeof roleNamed>): AwsCall | undefined {
  try {
    const found = recogniseOperation(asked.request, role);
    return found.kind === "recognised" ? found.call : undefined;
  } catch {
    return undefined; // a request that cannot even be written: a member of another type, a protocol without a writer
  }
}

/** As far as the record goes: it holds so many ARNs and says how many more there were. */
function isSame({ service, operation, actions }: AwsCall, then: RecordedCall): boolean {
  if (service !== then.service || operation !== then.operation || actions.length !== then.actions.length) {
    return false;
  }
  return then.actions.every(({ action, resources, resourcesOmitted }) => {
    const now = actions.find((each) => each.action === action)?.resources.map(displayArn) ?? [];
    return now.length === resources.length + resourcesOmitted && resources.every((arn) => now.includes(arn));
  });
}

function unknown(why: string): { readonly kind: "unknown"; readonly why: string } {
  return { kind: "unknown", why };
}
