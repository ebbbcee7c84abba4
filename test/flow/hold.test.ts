import { beforeEach, describe, expect, it, vi } from "vitest";
import { markerKey } from "../../lambdas/aws/session-store.ts";
import { fakeAnswer } from "../fakes/upstream.ts";
import { type HoldWorld, outcomes, started } from "./hold-world.ts";
import { getItem, openSession } from "./requests.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

describe("a held call that nobody has decided", () => {
  it("waits 25 s, then answers a retryable throttling error with the approval's link", async () => {
    const { world, send, sent } = await started();
    const before = world.gateway.clock.ms;
    const answer = await send();
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({
      __type: "ThrottlingException",
      message: expect.stringContaining(`https://d111111abcdef8.cloudfront.net/approvals/${world.only().id}`),
    });
    expect(world.gateway.clock.ms - before).toBeLessThanOrEqual(26_000);
    expect(sent).toHaveLength(0);
    expect(world.gateway.held.started).toEqual([
      expect.objectContaining({ approvalId: world.only().id, run: "attended", otherwise: "reject" }),
    ]);
  });

  it("is one approval, whoever comes back, and one record of its waiting", async () => {
    const { world, send } = await started();
    await send();
    await send();
    await send();
    expect(world.gateway.held.all()).toHaveLength(1);
    expect(outcomes(world)).toHaveLength(1);
    expect(outcomes(world)[0]).toMatchObject({ ending: "refused", decision: { decision: "hold" } });
  });

  it("does not wait where no place is left", async () => {
    const { world, send } = await started();
    world.gateway.held.placesLeft = 0;
    const before = world.gateway.clock.ms;
    expect((await send()).status).toBe(503);
    expect(world.gateway.clock.ms - before).toBe(1_000);
  });

  it("gives its place back", async () => {
    const { world, send } = await started();
    await send();
    expect(world.gateway.held.placesLeft).toBe(10);
  });
});

describe("a held call that is approved", () => {
  it("goes on by itself on the waiting connection, and is sent once", async () => {
    const { world, send, sent } = await started();
    world.onPause = (waited) => (waited === 3 ? world.approve() : undefined);
    expect(await send()).toEqual({ status: 200, text: '{"Item":{}}' });
    expect(sent).toHaveLength(1);
    expect(world.only()).toMatchObject({ status: "done", answer: { status: 200, awsRequestId: "upstream" } });
    const intent = world.gateway.log.records.find(({ record }) => record.phase === "INTENT");
    expect(intent?.record).toMatchObject({
      decision: { decision: "hold" },
      approval: { id: world.only().id, votes: [{ person: "Ada", choice: "approve" }], byGrant: false },
    });
  });

  it("runs when its caller comes back", async () => {
    const { world, send, sent } = await started();
    await send();
    await world.approve();
    expect(sent).toHaveLength(0);
    expect((await send()).status).toBe(200);
    expect(sent).toHaveLength(1);
  });

  it("is answered for every connection that waits, and sent once", async () => {
    // They wait at the same time: a second of one is a second of all.
    let voted: Promise<void> | undefined;
    const { world, send, sent } = await started({
      pause: async () => {
        voted ??= world.approve();
        await voted;
      },
    });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send()));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(sent).toHaveLength(1);
  });

  it("counts once: the next call like it asks anew", async () => {
    const { world, send } = await started();
    await send();
    await world.approve();
    await send();
    await send();
    expect(world.gateway.held.all().map(({ status }) => status)).toEqual(["done", "pending"]);
  });

  it("does not let another call run", async () => {
    const { world, send, sent } = await started();
    await send();
    await world.approve();
    expect((await send("A-2")).status).toBe(503);
    expect(sent).toHaveLength(0);
  });
});

