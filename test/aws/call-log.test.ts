// The log appends and never rewrites: one contract, held by the adapter over DynamoDB and by the fake.

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import type { SessionId } from "../../lambdas/model/ids.ts";
import { newNonce, newSessionId } from "../../lambdas/net/randomness.ts";
import { type CallKey, callItemKey, callKeyOf, nextAttempt } from "../../lambdas/recording/keys.ts";
import type { CallLog } from "../../lambdas/recording/ports.ts";
import { fakeCallLog } from "../fakes/call-log.ts";
import { type DynaliteTables, dynaliteTables, SESSIONS_TABLE } from "../fakes/dynalite-tables.ts";
import { callerIn, intent, opening, outcome, refusal, SESSION } from "../recording/facts.ts";

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());

const setupWith = (client: DynamoDBClient) => ({
  client,
  table: SESSIONS_TABLE,
  retentionDays: 30,
  newNonce,
});
const newKey = (session: SessionId = newSessionId()): CallKey =>
  callKeyOf(session, { kind: "invocation", id: newNonce() }, "f".repeat(64));

const adapter = () => createCallLog(setupWith(tables.client));
describe.each<[string, () => CallLog]>([
  ["the adapter", adapter],
  ["the fake", fakeCallLog],
])("%s", (_name, make) => {
  it("appends an intent once and says that the second one exists", async () => {
    const [log, key] = [make(), newKey()];
    expect(await log.appendIntent(key, intent())).toBe("appended");
    expect(await log.appendIntent(key, intent())).toBe("exists");
    expect(await log.appendIntent(key, intent({ gatewayRequestId: "r-2" }))).toBe("exists");
  });

  it("lets one of many at once append an intent", async () => {
    const [log, key] = [make(), newKey()];
    const results = await Promise.all(Array.from({ length: 8 }, () => log.appendIntent(key, intent())));
    expect(results.filter((result) => result === "appended")).toHaveLength(1);
  });

  it("takes an intent for the next attempt beside the first", async () => {
    const [log, key] = [make(), newKey()];
    await log.appendIntent(key, intent());
    expect(await log.appendIntent(nextAttempt(key), intent())).toBe("appended");
  });

  it("gives back the outcome as it was appended, of its own attempt only", async () => {
    const [log, key] = [make(), newKey()];
    expect(await log.outcomeOf(key)).toBe("none");
    await log.appendIntent(key, intent());
    expect(await log.outcomeOf(key)).toBe("none");
    const ended = outcome({ status: 429, mayHaveRun: false });
    await log.appendOutcome(key, ended);
    expect(await log.outcomeOf(key)).toEqual(ended);
    expect(await log.outcomeOf(nextAttempt(key))).toBe("none");
  });

  it("never replaces an outcome", async () => {
    const [log, key] = [make(), newKey()];
    await log.appendOutcome(key, outcome({ status: 200 }));
    await expect(log.appendOutcome(key, outcome({ status: 500 }))).rejects.toThrow("another record");
    expect(await log.outcomeOf(key)).toMatchObject({ status: 200 });
  });

  it("keeps a refusal out of the way of the call's own records", async () => {
    const [log, session] = [make(), newSessionId()];
    const key = newKey(session);
    await log.appendRefusal(refusal({ caller: callerIn(session) }));
    expect(await log.outcomeOf(key)).toBe("none");
    expect(await log.appendIntent(key, intent())).toBe("appended");
    await log.appendOutcome(key, outcome());
  });

  it("takes one opening for a session, and none without", async () => {
    const [log, session] = [make(), newSessionId()];
    expect(await log.appendOpen(opening({ caller: callerIn(session) }))).toBe("appended");
    expect(await log.appendOpen(opening({ caller: callerIn(session) }))).toBe("exists");
    await expect(log.appendOpen(opening({ caller: null }))).rejects.toThrow("needs its session");
  });

  it("keeps a hostile text inside its record", async () => {
    const [log, key] = [make(), newKey()];
    const hostile = outcome({ code: '"}\n{"phase":"OUTCOME","ending":"answered"\u2028\u0000\ud83d' });
    await log.appendOutcome(key, hostile);
    expect((await log.outcomeOf(key)) as unknown).toEqual(hostile);
  });
});

