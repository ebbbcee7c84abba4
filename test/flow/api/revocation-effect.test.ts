// That an order takes effect on the next call, whatever it names: orders through the API, and everything that they must
// stop, over the adapters that are deployed and one real table.

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createMarkers } from "../../../lambdas/aws/markers.ts";
import { createSessionStore } from "../../../lambdas/aws/session-store.ts";
import type { SessionStore } from "../../../lambdas/flow/ports.ts";
import { run } from "../../../lambdas/flow/run.ts";
import { sessionIdOfBytes } from "../../../lambdas/model/ids.ts";
import { newSessionId } from "../../../lambdas/net/randomness.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../../fakes/dynalite-tables.ts";
import { ISSUER, withClaims } from "../../identity/token/issue.ts";
import { READER } from "../../policy/fixtures.ts";
import { type HoldWorld, started } from "../hold-world.ts";
import { bearerGetItem, exchangeOf, getItem } from "../requests.ts";
import { agent } from "./api.ts";
import { ADMIN, peopleApi } from "./people.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

const TARGETS = ["session", "agent", "role", "everything"] as const;
type Target = (typeof TARGETS)[number];

/** A gateway and an API over one table: an agent with a session, and an administrator. */
async function deployed() {
  const setup = { client: tables.client, table: STATE_TABLE };
  const store: SessionStore = createSessionStore(setup);
  const here = await started({
    sessions: store,
    newSessionId,
  });
  const session = { ...here.session, id: sessionIdOfBytes(Buffer.from(newSessionId()).subarray(0, 16)) };
  await store.open(session);
  const api = peopleApi(1, { sessions: store, markers: createMarkers(setup) });
  // The API looks up that there is such a session.
  const opening = { pk: `SESSION#${session.id}`, sk: "OPEN", record: "{}" };
  api.records.stored.push(opening);
  const ids: Readonly<Record<Target, string | null>> = {
    session: session.id,
    agent: `${ISSUER}|agent-1`,
    role: READER,
    everything: null,
  };
  const order = async (path: string, target: Target): Promise<void> => {
    const body = { target, id: ids[target], reason: "test" };
    expect((await api.post(path, body)).status).toBe(200);
  };
  const { gateway } = here.world;
  return {
    world: here.world,
    sent: here.sent,
    revoke: (target: Target) => order("/api/revocations", target),
    lift: (target: Target) => order("/api/revocations/lift", target),
    call: () => {
      gateway.clock.ms += 1_000;
      return gateway.send(getItem(gateway, session));
    },
    callByToken: () => gateway.send(bearerGetItem(withClaims({ sub: "agent-1" }))),
    exchange: () => gateway.send(exchangeOf(withClaims({ sub: "agent-1" }))),
    explain: () => api.send("/api/approvals", { token: agent() }),
    listed: async () => (await api.get("/api/revocations", ADMIN)).json.revocations,
  };
}

describe.each(TARGETS)("revoking %s", (target) => {
  it("stops the next call, and lifting it lets the one after pass", async () => {
    const { world, call, revoke, lift, sent, listed } = await deployed();
    world.decision = "permit";
    expect((await call()).status).toBe(200);
    await revoke(target);
    const stopped = await call();
    expect(stopped.status).toBe(403);
    expect(stopped.text).toContain(`revoked access (${target})`);
    expect(sent).toHaveLength(1);
    expect(await listed()).toMatchObject([{ target, by: "ada", reason: "test" }]);
    await lift(target);
    expect((await call()).status).toBe(200);
    expect(sent).toHaveLength(2);
    expect(await listed()).toEqual([]);
  });

  it("stops an approved call whose caller waits", async () => {
    const { world, call, revoke, lift, sent } = await deployed();
    world.onPause = async (waited) => {
      if (waited !== 2) return;
      await world.approve();
      await revoke(target);
    };
    const stopped = await call();
    expect(stopped.status).toBe(403);
    expect(sent).toHaveLength(0);
    expect(world.only().status).toBe("failed");
    await lift(target);
  });

  it("stops an approved call that the gateway runs by itself", async () => {
    const { world, call, revoke, lift, sent } = await deployed();
    world.demand = { ...world.demand, run: "stored" };
    await call();
    await world.approve();
    await revoke(target);
    expect(await runStored(world)).toEqual({ status: "failed" });
    expect(sent).toHaveLength(0);
    await lift(target);
  });

  it("stops the agent's own use of the API where it says who may not ask", async () => {
    const { explain, revoke, lift } = await deployed();
    expect((await explain()).status).toBe(200);
    await revoke(target);
    // What is said of one session or one role says nothing of who asks.
    const expected = target === "agent" || target === "everything" ? 403 : 200;
    expect((await explain()).status).toBe(expected);
    await lift(target);
    expect((await explain()).status).toBe(200);
  });
});

// A session is what an exchange makes anew.
describe.each(TARGETS.filter((target) => target !== "session"))("revoking %s", (target) => {
  it("stops the next exchange until it is lifted", async () => {
    const { exchange, revoke, lift } = await deployed();
    expect((await exchange()).status).toBe(200);
    await revoke(target);
    expect((await exchange()).status).toBe(403);
    await lift(target);
    expect((await exchange()).status).toBe(200);
  });

  it("stops the next call of a client that shows its token with each, until it is lifted", async () => {
    const { world, callByToken, revoke, lift, sent } = await deployed();
    world.decision = "permit";
    expect((await callByToken()).status).toBe(200);
    await revoke(target);
    expect((await callByToken()).text).toContain(`revoked access (${target})`);
    expect(sent).toHaveLength(1);
    await lift(target);
    expect((await callByToken()).status).toBe(200);
  });
});

function runStored({ gateway, only }: HoldWorld) {
  const { sealer } = gateway.held;
  return run({ approvalId: only().id }, { ...gateway.dependencies, sealer });
}
