// A budget lets through exactly as many calls as it states in one window, however many ask at once: one contract, held by
// the adapter over DynamoDB and by the fake.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBudgets } from "../../lambdas/aws/budgets.ts";
import type { Budgets } from "../../lambdas/flow/ports.ts";
import { newNonce } from "../../lambdas/net/randomness.ts";
import { fakeBudgets } from "../fakes/budgets.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

const NOW = 1_800_000_000; // the first second of a minute and of an hour
const newAgent = () => ({ issuer: "https://idp.example", subject: newNonce(), groups: [], claims: {} });
const LIMIT = { policy: "reads", calls: 3, perSeconds: 3_600 };

describe.each<[string, () => Budgets]>([
  ["the adapter", () => createBudgets({ client: tables.client, table: STATE_TABLE })],
  ["the fake", fakeBudgets],
])("%s", (_name, make) => {
  it("gives as many calls as are stated to those who ask at once, and no more", async () => {
    const [budgets, agent] = [make(), newAgent()];
    const asked = await Promise.all(Array.from({ length: 8 }, () => budgets.spend(agent, LIMIT, NOW)));
    expect(asked.filter((answer) => answer === "spent")).toHaveLength(3);
    expect(asked.filter((answer) => answer === "used_up")).toHaveLength(5);
  });

  it("begins anew in the first second of the next window, and not in the last of this one", async () => {
    const [budgets, agent, one] = [make(), newAgent(), { ...LIMIT, calls: 1 }];
    expect(await budgets.spend(agent, one, NOW)).toBe("spent");
    expect(await budgets.spend(agent, one, NOW + 3_599)).toBe("used_up");
    expect(await budgets.spend(agent, one, NOW + 3_600)).toBe("spent");
  });

  it("counts each agent and each policy alone", async () => {
    const [budgets, agent, one] = [make(), newAgent(), { ...LIMIT, calls: 1 }];
    for (const [who, limit] of [
      [agent, one],
      [newAgent(), one],
      [{ ...agent, issuer: "https://other.example" }, one],
      [agent, { ...one, policy: "writes" }],
    ] as const)
      expect(await budgets.spend(who, limit, NOW)).toBe("spent");
    expect(await budgets.spend(agent, one, NOW)).toBe("used_up");
  });
});

describe("the adapter", () => {
  it("throws when the table is down, and so gives nothing", async () => {
    const client = { send: () => Promise.reject(new Error("down")) } as unknown as DynamoDBClient;
    const budgets = createBudgets({ client, table: STATE_TABLE });
    await expect(budgets.spend(newAgent(), LIMIT, NOW)).rejects.toThrow("down");
  });
});
