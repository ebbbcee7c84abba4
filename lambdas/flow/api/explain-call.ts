// Explains what the policies say to a call now: for who asks, or, to an administrator, for any agent. Asks the recogniser,
// the policies and the emergency forbid as a call would, and nothing else: no budget is taken, no tag is read, no call made.

import { hostOf } from "../../ingress/gateway-host.ts";
import { displayArn } from "../../model/aws-call.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { partsOfRole } from "../../model/ids.ts";
import type { Principal } from "../../model/principal.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { SignedRequest } from "../../model/signed-request.ts";
import { singleHeader, type WireRequest } from "../../model/wire-request.ts";
import type { Clock } from "../../net/clock.ts";
import type { Explain, ExplainedQuestion } from "../../policy/explain.ts";
import { callQuestion, withTags } from "../../policy/explain-question.ts";
import type { CallQuestion, Policy } from "../../policy/policy.ts";
import { recognise } from "../../recognition/recognise.ts";
import type { ModelSource } from "../../recognition/shard.ts";
import { userAgentOf } from "../call-trace.ts";
import type { SessionStore } from "../ports.ts";
import type { ApiCaller } from "./api-caller.ts";
import { type ExplainQuestion, parseExplainQuestion } from "./explain-question.ts";
import { answerJson, answerProblem } from "./problem.ts";

export interface ExplainDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly models: ModelSource;
  readonly policy: Policy;
  readonly explain: Explain;
  readonly sessions: Pick<SessionStore, "standingOf">;
  readonly publicUrl: () => Promise<string>;
}

export async function explainCall(
  request: WireRequest,
  caller: ApiCaller,
  dependencies: ExplainDependencies,
): Promise<GatewayResponse> {
  if (!/^application\/json(?:;|$)/i.test(singleHeader(request.headers, "content-type") ?? "")) {
    return answerProblem(refuse("ValidationError", "the body is `content-type: application/json`"));
  }
  const question = parseExplainQuestion(request.body);
  if (question.kind === "refused") return answerProblem(question);
  const principal = askedAbout(question, caller, dependencies.deployment);
  if ("kind" in principal) return answerProblem(principal);
  const meant = addressed(question.request, await dependencies.publicUrl());
  if ("kind" in meant) return answerProblem(meant);
  const found = recognise(meant, partsOfRole(question.role), dependencies.models);
  if (found.kind === "refused") return answerJson(200, { recognised: false, message: found.message });
  const now = Math.floor(dependencies.clock.nowMs() / 1_000);
  const context = { sourceIp: request.viewerIp, userAgent: userAgentOf(request), now, sessionOpenedAt: now };
  const asked = callQuestion({ principal, role: question.role, context }, found.call);
  const { policy } = dependencies;
  return answerJson(200, await explained(withTags(asked, policy, question.tags), caller, dependencies));
}

/** A request as it was signed for this gateway, or as one for AWS itself: the former has our name and our prefix. */
function addressed(request: SignedRequest, publicUrl: string): SignedRequest | Refusal {
  const host = hostOf(request, publicUrl);
  if (host.kind === "refused") return request;
  if (!/^\/aws(?:\/|$)/.test(request.path)) {
    return refuse("ValidationError", "a request to the gateway's host has a path under `/aws`");
  }
  return { ...request, path: request.path.slice("/aws".length) || "/", hostPrefix: host.prefix };
}

/** INVARIANT: an agent learns what the policies say to itself; whoever names an agent has to be an administrator. */
function askedAbout(
  { agent }: ExplainQuestion,
  { principal, isAdministrator }: ApiCaller,
  { issuers }: Deployment,
): Principal | Refusal {
  if (agent === undefined) return principal;
  if (!isAdministrator) {
    return refuse("AccessDenied", "only administrators may ask about an agent: leave `agent` out");
  }
  const issuer = issuers.find((known) => known.issuer === agent.issuer);
  if (issuer === undefined) return refuse("ValidationError", "`agent.issuer` is not configured here");
  // Only these would reach policy out of a token.
  const claims = Object.fromEntries(
    Object.entries(agent.claims).filter(([name]) => issuer.claims.includes(name)),
  );
  return { ...agent, claims };
}

async function explained(
  question: CallQuestion,
  { isAdministrator }: ApiCaller,
  { explain, sessions, deployment, policy }: ExplainDependencies,
): Promise<object> {
  const { principal, role, call } = question;
  const { revoked, emergency } = await sessions.standingOf(principal, role);
  const explanation = explain(question, emergency);
  const told = (asked: ExplainedQuestion): object => (isAdministrator ? asked : forItself(asked));
  return {
    recognised: true,
    mode: deployment.mode,
    service: call.service,
    operation: call.operation,
    candidates: call.candidates,
    actions: call.actions.map(({ action, accessLevel, resources }) => ({
      action,
      accessLevel,
      resources: resources.map(displayArn),
    })),
    revoked,
    tagsNeeded: question.tags === undefined && policy.taggedResources(call).length > 0,
    decision: explanation.decision,
    withoutEmergency: explanation.withoutEmergency,
    masks: explanation.masks,
    role: told(explanation.role),
    questions: explanation.questions.map(told),
  };
}

/** What would be if it were another agent is not its business. */
function forItself({ forOthers: _, ...asked }: ExplainedQuestion): object {
  return asked;
}
