// The memory of Slack's deliveries and the reading of attempts over a real table, and the Slack secret over a real client.

import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAttempts } from "../../lambdas/aws/attempts.ts";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import { createSlackDeliveries } from "../../lambdas/aws/slack-deliveries.ts";
import { createSlackSecret } from "../../lambdas/aws/slack-secret.ts";
import type { Outcome } from "../../lambdas/model/record.ts";
import { callKeyOf, nextAttempt } from "../../lambdas/recording/keys.ts";
import { approvalOf, NOW, SESSION } from "../approval/approvals.ts";
import {
  type DynaliteTables,
  dynaliteTables,
  SESSIONS_TABLE,
  STATE_TABLE,
} from "../fakes/dynalite-tables.ts";
import { stubEndpoint } from "./stub-endpoint.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

describe("a delivery of Slack", () => {
  it("is the first one once, however many come at the same time", async () => {
    const deliveries = createSlackDeliveries({ client: tables.client, table: STATE_TABLE });
    const all = await Promise.all(Array.from({ length: 10 }, () => deliveries.first("a".repeat(64), NOW)));
    expect(all.filter(Boolean)).toHaveLength(1);
    expect(await deliveries.first("b".repeat(64), NOW)).toBe(true);
  });
});

describe("what the records say of an execution", () => {
  const key = callKeyOf(SESSION, { kind: "approval", id: "A" }, "f");
  const intent = approvalOf().record;
  const outcome = (at: number, ending: Outcome["ending"]): Outcome =>
    ({
      ...intent,
      phase: "OUTCOME",
      at: new Date(at * 1_000).toISOString(),
      ending,
      status: 200,
      awsRequestId: null,
      mayHaveRun: false,
    }) as Outcome;

  it("is nothing, then the intent, then its end; of several attempts the last", async () => {
    const log = createCallLog({ client: tables.client, table: SESSIONS_TABLE, retentionDays: 1 });
    const attemptOf = createAttempts({ client: tables.client, table: SESSIONS_TABLE });
    expect(await attemptOf(key)).toBe("none");
    await log.appendIntent(key, intent);
    expect(await attemptOf(key)).toBe("intent");
    await log.appendOutcome(key, outcome(NOW, "refused"));
    expect(await attemptOf(key)).toMatchObject({ ending: "refused" });
    await log.appendIntent(nextAttempt(key), intent);
    expect(await attemptOf(key)).toBe("intent");
    await log.appendOutcome(nextAttempt(key), outcome(NOW + 1, "answered"));
    expect(await attemptOf(key)).toMatchObject({ ending: "answered" });
    expect(await attemptOf(callKeyOf(SESSION, { kind: "approval", id: "B" }, "f"))).toBe("none");
  });
});

describe("the Slack secret", () => {
  const GOOD = JSON.stringify({ botToken: "xoxb-12345678", signingSecret: "0123456789abcdef" });

  async function reading(...values: string[]) {
    let at = 0;
    const stub = await stubEndpoint(() => {
      const value = values[Math.min(at, values.length - 1)] ?? "";
      at += 1;
      return { status: 200, body: JSON.stringify({ SecretString: value }) };
    });
    const clock = { now: NOW * 1_000, nowMs: () => clock.now };
    const read = createSlackSecret({
      client: new SecretsManagerClient(stub.settings),
      secretArn: "slack",
      clock,
    });
    return { read, clock, stub };
  }

  it("is read once for five minutes", async () => {
    const { read, clock, stub } = await reading(GOOD);
    expect(await read()).toEqual(JSON.parse(GOOD));
    clock.now += 299_000;
    await read();
    expect(stub.bodies).toHaveLength(1);
    clock.now += 1_000;
    await read();
    expect(stub.bodies).toHaveLength(2);
    await stub.close();
  });

  it.each([
    "",
    "xoxb-not-json",
    "[]",
    JSON.stringify({ botToken: "xoxb-12345678" }),
    JSON.stringify({ botToken: "xoxb-12345678", signingSecret: "" }),
    JSON.stringify({ botToken: "a\r\nb-12345678", signingSecret: "0123456789abcdef" }),
  ])("that is not filled in is a fault that does not quote it, and is asked again: %j", async (value) => {
    const { read, stub } = await reading(value, GOOD);
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "environment" });
    expect(JSON.stringify(error) + String(error)).not.toContain("xoxb");
    await expect(read()).resolves.toEqual(JSON.parse(GOOD));
    await stub.close();
  });
});
