// Explains what the policies of this directory say to a request: an AWS command line, JSON, or a recorded call. The
// decision is the live one: same recogniser, same engine, same function. Never asks AWS, never sends anything.

import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { z } from "zod";
import { createMaskKnowledge } from "../lambdas/flow/api/mask-knowledge.ts";
import type { AwsCall } from "../lambdas/model/aws-call.ts";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { EmergencyForbid } from "../lambdas/model/emergency.ts";
import { createExplain, type Explanation } from "../lambdas/policy/explain.ts";
import { type Asker, callQuestion, withTags } from "../lambdas/policy/explain-question.ts";
import type { CallQuestion } from "../lambdas/policy/policy.ts";
import { createPolicy } from "../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import type { OperationRequest } from "./aws-request.ts";
import { parseWith } from "./config.ts";
import { MODELS } from "./model-catalogue.ts";
import { principalOf, recogniseOperation, roleNamed } from "./policy-question.ts";

/** Who asks, as a person writes it. */
export interface AskerText {
  readonly issuer: string | null;
  readonly subject: string;
  readonly groups: readonly string[];
  readonly claims: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Name or ARN; `null`: the first role of the deployment. */
  readonly role: string | null;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Epoch seconds. */
  readonly now: number;
  readonly sessionAge: number;
  /** Tags of the call's resources; `undefined`: not looked up. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface ExplainRequest {
  readonly request: OperationRequest;
  readonly asker: AskerText;
}

export type Explained =
  | {
      readonly kind: "explained";
      readonly question: CallQuestion;
      readonly call: AwsCall;
      readonly explanation: Explanation;
      readonly bundle: PolicyBundle;
    }
  | { readonly kind: "unrecognised"; readonly message: string };

const MASKING = createMaskKnowledge(MODELS);

/** @throws Error with a sentence for whoever wrote the request */
export function explainRequest(
  { request, asker }: ExplainRequest,
  bundle: PolicyBundle,
  deployment: Deployment,
  emergency?: EmergencyForbid,
): Explained {
  const asking = askerOf(asker, deployment);
  const found = recogniseOperation(request, asking.role);
  if (found.kind === "refused") return { kind: "unrecognised", message: found.message };
  const policy = createPolicy(bundle, deployment, cedar);
  const question = withTags(callQuestion(asking, found.call), policy, asker.tags);
  const explanation = createExplain(policy, bundle, deployment, cedar, MASKING)(question, emergency);
  return { kind: "explained", question, call: found.call, explanation, bundle };
}

function askerOf(text: AskerText, deployment: Deployment): Asker {
  const { now, sessionAge, sourceIp, userAgent } = text;
  return {
    principal: principalOf(deployment, text),
    role: roleNamed(deployment, text.role ?? deployment.roles[0].arn),
    context: { sourceIp, userAgent, now, sessionOpenedAt: now - sessionAge },
  };
}

const json = z.strictObject({
  service: z.string(),
  operation: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
  region: z.string().optional(),
  role: z.string().optional(),
  principal: z
    .strictObject({
      issuer: z.string().optional(),
      subject: z.string().optional(),
      groups: z.array(z.string()).optional(),
      claims: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
        .optional(),
    })
    .default({}),
});

/** A request as JSON: `{ service, operation, params, region, role, principal: { issuer, subject, groups, claims } }`. */
export function parseJsonRequest(text: string, asker: AskerText, region: string): ExplainRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error("the request is no JSON", { cause });
  }
  const parsed = parseWith(json, value, "the request");
  const { issuer, subject, groups, claims } = parsed.principal;
  return {
    request: {
      service: parsed.service,
      operation: parsed.operation,
      params: parsed.params,
      region: parsed.region ?? region,
    },
    asker: {
      ...asker,
      issuer: issuer ?? asker.issuer,
      subject: subject ?? asker.subject,
      groups: groups ?? asker.groups,
      claims: claims ?? asker.claims,
      role: parsed.role ?? asker.role,
    },
  };
}
