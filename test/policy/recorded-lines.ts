// Recorded calls as lines, made as the gateway makes them: recognised, decided by real policies, recorded with secrets masked.

import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { maskParameters } from "../../lambdas/masking/mask-parameters.ts";
import type { Decision } from "../../lambdas/model/decision.ts";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import { callQuestion } from "../../lambdas/policy/explain-question.ts";
import { createPolicy } from "../../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../../lambdas/policy/policy-bundle.ts";
import { callerOf, outcomeOf } from "../../lambdas/recording/records.ts";
import type { OperationRequest } from "../../lib/aws-request.ts";
import { recogniseOperation, roleNamed } from "../../lib/policy-question.ts";
import { SESSION } from "../recording/facts.ts";

export interface Made {
  readonly service: string;
  readonly operation: string;
  readonly params: OperationRequest["params"];
}

export interface Maker {
  readonly bundle: PolicyBundle;
  readonly deployment: Deployment;
  readonly groups: readonly string[];
  readonly role: string;
}

const NOON = Date.parse("2026-07-01T12:00:00Z");

/** Each call's line with what was decided. What was not denied was answered, after approval where it was held. */
export function recordedLines(calls: readonly Made[], maker: Maker): readonly string[] {
  const policy = createPolicy(maker.bundle, maker.deployment, cedar);
  return calls.map((made, index) => {
    const { call, decision, caller, role, atMs } = decided(made, index, maker, policy);
    const facts = {
      ...{ atMs, caller, role, decision, enforced: true, approval: null },
      ...{ requestDigest: "d", gatewayRequestId: `r-${index}` },
      call: { call, maskedParameters: maskParameters(call.parameters, call.sensitiveParameters) },
    };
    const denied = decision.kind === "deny";
    const record = outcomeOf(facts, {
      ...{ ending: denied ? "refused" : "answered", status: denied ? 403 : 200 },
      ...{ code: denied ? "AccessDenied" : null, awsRequestId: null, mayHaveRun: !denied },
      ...{ latency: {}, responseDigest: null, responseBytes: null },
    });
    return JSON.stringify({ pk: `SESSION#${SESSION}`, sk: `CALL#${index}#OUTCOME`, record });
  });
}

function decided(
  { service, operation, params }: Made,
  index: number,
  { deployment, groups, role: name }: Maker,
  policy: ReturnType<typeof createPolicy>,
) {
  const [{ issuer }] = deployment.issuers;
  const principal = { issuer, subject: "agent-1", groups, claims: {} };
  const role = roleNamed(deployment, name);
  const found = recogniseOperation({ service, operation, region: "eu-west-1", params }, role);
  if (found.kind === "refused") throw new Error(found.message);
  const atMs = NOON + index;
  const now = Math.floor(atMs / 1_000);
  const context = { sourceIp: "192.0.2.7", userAgent: "Boto3", now, sessionOpenedAt: now - 60 };
  const decision: Decision = policy.decideCall(callQuestion({ principal, role, context }, found.call));
  const caller = callerOf({
    ...{ principal, agent: { name: "Agent", owner: "ann" }, session: SESSION, sourceIdentity: "agent-1" },
    ...{ sourceIp: "192.0.2.7", userAgent: "Boto3" },
  });
  return { call: found.call, decision, caller, role, atMs };
}
