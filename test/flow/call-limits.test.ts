import { describe, expect, it } from "vitest";
import { sessionIdOfBytes } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import type { Outcome } from "../../lambdas/model/record.ts";
import { type Answer, type TestGateway, testGateway } from "./gateway.ts";
import { getItem, openSession } from "./requests.ts";

const LIMITS = {
  callsPerSecondPerAgent: 10,
  callBurstPerAgent: 20,
  callsPerSecondPerSession: 10,
  callBurstPerSession: 20,
};
const ATTACKER = "198.51.100.66";

async function calls(
  gateway: TestGateway,
  session: Session,
  count: number,
  secret?: string,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let n = 0; n < count; n += 1) {
    const options = { key: `K-${n}`, ...(secret !== undefined && { secret }) };
    answers.push(await gateway.send(getItem(gateway, session, options)));
  }
  return answers;
}

function throttled({ status, text }: Answer): boolean {
  return status === 400 && text.includes('"__type":"ThrottlingException"');
}

function passed(answers: readonly Answer[]): number {
  return answers.filter(({ status }) => status === 200).length;
}

function refusalsIn({ log }: TestGateway): Outcome[] {
  return log.records.flatMap(({ record }) =>
    record.phase === "OUTCOME" && record.ending === "refused" ? [record] : [],
  );
}

describe("an agent that floods", () => {
  it("has its burst, then a retryable Throttling in its protocol's form, and its rate again as time passes", async () => {
    const gateway = testGateway(LIMITS);
    const session = await openSession(gateway, "flooder");
    const answers = await calls(gateway, session, 60);
    expect(passed(answers.slice(0, 20))).toBe(20);
    expect(answers.slice(20).every(throttled)).toBe(true);
    gateway.clock.ms += 1_000;
    expect(passed(await calls(gateway, session, 60))).toBe(10);
  });

  it("leaves another agent's calls alone", async () => {
    const gateway = testGateway(LIMITS);
    const flooder = await openSession(gateway, "flooder");
    const other = await openSession(gateway, "other");
    for (let round = 0; round < 15; round += 1) {
      await calls(gateway, flooder, 20);
      expect(passed(await calls(gateway, other, 1))).toBe(1);
      gateway.clock.ms += 100;
    }
  });

  it("does not get round its limit by opening more sessions", async () => {
    const gateway = testGateway(LIMITS);
    let through = 0;
    for (let n = 0; n < 20; n += 1) {
      through += passed(await calls(gateway, await openSession(gateway, "flooder", n), 5));
    }
    expect(through).toBe(20);
  });

  it("costs no table, no key and nothing upstream once it is over its limit, and few records", async () => {
    const gateway = testGateway({ ...LIMITS, refusalRecordsPerMinutePerSource: 5 });
    const session = await openSession(gateway, "flooder");
    await calls(gateway, session, 20);
    const before = {
      ...gateway.count,
      sent: gateway.sender.sent.length,
      records: gateway.log.records.length,
    };
    const answers = await calls(gateway, session, 500);
    expect(answers.every(throttled)).toBe(true);
    expect({ ...gateway.count, sent: gateway.sender.sent.length }).toMatchObject({
      state: before.state,
      secrets: before.secrets,
      sent: before.sent,
    });
    expect(gateway.log.records.length - before.records).toBe(5);
  });

  it("is named in the record when its throttled call was verified", async () => {
    const gateway = testGateway({ ...LIMITS, callBurstPerSession: 1, callsPerSecondPerSession: 1 });
    // The first call of each session is verified: nothing is known of it before.
    for (let n = 0; n < 21; n += 1) await calls(gateway, await openSession(gateway, "flooder", n), 1);
    const [refusal] = refusalsIn(gateway);
    expect(refusal).toMatchObject({ code: "ThrottlingException", caller: { subject: "flooder" } });
  });
});