describe("the stored item", () => {
  const itemAt = async (key: CallKey, phase: "INTENT" | "OUTCOME") => {
    const { pk, sk } = callItemKey(key, phase);
    const query = new QueryCommand({
      TableName: SESSIONS_TABLE,
      KeyConditionExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: sk } },
    });
    return (await tables.client.send(query)).Items?.[0];
  };

  it("ends with the retention", async () => {
    const key = newKey();
    await adapter().appendIntent(key, intent());
    const at = Date.UTC(2026, 0, 2, 3, 4, 5) / 1_000;
    expect((await itemAt(key, "INTENT"))?.ttl).toEqual({ N: String(at + 30 * 86_400) });
  });

  it("of an outcome has what indexes need, and `decision` only where it was not a permit", async () => {
    const [permitted, denied] = [newKey(), newKey()];
    await adapter().appendOutcome(permitted, outcome());
    const decision = {
      kind: "deny",
      reason: "no_policy",
      policies: [],
      message: "m",
      policyVersion: "v",
    } as const;
    await adapter().appendOutcome(denied, refusal({ decision }));
    expect(await itemAt(permitted, "OUTCOME")).toMatchObject({
      agent: { S: expect.stringMatching(/^call#https:\/\/idp\.example\|agent-1#\d+$/) },
      action: { S: expect.stringMatching(/^s3:GetObject#\d+$/) },
    });
    expect(await itemAt(permitted, "OUTCOME")).not.toHaveProperty("decision");
    expect(await itemAt(denied, "OUTCOME")).toMatchObject({
      decision: { S: expect.stringMatching(/^deny#\d+$/) },
    });
  });

  it("of a refusal without a session lies under its day", async () => {
    await adapter().appendRefusal(refusal({ caller: null, gatewayRequestId: "lonely" }));
    const { Items } = await tables.client.send(new ScanCommand({ TableName: SESSIONS_TABLE }));
    const lonely = Items?.find(({ sk }) => sk?.S?.endsWith("#lonely"));
    expect(lonely?.pk?.S).toMatch(/^REFUSED#2026-01-02#\d{1,2}$/);
  });
});

describe("a write whose answer was lost", () => {
  /** A client whose PutItem is applied, then sent again as the SDK does, so that the caller sees the second answer. */
  const repeating = () =>
    clientWith(async (command) => {
      if (command instanceof PutItemCommand) await tables.client.send(command);
      return tables.client.send(command as PutItemCommand);
    });

  it("counts as appended when the item that stands there is this very write", async () => {
    const key = newKey();
    const log = createCallLog(setupWith(repeating()));
    expect(await log.appendIntent(key, intent())).toBe("appended");
    await log.appendOutcome(key, outcome());
  });

  it("counts as another's when the same record was written by somebody else", async () => {
    const key = newKey();
    await adapter().appendIntent(key, intent());
    expect(await createCallLog(setupWith(repeating())).appendIntent(key, intent())).toBe("exists");
  });

  it("throws when what stands there cannot be read", async () => {
    const failing = clientWith((command) => {
      if (command instanceof QueryCommand) return Promise.reject(new Error("down"));
      return Promise.reject(new ConditionalCheckFailedException({ message: "", $metadata: {} }));
    });
    await expect(createCallLog(setupWith(failing)).appendIntent(newKey(), intent())).rejects.toThrow("down");
  });
});

describe("a table that is down", () => {
  it("makes every append and read throw", async () => {
    const log = createCallLog(setupWith(clientWith(() => Promise.reject(new Error("down")))));
    await expect(log.appendIntent(newKey(), intent())).rejects.toThrow("down");
    await expect(log.appendOutcome(newKey(), outcome())).rejects.toThrow("down");
    await expect(log.appendRefusal(refusal())).rejects.toThrow("down");
    await expect(log.appendOpen(opening({ caller: callerIn(SESSION) }))).rejects.toThrow("down");
    await expect(log.outcomeOf(newKey())).rejects.toThrow("down");
  });
});

function clientWith(send: (command: unknown) => Promise<unknown>): DynamoDBClient {
  return { send } as unknown as DynamoDBClient;
}
