// What an agent, or an accident, might have one approval serve for beyond what it was given for.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { keyOfApproved } from "../../lambdas/flow/tell-approval.ts";
import { secretMessage } from "../../lambdas/identity/session-keys.ts";
import { keyIdOf } from "../../lambdas/model/ids.ts";
import { callItemKey } from "../../lambdas/recording/keys.ts";
import { fakeAnswer } from "../fakes/upstream.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import { secretOf } from "./gateway.ts";
import { started } from "./hold-world.ts";
import { getItem, openSession } from "./requests.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

/** An agent that may make one more deletion by a grant; `remove` signs a deletion under an invocation id. */
async function grantOfOne() {
  const { world, session } = await started();
  const remove = (invocation: string, token?: string) => {
    const { clock } = world.gateway;
    clock.ms += 1_000;
    const input = { TransactItems: [{ Delete: { TableName: "orders", Key: { id: { S: "A-1" } } } }] };
    const body = Buffer.from(JSON.stringify({ ...input, ClientRequestToken: token }));
    const timestamp = new Date(clock.nowMs()).toISOString().replace(/[-:]|\.\d{3}/g, "");
    const headers = [
      ["Host", "d111111abcdef8.cloudfront.net"],
      ["Content-Type", "application/x-amz-json-1.0"],
      ["X-Amz-Target", "DynamoDB_20120810.TransactWriteItems"],
      ["X-Amz-Date", timestamp],
      ["amz-sdk-invocation-id", invocation],
      ["Content-Length", String(body.length)],
    ] as const;
    const secret = secretOf(secretMessage(session.id));
    const unsigned = { method: "POST", path: "/aws", query: "", headers, body };
    const options = { service: "dynamodb", timestamp, keyId: keyIdOf(session.id), secret };
    return world.gateway.send(signRequest(unsigned, options).request);
  };
  await remove("first", "t-0");
  await world.approve("Ada", { calls: 1, seconds: 600 });
  await remove("first", "t-0");
  return { world, remove, sent: world.gateway.sender.sent };
}

describe("a change that a grant let pass", () => {
  it("is told in doubt when its SDK tries again after its answer was lost, and asks nobody anew", async () => {
    const { world, remove } = await grantOfOne();
    const send = vi.fn(async () => ({ kind: "unknown", reason: "cut" }) as const);
    world.gateway.dependencies.sender.send = send;
    await remove("second", "t-1");
    expect((await remove("second", "t-1")).text).toContain("RequestInDoubt");
    expect(send).toHaveBeenCalledTimes(1);
    expect(world.gateway.held.all()).toHaveLength(1);
  });

  it("answers its retry with the answer that it had", async () => {
    const { remove, sent } = await grantOfOne();
    expect([(await remove("second", "t-1")).status, (await remove("second", "t-1")).status]).toEqual([
      200, 200,
    ]);
    expect(sent).toHaveLength(2);
  });

  it("is sent again by its retry where AWS certainly did not carry it out", async () => {
    const { world, remove, sent } = await grantOfOne();
    const { sender } = world.gateway.dependencies;
    const working = sender.send;
    sender.send = async () => fakeAnswer(400, '{"__type":"ThrottlingException"}');
    await remove("second", "t-1");
    sender.send = working;
    expect((await remove("second", "t-1")).status).toBe(200);
    expect(sent).toHaveLength(2);
  });

  it.each([
    ["another invocation", "third", "t-1"],
    ["another idempotency token", "second", "t-2"],
  ])("passes once: %s asks people", async (_, invocation, token) => {
    const { world, remove, sent } = await grantOfOne();
    await remove("second", "t-1");
    expect((await remove(invocation, token)).status).toBe(503);
    expect(sent).toHaveLength(2);
    expect(world.gateway.held.all()).toHaveLength(2);
  });
});

describe("the approved use of a role", () => {
  it("counts no more once the policies ask for more people", async () => {
    const { world, send, sent } = await started();
    world.holdsSession = true;
    await send();
    await world.approve();
    expect((await send()).status).toBe(200);
    world.demand = { ...world.demand, quorum: 2 };
    const answer = await send();
    expect([answer.status, sent.length]).toEqual([403, 1]);
    expect(answer.text).toContain("another approval");
  });
});

describe("a call that one session opened and another session of the same agent runs", () => {
  async function ranByAnother() {
    const { world, send, sent } = await started();
    const other = await openSession(world.gateway, "agent-1", 2);
    world.onPause = async (waited) => {
      if (waited !== 2) return;
      await world.approve();
      await world.gateway.send(getItem(world.gateway, other));
    };
    return { world, first: await send(), sent };
  }

  it("has its end read where its records are", async () => {
    const { world } = await ranByAnother();
    const intents = world.gateway.log.records.filter(({ record }) => record.phase === "INTENT");
    expect(intents.map(({ key }) => key)).toEqual([callItemKey(keyOfApproved(world.only()), "INTENT")]);
  });

  it("answers the session that still waits for it, and is sent once", async () => {
    const { first, sent } = await ranByAnother();
    expect([first.status, sent.length]).toEqual([200, 1]);
  });
});

describe("an approved call whose caller comes back too late", () => {
  it("is refused at once, also before anybody has written down that it expired", async () => {
    const { world, session, sent } = await started();
    const request = () => {
      const item = getItem(world.gateway, session);
      return { ...item, headers: [...item.headers, ["amz-sdk-invocation-id", "one"] as const] };
    };
    await world.gateway.send(request());
    await world.approve();
    world.gateway.clock.ms += 3_600_000;
    expect((await world.gateway.send(request())).status).toBe(403);
    expect([sent.length, world.only().status]).toEqual([0, "approved"]);
  });
});
