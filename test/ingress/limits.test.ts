import { describe, expect, it } from "vitest";
import { createCallLimits } from "../../lambdas/ingress/call-limits.ts";
import { createExchangeLimits, type ExchangeLimits } from "../../lambdas/ingress/exchange-limits.ts";
import { createRecent } from "../../lambdas/ingress/recent.ts";
import { createRecordLimits } from "../../lambdas/ingress/record-limits.ts";
import type { RoleArn, SessionId } from "../../lambdas/model/ids.ts";
import type { Limits } from "../../lambdas/model/limits.ts";
import type { Session } from "../../lambdas/model/principal.ts";

const T0 = 1_800_000_000_000;
const ISSUER = "https://idp.example.com";
const OTHER = "https://other.example.com";
const HERE: string = "192.0.2.1";
const LIMITS: Limits = {
  exchangesPerMinutePerSource: 30,
  exchangesPerMinutePerIssuer: 100,
  failuresPerMinutePerSource: 30,
  callsPerSecondPerAgent: 10,
  callBurstPerAgent: 20,
  callsPerSecondPerSession: 8,
  callBurstPerSession: 15,
  refusalRecordsPerMinutePerSource: 5,
  refusalRecordsPerMinute: 20,
};

function sessionOf(subject: string, id: string): Session {
  return {
    id: id as SessionId,
    principal: { issuer: ISSUER, subject, groups: [], claims: {} },
    role: "arn:aws:iam::111122223333:role/reader" as RoleArn,
    keyArn: "key",
    sourceIp: HERE,
    userAgent: "",
    openedAt: 0,
    expiresAt: T0,
  };
}

/** How many of `attempts` may be looked at, each with a token of its own unless one is given. */
function admitted(
  limits: ExchangeLimits,
  attempts: number,
  { ip = (_: number) => HERE, token = (n: number) => `token-${n}`, issuer = ISSUER, nowMs = T0 } = {},
): number {
  return Array.from({ length: attempts }, (_, n) =>
    limits.refusalOfToken({ viewerIp: ip(n), token: token(n), claimedIssuer: issuer }, nowMs),
  ).filter((refusal) => refusal === undefined).length;
}

describe("exchange limits", () => {
  const fresh = () => createExchangeLimits(LIMITS, [ISSUER, OTHER]);

  it("let a source show so many tokens in a minute, and refuse the next with Throttling", () => {
    const limits = fresh();
    expect(admitted(limits, 100)).toBe(30);
    expect(limits.refusalOfSource(HERE, T0)).toMatchObject({ kind: "refused", code: "Throttling" });
    expect(limits.refusalOfSource("192.0.2.2", T0)).toBeUndefined();
  });

  it("take all addresses of an IPv6 /64 for one source", () => {
    expect(admitted(fresh(), 100, { ip: (n) => `2001:db8::${n.toString(16)}` })).toBe(30);
  });

  it("stop one token after a sixth of them, so that its neighbours have the rest", () => {
    const limits = fresh();
    expect(admitted(limits, 1_000, { token: () => "the same" })).toBe(5);
    expect(admitted(limits, 100)).toBe(25);
  });

  it("let strangers together show so many tokens of one issuer, and no fewer of another", () => {
    const limits = fresh();
    const ip = (n: number) => `198.51.${n >> 8}.${n & 255}`;
    expect(admitted(limits, 1_000, { ip })).toBe(100);
    expect(admitted(limits, 1_000, { ip, issuer: OTHER })).toBe(100);
  });

  it("let a source that has shown a good token here pass while strangers flood its issuer", () => {
    const limits = fresh();
    limits.verified(HERE, ISSUER, T0 - 3_600_000);
    admitted(limits, 1_000, { ip: (n) => `198.51.${n >> 8}.${n & 255}` });
    expect(admitted(limits, 5)).toBe(5);
    expect(admitted(limits, 5, { ip: () => "192.0.2.99" })).toBe(0);
  });

  it("keep no bucket for an issuer that nobody configured, which could crowd out one that somebody did", () => {
    const limits = fresh();
    const ip = (n: number) => `198.51.${n >> 8}.${n & 255}`;
    expect(admitted(limits, 200, { ip })).toBe(100);
    for (let n = 0; n < 500; n += 1) {
      admitted(limits, 1, { ip: () => `10.0.${n >> 8}.${n & 255}`, issuer: `https://invented-${n}` });
    }
    expect(admitted(limits, 10, { ip: (n) => `10.1.0.${n}` })).toBe(0);
    expect(admitted(limits, 200, { ip: (n) => `10.2.0.${n}`, issuer: "https://invented" })).toBe(200);
  });

  it("give a source its exchanges back as the minute passes", () => {
    const limits = fresh();
    admitted(limits, 100);
    expect(admitted(limits, 100, { nowMs: T0 + 10_000, token: (n) => `later-${n}` })).toBe(5);
  });
});

