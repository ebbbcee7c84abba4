// What an operator orders stands in one row that the gateway can read, and no order is lost to another.

import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSessionStore } from "../../lambdas/aws/session-store.ts";
import { EMERGENCY_KEY, MOST_RULES } from "../../lambdas/model/emergency.ts";
import { addRule, ruleOfOrder, type StateAccess } from "../../lib/emergency-orders.ts";
import { forbidCommand } from "../../lib/forbid-command.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { agent, READER } from "../policy/fixtures.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const REASON = ["--reason", "the ledger is being restored", "--by", "ana"];

let tables: DynaliteTables;
let access: StateAccess;
beforeAll(async () => {
  tables = await dynaliteTables();
  access = { client: tables.client, table: STATE_TABLE };
});
afterAll(() => tables.close());
beforeEach(async () => {
  await tables.client.send(
    new DeleteItemCommand({ TableName: STATE_TABLE, Key: { pk: { S: EMERGENCY_KEY } } }),
  );
});

async function forbid(...args: string[]): Promise<string> {
  return (await forbidCommand(args, () => access, NOW_MS)).join("\n");
}

async function seenByTheGateway(): Promise<unknown> {
  return (await createSessionStore(access).standingOf(agent(), READER)).emergency;
}

describe("forbid", () => {
  it("writes a rule that the gateway reads, lists it, and lifts it by its id", async () => {
    const said = await forbid(
      ...["--action", "s3:Delete*", "--resource", "arn:aws:s3:::ledger*", "--for", "4h", ...REASON],
    );
    const [id = ""] = said.split(" ");
    const rule = {
      id,
      action: "s3:Delete*",
      resource: "arn:aws:s3:::ledger",
      agent: null,
      reason: "the ledger is being restored",
      by: "ana",
      at: "2026-01-01T00:00:00.000Z",
      until: "2026-01-01T04:00:00.000Z",
    };
    expect(await seenByTheGateway()).toEqual({ kind: "rules", rules: [rule] });
    expect(await forbid("--list")).toContain(id);
    await forbid("--lift", id);
    expect(await seenByTheGateway()).toEqual({ kind: "rules", rules: [] });
    await expect(forbid("--lift", id)).rejects.toThrow("there is no rule");
  });

  it.each<[string, string[], string]>([
    ["names nothing", REASON, "say what to forbid"],
    ["has no reason", ["--all"], "--reason must be stated"],
    ["has an action that is none", ["--action", "delete everything", ...REASON], "--action must be"],
    ["has a resource that is none", ["--resource", "ledger", ...REASON], "--resource must be"],
    ["has a time that is none", ["--all", "--for", "soon", ...REASON], "--for must be"],
  ])("refuses an order that %s, and writes nothing", async (_, args, message) => {
    await expect(forbid(...args)).rejects.toThrow(message);
    expect(await seenByTheGateway()).toEqual({ kind: "rules", rules: [] });
  });

  it("drops rules that are over, and takes no more than the gateway reads", async () => {
    const order = { reason: "r", by: "ana", for: "1m" };
    await addRule(access, ruleOfOrder(order, NOW_MS - 60_000), NOW_MS - 60_000);
    for (let made = 0; made < MOST_RULES; made++)
      await addRule(access, ruleOfOrder({ ...order, for: "2m" }, NOW_MS), NOW_MS);
    await expect(forbid("--all", ...REASON)).rejects.toThrow("rules already");
  });

  it("loses none of two orders that are given at once", async () => {
    await forbid("--action", "s3:*", ...REASON);
    const both = await Promise.allSettled([
      forbid("--action", "ssm:*", ...REASON),
      forbid("--action", "iam:*", ...REASON),
    ]);
    const written = both.filter(({ status }) => status === "fulfilled").length;
    expect(await seenByTheGateway()).toMatchObject({ rules: { length: 1 + written } });
  });

  it("says that a row cannot be read, and lifts it with `all`", async () => {
    const item = { pk: { S: EMERGENCY_KEY }, rules: { S: "{" } };
    await tables.client.send(new PutItemCommand({ TableName: STATE_TABLE, Item: item }));
    await expect(forbid("--list")).rejects.toThrow("refuses every call");
    await expect(forbid("--all", ...REASON)).rejects.toThrow("refuses every call");
    await forbid("--lift", "all");
    expect(await seenByTheGateway()).toEqual({ kind: "rules", rules: [] });
  });
});
