// Times the steps of one warm GetItem with tinybench, each alone, and then the whole flow over in-memory ports.

import { join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { Bench } from "tinybench";
import { modelFiles } from "../lambdas/boundary/model-files.ts";
import { createFlowLimits } from "../lambdas/flow/limits.ts";
import { type ServeDependencies, serve } from "../lambdas/flow/serve.ts";
import { parseSignatureClaim } from "../lambdas/identity/sigv4/signature-claim.ts";
import { verifySignature } from "../lambdas/identity/sigv4/verify-signature.ts";
import { parseEvent } from "../lambdas/ingress/parse-event.ts";
import { partsOfRole, sessionIdOfKey } from "../lambdas/model/ids.ts";
import type { Session } from "../lambdas/model/principal.ts";
import type { Refusal } from "../lambdas/model/refusal.ts";
import { createPolicy } from "../lambdas/policy/policy.ts";
import { recognise } from "../lambdas/recognition/recognise.ts";
import { sessionPolicyFor } from "../lambdas/upstream/session-policy.ts";
import { signUpstream } from "../lambdas/upstream/sign-upstream.ts";
import { deploymentOf, parseConfig } from "../lib/config.ts";
import { demoConfig, READER_ROLE, REPORTS_AGENT } from "../lib/local/demo-world.ts";
import { bundlePolicies } from "../lib/policy-bundle.ts";
import { fakeApprovals } from "../test/fakes/approvals.ts";
import { fakeBudgets } from "../test/fakes/budgets.ts";
import { fakeCallLog } from "../test/fakes/call-log.ts";
import { fakePayloads } from "../test/fakes/payloads.ts";
import { fakeSessionStore } from "../test/fakes/session-store.ts";
import { fakeAnswer, fakeCredentialSource, fakeSender } from "../test/fakes/upstream.ts";
import { KEY_ID, NOW, SECRET, signRequest } from "../test/identity/sigv4/independent-signer.ts";
import { asEvent, ORIGIN_SECRET, STAGE } from "../test/ingress/as-event.ts";

export interface Figure {
  readonly name: string;
  /** Median. */
  readonly microseconds: number;
}

const ROOT = join(import.meta.dirname, "..");
const ISSUER = "https://idp.example.com";
const EDGE = { stage: STAGE, originSecrets: [ORIGIN_SECRET] };
const CREDENTIALS = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "example",
  sessionToken: "example",
  expiresAt: NOW + 900,
};
const deployment = deploymentOf(
  parseConfig(demoConfig({ issuer: ISSUER, jwksUri: `${ISSUER}/jwks`, audience: "countersign" })),
);
const policy = createPolicy(bundlePolicies(join(ROOT, "policies"), deployment), deployment, cedar);
const models = modelFiles(join(ROOT, "lambdas/recognition/models"));

/** The steps one by one, and the whole call; all warm. */
export async function stepFigures(): Promise<{ readonly steps: readonly Figure[]; readonly whole: Figure }> {
  const bench = new Bench({ time: 400, warmupTime: 200 });
  const event = getItemEvent();
  const { request } = the(parseEvent(event, EDGE), "request");
  const { claim } = the(parseSignatureClaim(request, NOW), "claim");
  const signed = the(verifySignature(request, claim, SECRET), "verified").request;
  const session = sessionOfBench();
  const target = partsOfRole(session.role);
  const { call } = the(recognise(signed, target, models), "recognised");
  const context = { sourceIp: "192.0.2.1", userAgent: "bench", now: NOW, sessionOpenedAt: NOW };
  const question = { principal: session.principal, role: session.role, session, call, context };
  if (policy.decideCall(question).kind !== "permit") throw new Error("the bench's call must be permitted");

  bench
    .add("ingress", () => void parseEvent(event, EDGE))
    .add("signature: claim", () => void parseSignatureClaim(request, NOW))
    .add("signature: verify", () => void verifySignature(request, claim, SECRET))
    .add("recognition", () => void recognise(signed, target, models))
    .add("policy", () => void policy.decideCall(question))
    .add("upstream: session policy", () => void sessionPolicyFor(call, "call"))
    .add(
      "upstream: sign",
      async () => void (await signUpstream(call.upstream, call, CREDENTIALS, NOW * 1_000)),
    );
  const whole = new Bench({ time: 800, warmupTime: 300 });
  const dependencies = await inMemory(session);
  whole.add("whole call", async () => void (await servedOnce(event, dependencies)));
  await bench.run();
  await whole.run();
  const [wholeFigure] = figuresOf(whole);
  if (wholeFigure === undefined) throw new Error("the whole call was not measured");
  return { steps: figuresOf(bench), whole: wholeFigure };
}

