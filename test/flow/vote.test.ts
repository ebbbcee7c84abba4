// Votes over the real store: who wakes the workflow, and with what, when several decide at once.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApprovalStore } from "../../lambdas/aws/approval-store.ts";
import { ask } from "../../lambdas/flow/ask.ts";
import { castVote, type VoteDependencies } from "../../lambdas/flow/vote.ts";
import { newApprovalId } from "../../lambdas/net/randomness.ts";
import { APPROVALS, approvalOf, NOW, voteOf } from "../approval/approvals.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { askWorld, deploymentOf } from "./ask-world.ts";

const RUNS = 15;

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

async function opened(quorum = 1) {
  const id = newApprovalId();
  const world = askWorld();
  const store = createApprovalStore({
    client: tables.client,
    table: STATE_TABLE,
    clock: { nowMs: () => world.nowMs },
    pause: async (ms) => {
      await pause(ms);
    },
    random: Math.random,
    newNonce: randomUUID,
  });
  await store.open(approvalOf({ id, fingerprint: id, demand: { ...approvalOf().demand, quorum } }), null);
  const { sealer, ...rest } = world.dependencies;
  const dependencies = { ...rest, sealer, store };
  const voting: VoteDependencies = {
    store,
    workflow: rest.workflow,
    clock: rest.clock,
    deployment: deploymentOf(APPROVALS),
    sealer: { open: async (_purpose, _id, sealed) => Buffer.from(sealed.split(" ").at(-1) ?? "", "hex") },
  };
  const cast = (name: string, choice: "approve" | "reject") => {
    const { at, ...vote } = voteOf(name, choice, choice === "reject" ? "no" : null);
    return castVote({ id, vote }, voting);
  };
  const asks = (step: string, taskToken: string) => ask({ step, approvalId: id, taskToken }, dependencies);
  return { id, world, store, cast, asks };
}

describe("votes at the same time", () => {
  it("approve against reject: the first one decides, and the workflow hears of that one only", async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const { id, world, store, cast, asks } = await opened();
      await asks("ask", "token-1");
      await Promise.all([cast("Ada", "approve"), cast("Ben", "reject")]);
      const status = (await store.find(id))?.status;
      expect(["approved", "rejected"]).toContain(status);
      expect(new Set(world.resumed.map((resumed) => resumed.status))).toEqual(new Set([status]));
    }
  });

  it("two of two: both count, and the workflow is woken", async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const { id, world, store, cast, asks } = await opened(2);
      await asks("ask", "token-1");
      await Promise.all([cast("Ada", "approve"), cast("Ben", "approve"), cast("Ada", "approve")]);
      expect(await store.find(id)).toMatchObject({ status: "approved", decidedAt: NOW });
      expect((await store.find(id))?.votes).toHaveLength(2);
      expect(world.resumed.length).toBeGreaterThan(0);
    }
  });

  it("between two tokens: the newest token is always resumed, by the voter or by the step", async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const { world, cast, asks } = await opened();
      await asks("ask", "token-1");
      await Promise.all([asks("remind", "token-2"), pause(run).then(() => cast("Ada", "approve"))]);
      expect(world.resumed).toContainEqual({ token: "token-2", status: "approved" });
    }
  });
});
