// Calls with parameters over 8 KB through the whole flow: stored before their Intent, and with the bucket down not sent.
// Those of refused calls are stored so many a minute for each agent, and no refusal waits for it or changes by it.

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "../../lambdas/model/principal.ts";
import { type Answer, type TestGateway, testGateway } from "./gateway.ts";
import { getItem, openSession } from "./requests.ts";

const DENY = {
  kind: "deny",
  reason: "no_policy",
  message: "no policy permits it",
  policies: [],
  policyVersion: "test",
} as const;
const DENY_ALL: TestGateway["dependencies"]["policy"] = {
  version: "test",
  decideRole: () => DENY,
  taggedResources: () => [],
  decideCall: () => DENY,
};

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

/** Each call has parameters of its own, so each a payload of its own. */
async function largeCalls(gateway: TestGateway, session: Session, count = 1): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let n = 0; n < count; n += 1) {
    const key = `${gateway.log.records.length}-${n}-${"k".repeat(9_000)}`;
    answers.push(await gateway.send(getItem(gateway, session, { key })));
    gateway.clock.ms += 50; // far below what an agent may call
  }
  return answers;
}

function callsIn({ log }: TestGateway) {
  return log.records.flatMap(({ record }) =>
    record.phase === "OPEN" || record.call === null
      ? []
      : [{ phase: record.phase, ...record.call, ...("ending" in record && { ending: record.ending }) }],
  );
}

describe("a call with large parameters", () => {
  it("is stored, then intended, then sent", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    const { payloads, log, sender } = gateway;
    const watched = {
      payloads: { put: vi.fn(payloads.put.bind(payloads)) },
      log: { ...log, appendIntent: vi.fn(log.appendIntent.bind(log)) },
      sender: { send: vi.fn(sender.send.bind(sender)) },
    };
    Object.assign(gateway.dependencies, watched);
    const [answer] = await largeCalls(gateway, session);
    expect(answer?.status).toBe(200);
    const order = [watched.payloads.put, watched.log.appendIntent, watched.sender.send];
    const turns = order.map(({ mock }) => mock.invocationCallOrder);
    expect(turns.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(turns.flat()).toEqual(turns.flat().toSorted((one, other) => one - other));
    const [key] = payloads.objects.keys();
    expect(callsIn(gateway)).toMatchObject([
      { phase: "INTENT", parameters: null, parametersAt: key },
      { phase: "OUTCOME", parameters: null, parametersAt: key, ending: "answered" },
    ]);
  });

  it("is refused, to be tried again, and not sent, where they cannot be stored; small ones go on", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    gateway.payloads.failure = new Error("the bucket is down");
    const [answer] = await largeCalls(gateway, session);
    expect(answer).toMatchObject({ status: 503 });
    expect(answer?.text).toContain("nothing was sent: try again");
    expect(gateway.sender.sent).toEqual([]);
    // No Intent: the refusal is all, and the digest stands for the parameters.
    expect(callsIn(gateway)).toMatchObject([{ phase: "OUTCOME", ending: "refused", parameters: null }]);
    expect(callsIn(gateway)[0]).not.toHaveProperty("parametersAt");
    expect((await gateway.send(getItem(gateway, session))).status).toBe(200);
    gateway.payloads.failure = undefined;
    expect((await largeCalls(gateway, session))[0]?.status).toBe(200);
  });
});

describe("the large parameters of refused calls", () => {
  it("are stored 30 a minute for each agent; of the others the digest is kept", async () => {
    const gateway = testGateway({}, { policy: DENY_ALL });
    const [flooder, other] = [await openSession(gateway, "flooder"), await openSession(gateway, "other")];
    const answers = await largeCalls(gateway, flooder, 40);
    expect(answers.every(({ status }) => status === 400 || status === 403)).toBe(true);
    const calls = callsIn(gateway);
    expect(calls).toHaveLength(40);
    expect(
      calls.every(({ parametersDigest, parameters }) => parametersDigest !== null && parameters === null),
    ).toBe(true);
    expect(calls.filter(({ parametersAt }) => parametersAt !== undefined)).toHaveLength(30);
    expect(gateway.payloads.puts).toBe(30);
    await largeCalls(gateway, other);
    expect(gateway.payloads.puts).toBe(31);
    gateway.clock.ms += 60_000;
    await largeCalls(gateway, flooder, 40);
    expect(gateway.payloads.puts).toBe(61);
  });

  it("are none where an agent is throttled, or nobody knows whose they are", async () => {
    const gateway = testGateway({ callBurstPerAgent: 1, callsPerSecondPerAgent: 1 });
    const session = await openSession(gateway, "agent");
    await largeCalls(gateway, session, 5);
    expect(gateway.payloads.puts).toBe(1); // of the one that passed
    const request = getItem(gateway, session, { key: "k".repeat(9_000), secret: "made up" });
    gateway.clock.ms += 5_000;
    expect((await gateway.send(request)).text).toContain("Signature");
    expect(gateway.payloads.puts).toBe(1);
  });

  it("change no refusal where they cannot be stored", async () => {
    const gateway = testGateway({}, { policy: DENY_ALL });
    const session = await openSession(gateway, "agent");
    const [stored] = await largeCalls(gateway, session);
    gateway.payloads.failure = new Error("the bucket is down");
    const [unstored] = await largeCalls(gateway, session);
    expect(unstored?.status).toBe(stored?.status);
    expect(callsIn(gateway).map(({ parametersAt }) => typeof parametersAt)).toEqual(["string", "undefined"]);
  });
});