describe("call limits", () => {
  const first = sessionOf("agent-a", "session-1");
  const second = sessionOf("agent-a", "session-2");
  const other = sessionOf("agent-b", "session-3");
  const shown = (session: Session, viewerIp = HERE) => ({ viewerIp, credential: session.id });
  const calls = (limits: ReturnType<typeof createCallLimits>, session: Session, count: number, nowMs = T0) =>
    Array.from({ length: count }, () => limits.refusalOfCall(session, shown(session), nowMs)).filter(
      (refusal) => refusal === undefined,
    ).length;

  it("give a session its burst, an agent's sessions together the agent's, and another agent its own", () => {
    const limits = createCallLimits(LIMITS);
    expect(calls(limits, first, 100)).toBe(15);
    expect(calls(limits, second, 100)).toBe(5);
    expect(calls(limits, other, 100)).toBe(15);
  });

  it("refill at the session's and the agent's rate", () => {
    const limits = createCallLimits(LIMITS);
    calls(limits, first, 100);
    calls(limits, second, 100);
    expect(calls(limits, first, 100, T0 + 1_000)).toBe(8);
    expect(calls(limits, second, 100, T0 + 1_000)).toBe(2);
  });

  it("refuse an empty agent's request before it is verified, by a session that was verified here", () => {
    const limits = createCallLimits(LIMITS);
    calls(limits, first, 100);
    expect(limits.refusalOfAgent(shown(first), T0)).toMatchObject({ code: "Throttling" });
    expect(limits.refusalOfAgent(shown(other), T0)).toBeUndefined();
    expect(limits.refusalOfAgent(shown(first), T0 + 1_000)).toBeUndefined();
  });

  it("take nothing for a credential that is only claimed", () => {
    const limits = createCallLimits(LIMITS);
    calls(limits, first, 1);
    for (let n = 0; n < 1_000; n += 1) {
      limits.refusalOfAgent(shown(first, "198.51.100.9"), T0);
      limits.refusalOfSource(shown(first, "198.51.100.9"), T0);
      limits.failed(shown(first, "198.51.100.9"), T0);
    }
    expect(calls(limits, first, 100)).toBe(14);
  });

  it("stop a source after its failures, but not the sessions that were verified from it", () => {
    const limits = createCallLimits(LIMITS);
    calls(limits, first, 1);
    for (let n = 0; n < 30; n += 1) limits.failed({ viewerIp: HERE, credential: `forged-${n}` }, T0);
    expect(limits.refusalOfSource(shown(second), T0)).toMatchObject({ code: "Throttling" });
    expect(limits.refusalOfSource(shown(first), T0)).toBeUndefined();
    expect(limits.refusalOfSource(shown(first, "198.51.100.9"), T0)).toBeUndefined();
  });

  it("stop one failing credential early, so that its neighbours behind the same address go on", () => {
    const limits = createCallLimits(LIMITS);
    const broken = { viewerIp: HERE, credential: "broken" };
    let failed = 0;
    for (let n = 0; n < 100 && limits.refusalOfSource(broken, T0) === undefined; n += 1) {
      limits.failed(broken, T0);
      failed += 1;
    }
    expect(failed).toBe(5);
    expect(limits.refusalOfSource(shown(first), T0)).toBeUndefined();
  });

  it("know a credential only from where it was verified, for 10 minutes, and until it is forgotten", () => {
    const limits = createCallLimits(LIMITS);
    calls(limits, first, 1);
    expect(limits.isKnown(shown(first), T0 + 599_999)).toBe(true);
    expect(limits.isKnown(shown(first), T0 + 600_000)).toBe(false);
    expect(limits.isKnown(shown(first, "192.0.2.2"), T0)).toBe(false);
    limits.forget(first.id);
    expect(limits.isKnown(shown(first), T0)).toBe(false);
  });
});

describe("record limits", () => {
  it("record so many strangers' refusals of one source in a minute, and count the others for the next record", () => {
    const limits = createRecordLimits(LIMITS);
    const results = Array.from({ length: 1_000 }, () => limits.admitStranger(HERE, T0));
    expect(results.filter((result) => result !== undefined)).toEqual([0, 0, 0, 0, 0]);
    expect(limits.admitStranger(HERE, T0 + 12_000)).toBe(995);
    expect(limits.admitStranger("192.0.2.2", T0 + 12_000)).toBe(0);
  });

  it("record no more than the instance's share however many sources there are", () => {
    const limits = createRecordLimits(LIMITS);
    const results = Array.from({ length: 5_000 }, (_, n) =>
      limits.admitStranger(`10.0.${n >> 8}.${n & 255}`, T0),
    );
    expect(results.filter((result) => result !== undefined)).toHaveLength(20);
  });

  it("record a throttled agent whatever strangers do", () => {
    const limits = createRecordLimits(LIMITS);
    for (let n = 0; n < 100; n += 1) limits.admitStranger(`10.0.0.${n}`, T0);
    const { principal } = sessionOf("agent-a", "session-1");
    const results = Array.from({ length: 100 }, () => limits.admitThrottled(principal, T0));
    expect(results.filter((result) => result !== undefined)).toHaveLength(5);
  });
});

describe("what was verified lately", () => {
  it("is bounded in number, and the oldest goes first", () => {
    const recent = createRecent<number>(3, 1_000);
    for (const key of [1, 2, 3]) recent.remember(`${key}`, key, T0);
    recent.remember("1", 1, T0);
    recent.remember("4", 4, T0);
    expect(recent.size).toBe(3);
    expect(recent.recall("2", T0)).toBeUndefined();
    expect(recent.recall("1", T0)).toBe(1);
  });

  it("is not believed when the clock has gone back behind it", () => {
    const recent = createRecent<number>(3, 1_000);
    recent.remember("a", 1, T0);
    expect(recent.recall("a", T0 - 1)).toBeUndefined();
  });
});
