// Grants, kept answers, places to wait and the workflow: who is first, how often, and when it is over.

import { ExecutionAlreadyExists, type SFNClient, TaskTimedOut } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sealer, WorkflowInput } from "../../lambdas/approval/ports.ts";
import { createAnswers } from "../../lambdas/aws/answers.ts";
import { createGrants } from "../../lambdas/aws/grants.ts";
import { createWaitingPlaces } from "../../lambdas/aws/waiting-places.ts";
import { createWorkflow } from "../../lambdas/aws/workflow.ts";
import { newApprovalId, newNonce } from "../../lambdas/net/randomness.ts";
import { NOW } from "../approval/approvals.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());
const setup = () => ({ client: tables.client, table: STATE_TABLE, newNonce });

describe("grants", () => {
  it("are taken so often and no more, also by many at once, and not after their end", async () => {
    const [grants, key, id] = [createGrants(setup()), newNonce(), newApprovalId()];
    expect(await grants.take(key, NOW)).toBe("none");
    await grants.give(key, 3, NOW + 60, id);
    expect(await grants.take(key, NOW + 60)).toBe("none");
    const taken = await Promise.all(Array.from({ length: 10 }, () => grants.take(key, NOW + 59)));
    expect(taken.filter((one) => one === id)).toHaveLength(3);
    await grants.give(key, 3, NOW + 60, id);
    expect(await grants.take(key, NOW)).toBe("none");
    const next = newApprovalId();
    await grants.give(key, 1, NOW + 60, next);
    expect(await grants.take(key, NOW)).toBe(next);
  });
});

describe("answers", () => {
  const sealer: Sealer = {
    seal: async (_purpose, id, plain) => `${id}.${Buffer.from(plain).toString("base64url")}`,
    open: async (_purpose, id, sealed) => Buffer.from(sealed.slice(id.length + 1), "base64url"),
  };
  const kept = { status: 200, headers: { "x-amzn-requestid": "r" }, body: Buffer.from([0, 255, 10]) };
  it("are found for a day, as they were, and delivered first by one", async () => {
    const [answers, key] = [createAnswers({ ...setup(), sealer }), newNonce()];
    expect(await answers.find(key, NOW)).toBeUndefined();
    expect(await answers.deliver(key)).toBe(false);
    expect(await answers.keep(key, kept, NOW)).toBe("kept");
    expect(await answers.keep(key, { ...kept, status: 500 }, NOW)).toBe("kept");
    expect(await answers.find(key, NOW + 86_399)).toEqual(kept);
    expect(await answers.find(key, NOW + 86_400)).toBeUndefined();
    const delivered = await Promise.all(Array.from({ length: 5 }, () => answers.deliver(key)));
    expect(delivered.filter(Boolean)).toHaveLength(1);
  });

  it("fit the table up to 300,000 bytes and are not kept beyond", async () => {
    const [answers, key] = [createAnswers({ ...setup(), sealer }), newNonce()];
    expect(await answers.keep(key, { ...kept, body: Buffer.alloc(299_900) }, NOW)).toBe("kept");
    expect(await answers.keep(newNonce(), { ...kept, body: Buffer.alloc(300_000) }, NOW)).toBe("too_large");
  });
});

describe("places to wait", () => {
  const placesOf = (places: number) => createWaitingPlaces({ ...setup(), places, random: Math.random });
  it("are two for an agent, free again when left or when their time is over", async () => {
    const [places, agent] = [placesOf(1_000), newNonce()];
    const all = await Promise.all(Array.from({ length: 8 }, () => places.take(agent, NOW, NOW + 25)));
    const held = all.filter((place) => place !== "none");
    expect(held).toHaveLength(2);
    await held[0]?.leave();
    expect(await places.take(agent, NOW, NOW + 25)).not.toBe("none");
    expect(await places.take(agent, NOW + 24, NOW + 49)).toBe("none");
    expect(await places.take(agent, NOW + 25, NOW + 50)).not.toBe("none");
  });

  it("are so many over all agents, and an agent that found none keeps none", async () => {
    const places = placesOf(3);
    const from = NOW + 1_000;
    const all = await Promise.all(Array.from({ length: 12 }, () => places.take(newNonce(), from, from + 25)));
    expect(all.filter((place) => place !== "none")).toHaveLength(3);
    const agent = newNonce();
    expect(await places.take(agent, from, from + 25)).toBe("none");
    for (const place of all) if (place !== "none") await place.leave();
    expect(await places.take(agent, from, from + 25)).not.toBe("none");
    expect(await places.take(agent, from, from + 25)).not.toBe("none");
  });
});

describe("the workflow", () => {
  const throwing = (error: unknown) =>
    createWorkflow({
      client: { send: () => Promise.reject(error) } as unknown as SFNClient,
      machineArn: "m",
    });
  const facts = { message: "x", $metadata: {} };
  it("is started once more as if it were the first, and says when nobody waits", async () => {
    await throwing(new ExecutionAlreadyExists(facts)).start(newApprovalId(), {} as WorkflowInput);
    expect(await throwing(new TaskTimedOut(facts)).resume("t", { status: "approved" })).toBe("gone");
  });

  it("throws when it is not known", async () => {
    await expect(throwing(new Error("down")).start(newApprovalId(), {} as WorkflowInput)).rejects.toThrow(
      "down",
    );
    await expect(throwing(new Error("down")).resume("t", { status: "approved" })).rejects.toThrow("down");
  });
});
