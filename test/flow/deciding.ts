// One decision as the flow makes it: a policy of texts, a session of the role, and a trace that says what was recorded.

import { startTrace } from "../../lambdas/flow/call-trace.ts";
import { type DecideDependencies, decideCall } from "../../lambdas/flow/decide.ts";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import { type EmergencyForbid, NO_EMERGENCY } from "../../lambdas/model/emergency.ts";
import type { RoleArn, SessionId } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import { createPolicy, type Policy } from "../../lambdas/policy/policy.ts";
import { fakeBudgets } from "../fakes/budgets.ts";
import { agent, bundleOf, CONTEXT, cedar, DEPLOYMENT, READER, USE_ROLES } from "../policy/fixtures.ts";

export interface Deciding extends Partial<DecideDependencies> {
  readonly emergency?: EmergencyForbid;
  readonly role?: RoleArn;
}

/** A policy of these texts alone. */
export function onlyPolicy(...texts: readonly string[]): Policy {
  return createPolicy(bundleOf(...texts), DEPLOYMENT, cedar);
}

export function policyWith(...texts: readonly string[]): Policy {
  return onlyPolicy(USE_ROLES, ...texts);
}

export async function decided(
  call: AwsCall,
  policy: Policy,
  { emergency = NO_EMERGENCY, role = READER, ...dependencies }: Deciding = {},
) {
  const { trace, result } = start(call, policy, { emergency, role, ...dependencies });
  return { result: await result, decision: trace.decision, enforced: trace.enforced };
}

function start(
  call: AwsCall,
  policy: Policy,
  { emergency, role, ...replaced }: Deciding & Required<Pick<Deciding, "emergency" | "role">>,
) {
  const trace = startTrace(REQUEST, CONTEXT.now * 1_000);
  const dependencies = {
    clock: { nowMs: () => CONTEXT.now * 1_000 },
    deployment: DEPLOYMENT,
    policy,
    budgets: fakeBudgets(),
    tags: NO_TAGS,
    ...replaced,
  };
  return {
    trace,
    result: decideCall({ session: { ...SESSION, role }, emergency, call }, trace, dependencies),
  };
}

const NO_TAGS: DecideDependencies["tags"] = {
  tagsOf: async () => ({ kind: "unreadable", subject: "nothing", action: "nothing" }),
};

const REQUEST = {
  method: "POST",
  path: "/aws",
  query: [],
  headers: new Map(),
  body: new Uint8Array(),
  viewerIp: CONTEXT.sourceIp,
  gatewayRequestId: "request",
};

const SESSION: Session = {
  id: "AAAAAAAAAAAAAAAAAAAAAAAAAA" as SessionId,
  principal: agent(["readers"]),
  role: READER,
  keyArn: "arn:aws:kms:eu-west-1:111122223333:key/k",
  sourceIp: CONTEXT.sourceIp,
  userAgent: CONTEXT.userAgent,
  openedAt: CONTEXT.now - 60,
  expiresAt: CONTEXT.now + 3_540,
};