describe("requests forged with another agent's key id", () => {
  it("take nothing of its budget, and are refused without a read after ten", async () => {
    const gateway = testGateway(LIMITS);
    const victim = await openSession(gateway, "victim");
    for (let n = 0; n < 300; n += 1) {
      const forged = getItem(gateway, victim, { key: `K-${n}`, secret: "guessed" });
      expect((await gateway.send(forged, ATTACKER)).status).not.toBe(200);
    }
    expect(gateway.count.state).toBe(10);
    expect(passed(await calls(gateway, victim, 30))).toBe(20);
  });

  it("do not stop it when they come from behind its own address", async () => {
    const gateway = testGateway(LIMITS);
    const victim = await openSession(gateway, "victim");
    await calls(gateway, victim, 1);
    await calls(gateway, victim, 200, "guessed");
    expect(passed(await calls(gateway, victim, 5))).toBe(5);
  });

  it("cannot replay a verified request past the limit", async () => {
    const gateway = testGateway(LIMITS);
    const victim = await openSession(gateway, "victim");
    const request = getItem(gateway, victim);
    const answers: Answer[] = [];
    for (let n = 0; n < 60; n += 1) answers.push(await gateway.send(request, ATTACKER));
    expect(answers.filter(throttled)).toHaveLength(40);
  });
});

describe("a flood of refused signatures", () => {
  const invented = (n: number) => ({ id: sessionIdOfBytes(Buffer.from(`nobody-${n}`.padEnd(16, "-"))) });

  it("with invented key ids reads no more than the source's bound, and leaves sessions of that address alone", async () => {
    const gateway = testGateway({ ...LIMITS, failuresPerMinutePerSource: 40 });
    const neighbour = await openSession(gateway, "neighbour");
    await calls(gateway, neighbour, 1);
    const before = gateway.count.state;
    for (let n = 0; n < 500; n += 1) await gateway.send(getItem(gateway, invented(n)));
    expect(gateway.count.state - before).toBe(40);
    expect(gateway.count.secrets).toBe(1);
    expect(passed(await calls(gateway, neighbour, 5))).toBe(5);
  });

  it("writes no more records than the bound of its source, and says how many were only counted", async () => {
    const gateway = testGateway({ refusalRecordsPerMinutePerSource: 10 });
    for (let n = 0; n < 500; n += 1) await gateway.send(getItem(gateway, invented(n)));
    expect(refusalsIn(gateway)).toHaveLength(10);
    gateway.clock.ms += 60_000;
    await gateway.send(getItem(gateway, invented(0)));
    expect(refusalsIn(gateway).at(-1)?.unrecorded).toBe(490);
  });

  it("from many addresses writes no more records than the bound of the instance", async () => {
    const gateway = testGateway({ refusalRecordsPerMinute: 30 });
    for (let n = 0; n < 400; n += 1)
      await gateway.send(getItem(gateway, invented(n)), `10.1.${n >> 8}.${n & 255}`);
    expect(refusalsIn(gateway)).toHaveLength(30);
  });

  it("of a revoked agent stops reading too, while each refusal still says why", async () => {
    const gateway = testGateway(LIMITS);
    const revoked = await openSession(gateway, "revoked");
    await gateway.sessions.mark("REVOKED#ALL");
    const answers = await calls(gateway, revoked, 100);
    expect(gateway.count.state).toBe(10);
    expect(answers[0]?.text).toContain("revoked");
    expect(answers.slice(10).every(throttled)).toBe(true);
  });
});

describe("what is refused by its form alone", () => {
  it("asks nothing of the world, however often: unsigned, presigned, unknown paths, keys of AWS", async () => {
    const gateway = testGateway();
    const body = new Uint8Array();
    const headers = [["Host", "d111111abcdef8.cloudfront.net"]] as const;
    const signed = getItem(gateway, { id: sessionIdOfBytes(Buffer.alloc(16, 1)) });
    const foreign = signed.headers.map(
      ([name, value]) =>
        [name, value.replace(/Credential=[^/]+/, "Credential=AKIAIOSFODNN7EXAMPLE")] as const,
    );
    for (let n = 0; n < 100; n += 1) {
      await gateway.send({ method: "GET", path: "/aws/bucket", query: "", headers, body });
      await gateway.send({ method: "GET", path: "/aws/b", query: "X-Amz-Signature=0", headers, body });
      await gateway.send({ method: "GET", path: "/elsewhere", query: "", headers, body });
      await gateway.send({ ...signed, headers: foreign });
    }
    expect(gateway.count).toEqual({ keyFetches: 0, state: 0, secrets: 0 });
    expect(gateway.log.records).toHaveLength(10);
  });
});

describe("the plain path", () => {
  it("writes one record before and one after, and asks the state table once", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "honest");
    expect(passed(await calls(gateway, session, 1))).toBe(1);
    expect(gateway.count).toEqual({ keyFetches: 0, state: 1, secrets: 1 });
    expect(gateway.log.records.map(({ record }) => record.phase)).toEqual(["INTENT", "OUTCOME"]);
  });
});
