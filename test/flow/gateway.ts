// The whole flow over in-memory ports: real events, real signatures and tokens, a clock that the test turns, and a count
// of everything that would cost something in the world.

import { createHmac } from "node:crypto";
import { join } from "node:path";
import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import { createFlowLimits } from "../../lambdas/flow/limits.ts";
import type { SessionStore } from "../../lambdas/flow/ports.ts";
import { type ServeDependencies, serve } from "../../lambdas/flow/serve.ts";
import { createTokenVerifier } from "../../lambdas/identity/token/token-verifier.ts";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import { sessionIdOfBytes } from "../../lambdas/model/ids.ts";
import type { Limits } from "../../lambdas/model/limits.ts";
import type { Policy } from "../../lambdas/policy/policy.ts";
import { limitsSchema } from "../../lib/config-limits.ts";
import { type FakeApprovals, fakeApprovals } from "../fakes/approvals.ts";
import { fakeBudgets } from "../fakes/budgets.ts";
import { type FakeCallLog, fakeCallLog } from "../fakes/call-log.ts";
import { type FakePayloads, fakePayloads } from "../fakes/payloads.ts";
import { type FakeSessionStore, fakeSessionStore } from "../fakes/session-store.ts";
import { fakeAnswer, fakeCredentialSource, fakeSender } from "../fakes/upstream.ts";
import { documentOf, ISSUER_CONFIG, NOW } from "../identity/token/issue.ts";
import { asEvent, ORIGIN_SECRET, type SentRequest, STAGE } from "../ingress/as-event.ts";
import { DEPLOYMENT, READER } from "../policy/fixtures.ts";

export { NOW } from "../identity/token/issue.ts";
export const ROLE = READER;

const MODELS = modelFiles(join(import.meta.dirname, "../../lambdas/recognition/models"));
const CREDENTIALS = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "example",
  sessionToken: "example",
  expiresAt: NOW + 900_000,
};

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface TestGateway {
  /** Serves one request as it would arrive from this address. */
  send(request: SentRequest, viewerIp?: string): Promise<Answer>;
  readonly clock: { nowMs(): number; ms: number };
  /** What was asked of the world so far. */
  readonly count: {
    keyFetches: number;
    /** Reads and writes of the table `state`. */
    state: number;
    secrets: number;
  };
  readonly log: FakeCallLog;
  readonly payloads: FakePayloads;
  readonly sessions: FakeSessionStore;
  readonly sender: ReturnType<typeof fakeSender>;
  readonly held: FakeApprovals;
  readonly dependencies: ServeDependencies;
}

/** One instance of the function, warm and with nobody known to it. */
export function testGateway(
  limits: Partial<Limits> = {},
  replaced: Partial<ServeDependencies> = {},
): TestGateway {
  const deployment: Deployment = {
    ...DEPLOYMENT,
    issuers: [ISSUER_CONFIG],
    limits: { ...limitsSchema.parse({}), ...limits },
  };
  const clock = { ms: NOW * 1_000, nowMs: () => clock.ms };
  const count = { keyFetches: 0, state: 0, secrets: 0 };
  const sessions = fakeSessionStore();
  const log = fakeCallLog();
  const payloads = fakePayloads();
  const sender = fakeSender(() => fakeAnswer(200, '{"Item":{}}', [["x-amzn-requestid", "upstream"]]));
  let made = 0;
  const serial = (): number => {
    made += 1;
    return made;
  };
  const approvals = fakeApprovals();
  const dependencies: ServeDependencies = {
    ...approvals,
    maskKey: async () => Buffer.from("the key of these tests"),
    // Time passes only where somebody waits.
    pause: async (ms) => {
      clock.ms += ms;
    },
    apiStage: STAGE,
    sessionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/session",
    deployment,
    limits: createFlowLimits(deployment),
    clock,
    newSessionId: () => sessionIdOfBytes(Buffer.alloc(16, serial())),
    models: MODELS,
    policy: PERMIT_ALL,
    budgets: fakeBudgets(),
    tags: NO_TAGS,
    tokens: createTokenVerifier({
      issuers: deployment.issuers,
      now: () => Math.floor(clock.ms / 1_000),
      fetcher: {
        fetch: async (uri) => {
          count.keyFetches += 1;
          return documentOf(uri);
        },
      },
    }),
    sessions: counted(sessions, count),
    log,
    payloads,
    secrets: {
      secretOf: async (_, message) => {
        count.secrets += 1;
        return secretOf(message);
      },
    },
    credentials: fakeCredentialSource(CREDENTIALS),
    sender,
    originSecrets: {
      accepted: async () => [ORIGIN_SECRET],
      acceptedAfterMismatch: async () => [ORIGIN_SECRET],
    },
    publicUrl: async () => "https://d111111abcdef8.cloudfront.net",
    ...replaced,
  };
  const send = async (request: SentRequest, viewerIp = "203.0.113.7"): Promise<Answer> => {
    const { status, body } = await serve(eventFrom(request, viewerIp, serial()), dependencies);
    if (!(body instanceof Uint8Array)) throw new Error("these answers are small: they must not stream");
    return { status, text: Buffer.from(body).toString() };
  };
  return { send, clock, count, log, payloads, sessions, sender, held: approvals, dependencies };
}

/** The secret of a session as these tests make it: any function of the session id that nobody can guess. */
export function secretOf(message: Uint8Array): string {
  return createHmac("sha256", "the key of these tests").update(message).digest("base64");
}

function eventFrom(request: SentRequest, viewerIp: string, serial: number): unknown {
  const event = asEvent(request);
  event.headers["x-countersign-viewer-ip"] = viewerIp;
  event.multiValueHeaders["x-countersign-viewer-ip"] = [viewerIp];
  event.requestContext.requestId = `request-${serial}`;
  return event;
}

function counted(store: FakeSessionStore, count: { state: number }): SessionStore {
  const one = <T>(result: Promise<T>): Promise<T> => {
    count.state += 1;
    return result;
  };
  return {
    open: (session) => one(store.open(session)),
    find: (id) => one(store.find(id)),
    standingOf: (principal, role, session) => one(store.standingOf(principal, role, session)),
  };
}

/** Fails: what asks for tags here says whose. */
const NO_TAGS: ServeDependencies["tags"] = {
  tagsOf: async () => ({ kind: "unreadable", subject: "nothing", action: "nothing" }),
};

const PERMIT = {
  kind: "permit",
  policies: ["everything"],
  obligations: { scope: "call" },
  policyVersion: "test",
} as const;

const PERMIT_ALL: Policy = {
  version: "test",
  decideRole: () => PERMIT,
  taggedResources: () => [],
  decideCall: () => PERMIT,
};
