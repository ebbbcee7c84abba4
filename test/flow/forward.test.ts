import { beforeEach, describe, expect, it, vi } from "vitest";
import { type ForwardDependencies, forward, identityOf } from "../../lambdas/flow/forward.ts";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import { refuse } from "../../lambdas/model/refusal.ts";
import type { SendResult, UpstreamSender } from "../../lambdas/upstream/ports.ts";
import { fakeApprovals } from "../fakes/approvals.ts";
import { fakeCallLog } from "../fakes/call-log.ts";
import { fakePayloads } from "../fakes/payloads.ts";
import { fakeAnswer, fakeCredentialSource, fakeSender } from "../fakes/upstream.ts";
import { DEPLOYMENT, READER } from "../policy/fixtures.ts";
import { SESSION } from "../recording/facts.ts";
import { MASKING, READ, traceOf, WRITE } from "./sent-calls.ts";

const NOW_MS = 1_800_000_000_000;
const ISSUER = DEPLOYMENT.issuers[0].issuer;
const CREDENTIALS = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret-of-the-target-role",
  sessionToken: "token-of-the-target-role",
  expiresAt: NOW_MS + 900_000,
};
const PERMIT = {
  kind: "permit",
  policies: ["p"],
  obligations: { scope: "call" },
  policyVersion: "v",
} as const;
const THROTTLED = fakeAnswer(503, "<Error><Code>SlowDown</Code></Error>");
const OK = fakeAnswer(204, "");

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

function sessionOf(role: RoleArn = READER): Session {
  return {
    id: SESSION,
    principal: { issuer: ISSUER, subject: "agent-1", groups: [], claims: {} },
    role,
    keyArn: "key",
    sourceIp: "192.0.2.1",
    userAgent: "test",
    openedAt: 1_799_999_000,
    expiresAt: 1_800_003_600,
  };
}

function world(answer: () => SendResult) {
  const log = fakeCallLog();
  const payloads = fakePayloads();
  const sender = fakeSender(answer);
  const credentials = fakeCredentialSource(CREDENTIALS);
  const clock = { nowMs: () => NOW_MS };
  const { answers } = fakeApprovals();
  const pause = async (): Promise<void> => {};
  const deployment = DEPLOYMENT;
  const { models, maskKey } = MASKING;
  const dependencies: ForwardDependencies = {
    models,
    maskKey,
    clock,
    pause,
    deployment,
    log,
    payloads,
    answers,
    sender,
    credentials,
  };
  const run = async (call: AwsCall, { requestName = "signature-1", session = sessionOf() } = {}) => {
    const trace = traceOf();
    trace.session = session;
    trace.call = call;
    trace.decision = PERMIT;
    const identity = identityOf(trace.request, requestName);
    const forwarded = await forward({ session, identity, call, decision: PERMIT }, trace, dependencies);
    if (forwarded.kind === "refused") return { code: forwarded.code, status: 0 };
    const { status, body } = (forwarded.kind === "replayed" ? forwarded : forwarded.concluded).response;
    return { code: Buffer.from(body as Uint8Array).toString(), status };
  };
  return { log, payloads, sender, credentials, dependencies, run };
}

function phases({ log }: ReturnType<typeof world>): string[] {
  return log.records.map(({ record }) =>
    record.phase === "OUTCOME" ? `${record.phase} ${record.ending}` : record.phase,
  );
}

describe("before anything is sent", () => {
  it("the intent is on record", async () => {
    const here = world(() => {
      expect(phases(here)).toEqual(["INTENT"]);
      return OK;
    });
    expect(await here.run(WRITE)).toMatchObject({ status: 204 });
    expect(phases(here)).toEqual(["INTENT", "OUTCOME answered"]);
  });

  it("an intent that cannot be recorded stops the call", async () => {
    const here = world(() => OK);
    here.log.failure = new Error("down");
    await expect(here.run(WRITE)).rejects.toThrow("down");
    expect(here.sender.sent).toEqual([]);
  });

  it("a role that AWS does not let us assume leaves no intent", async () => {
    const here = world(() => OK);
    here.credentials.refusal = refuse("AccessDenied", "no");
    expect(await here.run(WRITE)).toMatchObject({ code: "AccessDenied" });
    expect([here.sender.sent, phases(here)]).toEqual([[], []]);
  });

  it("a role that is not configured any more is refused without asking for credentials", async () => {
    const here = world(() => OK);
    const session = sessionOf("arn:aws:iam::999999999999:role/gone" as RoleArn);
    expect(await here.run(WRITE, { session })).toMatchObject({ code: "AccessDenied" });
    expect(here.credentials.requests).toEqual([]);
  });

  it("the credential is of the session's role, for this one action and resource", async () => {
    const here = world(() => OK);
    await here.run(WRITE);
    const [request] = here.credentials.requests;
    expect(request?.role.arn).toBe(READER);
    expect(request?.policy).toContain('"s3:DeleteObject"');
    expect(request?.policy).toContain('"arn:aws:s3:::bucket/key"');
  });
});