function figuresOf({ tasks }: Bench): Figure[] {
  return tasks.map(({ name, result }) => {
    if (!("latency" in result)) throw new Error(`the step ${name} failed`);
    return { name, microseconds: result.latency.p50 * 1_000 };
  });
}

function getItemEvent(): unknown {
  const body = Buffer.from('{"TableName":"orders","Key":{"id":{"S":"A-1"}}}');
  const sent = {
    method: "POST",
    path: "/aws",
    query: "",
    headers: [
      ["Host", "d111111abcdef8.cloudfront.net"],
      ["Content-Type", "application/x-amz-json-1.0"],
      ["X-Amz-Target", "DynamoDB_20120810.GetItem"],
      ["X-Amz-Date", new Date(NOW * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, "")],
      ["Content-Length", String(body.length)],
    ] as const,
    body,
  };
  return asEvent(signRequest(sent, { service: "dynamodb" }).request);
}

function sessionOfBench(): Session {
  const id = sessionIdOfKey(KEY_ID);
  const role = deployment.roles.find(({ arn }) => arn === READER_ROLE)?.arn;
  if (id === undefined || role === undefined) throw new Error("the bench's session cannot be made");
  const principal = {
    issuer: ISSUER,
    subject: REPORTS_AGENT.subject,
    groups: REPORTS_AGENT.groups,
    claims: {},
  };
  const times = { openedAt: NOW - 60, expiresAt: NOW + 3_600 };
  return { id, principal, role, keyArn: "key", sourceIp: "192.0.2.1", userAgent: "bench", ...times };
}

/** Everything but the world: ports that answer at once. */
async function inMemory(session: Session): Promise<ServeDependencies> {
  const sessions = fakeSessionStore();
  await sessions.open(session);
  let ids = 0;
  return {
    ...fakeApprovals(),
    pause: async () => {},
    maskKey: async () => new Uint8Array(32),
    apiStage: STAGE,
    sessionKeyArn: session.keyArn,
    deployment,
    // Time stands still here, so no bucket refills.
    limits: createFlowLimits({
      ...deployment,
      limits: { ...deployment.limits, callBurstPerAgent: 1e9, callBurstPerSession: 1e9 },
    }),
    policy,
    models,
    sessions,
    budgets: fakeBudgets(),
    tags: { tagsOf: async () => ({ kind: "too_many" }) },
    clock: { nowMs: () => NOW * 1_000 },
    newSessionId: () => session.id,
    tokens: { verify: async () => refusedToken },
    log: { ...fakeCallLog(), appendIntent: async () => "appended", appendOutcome: async () => {} },
    payloads: fakePayloads(),
    secrets: { secretOf: async () => SECRET },
    credentials: fakeCredentialSource(CREDENTIALS),
    sender: fakeSender(() =>
      fakeAnswer(200, '{"Item":{"id":{"S":"A-1"}}}', [["x-amzn-requestid", `${ids++}`]]),
    ),
    originSecrets: {
      accepted: async () => [ORIGIN_SECRET],
      acceptedAfterMismatch: async () => [ORIGIN_SECRET],
    },
    publicUrl: async () => "https://d111111abcdef8.cloudfront.net",
  };
}

const refusedToken: Refusal = { kind: "refused", code: "InvalidIdentityToken", message: "not in this bench" };

async function servedOnce(event: unknown, dependencies: ServeDependencies): Promise<void> {
  const { status } = await serve(event, dependencies);
  if (status !== 200) throw new Error(`the bench's call was answered ${status}`);
}

/** The value that is no refusal; a refusal is a mistake of the bench. */
function the<T extends { readonly kind: string }, K extends T["kind"]>(
  value: T,
  kind: K,
): Extract<T, { kind: K }> {
  if (value.kind !== kind) throw new Error(`the bench's step gave \`${JSON.stringify(value)}\``);
  return value as Extract<T, { kind: K }>;
}
