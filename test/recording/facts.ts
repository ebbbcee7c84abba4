// Facts and records for the tests of recording and of its adapters.

import type { SessionId } from "../../lambdas/model/ids.ts";
import type { Caller, Intent, Opening, Outcome } from "../../lambdas/model/record.ts";
import {
  callerOf,
  type Ending,
  intentOf,
  openingOf,
  outcomeOf,
  type RecordFacts,
} from "../../lambdas/recording/records.ts";
import { callWith } from "../upstream/calls.ts";

export const SESSION = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" as SessionId;

export function callerIn(session: SessionId | null): Caller {
  return callerOf({
    principal: { issuer: "https://idp.example", subject: "agent-1", groups: ["g"], claims: {} },
    agent: { name: "bot", owner: "ann" },
    session,
    sourceIdentity: "bot-0123456789abcdef",
    sourceIp: "192.0.2.1",
    userAgent: "agent/1",
  });
}

export function factsWith(replaced: Partial<RecordFacts> = {}): RecordFacts {
  return {
    atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    caller: callerIn(SESSION),
    role: null,
    call: { call: callWith({}), maskedParameters: { Bucket: "bucket", Key: "key" } },
    decision: { kind: "permit", policies: ["p"], obligations: { scope: "call" }, policyVersion: "v1" },
    enforced: true,
    approval: null,
    requestDigest: "d".repeat(64),
    gatewayRequestId: "r-1",
    ...replaced,
  };
}

const ANSWERED: Ending = {
  ending: "answered",
  status: 200,
  code: null,
  awsRequestId: "A-1",
  mayHaveRun: true,
  latency: { upstream: 12 },
  responseDigest: null,
  responseBytes: null,
};

export const opening = (replaced?: Partial<RecordFacts>): Opening =>
  openingOf(factsWith({ call: null, ...replaced }), 1_800_000_000);
export const intent = (replaced?: Partial<RecordFacts>): Intent => intentOf(factsWith(replaced));
export const outcome = (ending: Partial<Ending> = {}, replaced?: Partial<RecordFacts>): Outcome =>
  outcomeOf(factsWith(replaced), { ...ANSWERED, ...ending });
export const refusal = (replaced?: Partial<RecordFacts>): Outcome =>
  outcome(
    { ending: "refused", status: 403, code: "AccessDenied", awsRequestId: null, mayHaveRun: false },
    replaced,
  );