describe("the same call again, under the same name", () => {
  it("is not sent a second time when it may have run", async () => {
    const here = world(() => OK);
    await here.run(WRITE);
    // Its answer was kept: the retry is told what the first try would have been told.
    expect(await here.run(WRITE)).toEqual({ code: "", status: 204 });
    expect(here.sender.sent).toHaveLength(1);
  });

  it("is in doubt when it may have run and its answer was not kept", async () => {
    const here = world(() => OK);
    here.dependencies.answers.keep = async () => "too_large";
    await here.run(WRITE);
    expect(await here.run(WRITE)).toMatchObject({ code: "RequestInDoubt" });
    expect(here.sender.sent).toHaveLength(1);
  });

  it("is not sent a second time while its outcome is not known", async () => {
    const here = world(() => ({ kind: "unknown", reason: "econnreset" }));
    expect(await here.run(WRITE)).toMatchObject({ status: 400 });
    expect(await here.run(WRITE)).toMatchObject({ code: "RequestInDoubt" });
    expect(here.sender.sent).toHaveLength(1);
  });

  it("is sent again when AWS certainly did not carry it out", async () => {
    const answers = [THROTTLED, { kind: "not_sent", reason: "enotfound" } as const, OK];
    const here = world(() => answers.shift() ?? OK);
    expect(await here.run(WRITE)).toMatchObject({ status: 503 });
    expect(await here.run(WRITE)).toMatchObject({ status: 503 });
    expect(await here.run(WRITE)).toMatchObject({ status: 204 });
    expect(here.sender.sent).toHaveLength(3);
    expect(phases(here).filter((phase) => phase === "INTENT")).toHaveLength(3);
  });

  it("is sent again when it only reads, up to 20 times", async () => {
    const here = world(() => fakeAnswer(200, "read"));
    for (let attempt = 0; attempt < 20; attempt++)
      expect(await here.run(READ)).toMatchObject({ status: 200 });
    expect(await here.run(READ)).toMatchObject({ code: "Throttling" });
    expect(here.sender.sent).toHaveLength(20);
  });

  it("is another call for another session, and under another name", async () => {
    const here = world(() => OK);
    await here.run(WRITE);
    expect(await here.run(WRITE, { requestName: "signature-2" })).toMatchObject({ status: 204 });
    expect(here.sender.sent).toHaveLength(2);
  });
});

describe("a fault after the intent", () => {
  // The entry's refusal of a fault says that nothing was sent on, and SDKs retry it: it must not tell of this one.
  it("is in doubt, on record and for the caller, also when the sender breaks its promise not to throw", async () => {
    const here = world(() => OK);
    const sender: UpstreamSender = { send: () => Promise.reject(new Error("a fault of ours")) };
    const dependencies = { ...here.dependencies, sender };
    const [trace, session] = [traceOf(), sessionOf()];
    trace.session = session;
    const identity = { kind: "signature", signature: "s" } as const;
    const permitted = { session, identity, call: WRITE, decision: PERMIT };
    const forwarded = await forward(permitted, trace, dependencies);
    expect(forwarded).toMatchObject({ kind: "concluded", concluded: { response: { status: 400 } } });
    expect(phases(here)).toEqual(["INTENT", "OUTCOME in_doubt"]);
  });
});

describe("records of a call", () => {
  it("hold no credential of the target account", async () => {
    const here = world(() => OK);
    await here.run(WRITE);
    const text = JSON.stringify(here.log.records);
    for (const secret of [CREDENTIALS.secretAccessKey, CREDENTIALS.sessionToken, CREDENTIALS.accessKeyId])
      expect(text).not.toContain(secret);
  });
});
