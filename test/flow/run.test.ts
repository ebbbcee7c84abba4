import { beforeEach, describe, expect, it, vi } from "vitest";
import { markerKey } from "../../lambdas/aws/session-store.ts";
import { type RunStoredDependencies, run } from "../../lambdas/flow/run.ts";
import { type HoldWorld, started } from "./hold-world.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

describe("a call that the gateway runs by itself", () => {
  async function stored() {
    const here = await started();
    here.world.demand = { ...here.world.demand, run: "stored" };
    await here.send();
    await here.world.approve();
    const runIt = () => run({ approvalId: here.world.only().id }, runDependencies(here.world));
    return { ...here, runIt };
  }

  it("runs once, without its caller, and answers whoever comes back first", async () => {
    const { world, send, sent, runIt } = await stored();
    expect(await runIt()).toEqual({ status: "done" });
    expect(await runIt()).toEqual({ status: "done" });
    expect(sent).toHaveLength(1);
    expect(await send()).toEqual({ status: 200, text: '{"Item":{}}' });
    expect(sent).toHaveLength(1);
    expect((await send()).status).toBe(503);
    expect(world.gateway.held.all()).toHaveLength(2);
  });

  it.each([
    ["its stored request was changed", (text: string) => text.replace(":", ":AAAA")],
    ["another call's request was stored in its place", (text: string) => swapped(text)],
  ])("does not run when %s", async (_, change) => {
    const { world, sent, runIt } = await stored();
    const { sealed } = world.gateway.held;
    for (const [id, text] of sealed) sealed.set(id, change(text));
    await runIt().catch(() => undefined);
    expect(sent).toHaveLength(0);
    expect(world.only().status).not.toBe("done");
  });

  it("does not run when its session was revoked meanwhile", async () => {
    const { world, session, sent, runIt } = await stored();
    await world.gateway.sessions.mark(markerKey.session(session.id));
    expect(await runIt()).toEqual({ status: "failed" });
    expect(sent).toHaveLength(0);
  });

  it("does not run before it is approved, nor what its caller has to send", async () => {
    const { world, send, sent } = await started();
    expect(await run({ approvalId: "nothing" }, runDependencies(world))).toEqual({ status: "unknown" });
    await send();
    await world.approve();
    expect(await run({ approvalId: world.only().id }, runDependencies(world))).toEqual({
      status: "approved",
    });
    expect(sent).toHaveLength(0);
  });
});

function runDependencies({ gateway }: HoldWorld): RunStoredDependencies {
  const { sealer } = gateway.held;
  return { ...gateway.dependencies, sealer };
}

function swapped(text: string): string {
  const [id, sealed = ""] = text.split(":");
  const request = JSON.parse(Buffer.from(sealed, "base64").toString());
  request.signed.body = Buffer.from('{"TableName":"orders","Key":{"id":{"S":"A-9"}}}').toString("base64");
  return `${id}:${Buffer.from(JSON.stringify(request)).toString("base64")}`;
}