describe("a held call that does not run", () => {
  it("tells the approver's comment when it was rejected", async () => {
    const { world, send, sent } = await started();
    world.onPause = (waited) => (waited === 2 ? world.reject("not on a Friday") : undefined);
    const answer = await send();
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("`Ada` rejected this call: `not on a Friday`");
    expect(sent).toHaveLength(0);
  });

  it.each([
    [
      "the policies deny it by then",
      (world: HoldWorld) => {
        world.decision = "deny";
      },
      /deletes are forbidden now/,
    ],
    [
      "the policies ask for more people by then",
      (world: HoldWorld) => {
        world.demand = { ...world.demand, quorum: 2 };
      },
      /ask for another approval/,
    ],
    [
      "the policies ask for another group by then",
      (world: HoldWorld) => {
        world.demand = { ...world.demand, groups: ["security"] };
      },
      /ask for another approval/,
    ],
    [
      "its agent was revoked by then",
      (world: HoldWorld) => world.gateway.sessions.mark(markerKey.everything),
      /revoked/,
    ],
    [
      "it is forbidden in an emergency by then",
      (world: HoldWorld) => world.gateway.sessions.forbid(undefined),
      /emergency|forbid/,
    ],
  ])("when %s", async (_, change, told) => {
    const { world, send, sent } = await started();
    world.onPause = async (waited) => {
      if (waited !== 2) return;
      await world.approve();
      await change(world);
    };
    const answer = await send();
    expect(answer.status).toBe(403);
    expect(answer.text).toMatch(told);
    expect(sent).toHaveLength(0);
    expect(world.only().status).toBe("failed");
  });
});

describe("an approved call that aws does not carry out", () => {
  it("stays approved while aws throttles it, and is sent again when its caller comes back", async () => {
    const { world, send, sent } = await started();
    await send();
    await world.approve();
    const { sender } = world.gateway.dependencies;
    const working = sender.send;
    sender.send = async () => fakeAnswer(400, '{"__type":"ThrottlingException"}');
    expect((await send()).status).toBe(400);
    expect(world.only().status).toBe("approved");
    sender.send = working;
    expect((await send()).status).toBe(200);
    expect(sent).toHaveLength(1);
  });

  it("is not sent again when its answer was lost", async () => {
    const { world, send } = await started();
    await send();
    await world.approve();
    world.gateway.dependencies.sender.send = async () => ({ kind: "unknown", reason: "cut" });
    await send();
    expect(world.only().status).toBe("in_doubt");
  });
});

describe("an approval of a bounded grant", () => {
  it("lets the same operation on the same resource pass so many times", async () => {
    const { world, send, sent } = await started();
    await send();
    await world.approve("Ada", { calls: 2, seconds: 600 });
    await send();
    expect([(await send()).status, (await send()).status]).toEqual([200, 200]);
    expect(sent).toHaveLength(3);
    expect((await send()).status).toBe(503);
    const last = world.gateway.log.records.filter(({ record }) => record.phase === "INTENT").at(-1);
    expect(last?.record.approval).toMatchObject({ id: world.gateway.held.all()[0]?.id, byGrant: true });
  });
});

describe("the approved use of a role", () => {
  it("counts for all calls of its session and for no other session", async () => {
    const { world, send, sent } = await started();
    world.holdsSession = true;
    expect((await send()).status).toBe(503);
    await world.approve();
    expect([(await send()).status, (await send("A-2")).status]).toEqual([200, 200]);
    expect(sent).toHaveLength(2);
    const other = await openSession(world.gateway, "agent-1", 2);
    expect((await world.gateway.send(getItem(world.gateway, other))).status).toBe(503);
    expect(world.gateway.held.all()).toHaveLength(2);
  });

  it("stays refused for a session in which it was rejected", async () => {
    const { world, send } = await started();
    world.holdsSession = true;
    await send();
    await world.reject("use the reader");
    expect((await send()).text).toContain("use the reader");
    expect((await send("A-2")).text).toContain("use the reader");
    expect(world.gateway.held.all()).toHaveLength(1);
  });
});
