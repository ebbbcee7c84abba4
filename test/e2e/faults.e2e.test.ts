// What breaks around the gateway, and what must hold all the same: undecided means unsent, unrecorded means unsent, and
// nothing that changes anything is ever sent twice (R4, R7). The SDKs' own retries are part of each test.

import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, test } from "vitest";
import type { FaultRule } from "../../lib/local/aws/contract.ts";
import {
  type AgentClients,
  agentClients,
  type ClientOptions,
  failureOf,
  forwarded,
  useDemo,
} from "./demo.ts";
import { type Entry, entriesOf, intentsOf, outcomesOf } from "./ledger.ts";

const demo = useDemo();
afterEach(() => demo().cloud.aws.heal());

const ALWAYS = Number.POSITIVE_INFINITY;

interface Scene extends AgentClients {
  /** What reached AWS as the agent since the scene began. */
  sent(): ReturnType<typeof forwarded>;
  /** The records of the scene's session. */
  entries(): Promise<readonly Entry[]>;
}

/** A new session, and the faults that are there from now on. */
async function scene(faults: readonly FaultRule[], options: ClientOptions = {}): Promise<Scene> {
  const clients = agentClients(demo(), options);
  const { accessKeyId } = await clients.s3.config.credentials();
  const since = demo().cloud.aws.requests.length;
  for (const fault of faults) demo().cloud.aws.fail(fault);
  return {
    ...clients,
    sent: () => forwarded(demo(), since),
    entries: async () => {
      const session = `SESSION#${accessKeyId.replace(/^CSGN/, "")}`;
      return (await entriesOf(demo())).filter(({ pk, sk }) => pk === session && sk !== "OPEN");
    },
  };
}

const write = (Key: string, Body = "written") => new PutObjectCommand({ Bucket: "reports", Key, Body });
const read = () => new GetObjectCommand({ Bucket: "reports", Key: "2026/q2.csv" });

async function contentOf(Key: string): Promise<string | undefined> {
  demo().cloud.aws.heal();
  const { s3 } = agentClients(demo());
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "reports", Key }));
  return Body?.transformToString();
}

// First in this file: later tests start more workers.
describe("KMS down", () => {
  const down: FaultRule = { service: "kms", operation: "GenerateMac", how: "500", times: ALWAYS };

  test("no session gets its keys", async () => {
    demo().cloud.aws.fail(down);
    const failure = await failureOf(agentClients(demo()).s3.config.credentials());
    expect(failure).toMatchObject({ name: "InternalFailure", status: 500 });
  });

  test("a warm function goes on with the secrets it has, a cold one refuses; neither sends what it cannot verify", async () => {
    const hold: FaultRule = { service: "s3", operation: "GetObject", how: "slow", milliseconds: 1_000 };
    const { s3, dynamodb, sent } = await scene([hold], { attempts: "once" });
    const warm = s3.send(read());
    await expect.poll(() => demo().cloud.aws.requests.at(-1)?.operation, { timeout: 5_000 }).toBe("PutItem"); // its intent: it is on its way
    demo().cloud.aws.fail(down);
    // One worker has started so far, and it is taken: the next one starts cold.
    const cold = failureOf(
      dynamodb.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: "A-0" } } })),
    );
    expect(await cold).toMatchObject({ name: "InternalFailure", status: 500 });
    await warm;
    expect(sent().map(({ operation }) => operation)).toEqual(["GetObject"]);
  });
});

describe("DynamoDB down before the intent", () => {
  test.each([
    ["reset-before", "default", 3],
    ["500", "once", 1],
    ["throttle", "once", 1],
  ] as const)("(%s): the call is refused, SDK retries and all, and nothing reaches AWS", async (...kind) => {
    const [how, attempts, expected] = kind;
    const down: FaultRule = { service: "dynamodb", operation: "PutItem", how, times: ALWAYS };
    const { s3, sent } = await scene([down], { attempts });
    const failure = await failureOf(s3.send(write("unrecorded.csv")));
    expect(failure).toMatchObject({ name: "InternalError", status: 500, attempts: expected });
    expect(sent()).toEqual([]);
  });

  test("the session cannot be read: refused, and nothing reaches AWS", async () => {
    const down: FaultRule = { service: "dynamodb", operation: "BatchGetItem", how: "500", times: ALWAYS };
    const { s3, sent } = await scene([down], { attempts: "once" });
    expect(await failureOf(s3.send(read()))).toMatchObject({ name: "InternalError", status: 500 });
    expect(sent()).toEqual([]);
  });

  test("one failed write of the intent is repeated within the call, which is sent once", async () => {
    const { s3, sent, entries } = await scene([{ service: "dynamodb", operation: "PutItem", how: "500" }]);
    await s3.send(write("second-try.csv"));
    expect(sent()).toHaveLength(1);
    expect(intentsOf(await entries())).toHaveLength(1);
  });

  test("an intent that was written although its answer was lost counts as written: the call is sent once", async () => {
    const lost: FaultRule = { service: "dynamodb", operation: "PutItem", how: "reset-after" };
    const { s3, sent, entries } = await scene([lost]);
    await s3.send(write("lost-answer.csv"));
    expect(sent()).toHaveLength(1);
    expect(intentsOf(await entries())).toHaveLength(1);
    expect(outcomesOf(await entries())).toMatchObject([{ ending: "answered", status: 200 }]);
  });
});

describe("STS gives no credentials", () => {
  test.each([["throttle"], ["500"], ["reset-before"]] as const)(
    "(%s): refused as unavailable, without an intent, and nothing reaches AWS",
    async (how) => {
      const { s3, sent, entries } = await scene(
        [{ service: "sts", operation: "AssumeRole", how, times: ALWAYS }],
        { attempts: "once" },
      );
      expect(await failureOf(s3.send(read()))).toMatchObject({ name: "ServiceUnavailable", status: 503 });
      expect(sent()).toEqual([]);
      expect((await entries()).map(({ record }) => record)).toMatchObject([
        { phase: "OUTCOME", ending: "refused", code: "ServiceUnavailable", mayHaveRun: false },
      ]);
    },
  );

  test("for a moment: the SDK's retry gets the answer", async () => {
    const { s3, sent } = await scene([{ service: "sts", operation: "AssumeRole", how: "500", times: 3 }]);
    await s3.send(read());
    expect(sent()).toHaveLength(1);
  });
});

describe("a write whose answer is lost", () => {
  test.each([["reset-before"], ["reset-after"]] as const)(
    "(%s): is in doubt, by an error that no SDK retries, and was sent exactly once",
    async (how) => {
      const { s3, sent, entries } = await scene([{ service: "s3", operation: "PutObject", how }]);
      const failure = await failureOf(s3.send(write(`${how}.csv`)));
      expect(failure).toMatchObject({ name: "RequestInDoubt", status: 400, attempts: 1 });
      expect(failure.message).toContain("look at its result before you make a new one");
      expect(sent()).toHaveLength(1);
      expect(outcomesOf(await entries())).toMatchObject([
        { ending: "in_doubt", status: 400, mayHaveRun: true, awsRequestId: null },
      ]);
    },
  );

  test("after it was carried out is really carried out once: the doubt was right", async () => {
    const { s3 } = await scene([{ service: "s3", operation: "PutObject", how: "reset-after" }]);
    await failureOf(s3.send(write("doubtful.csv", "carried out")));
    expect(await contentOf("doubtful.csv")).toBe("carried out");
  });

  // The call may have run, so its retries get the answer that it had, and never a second try.
  test("by an error of AWS's own (500) is told as it is, and the SDK's retries are not sent", async () => {
    const { s3, sent, entries } = await scene([{ service: "s3", operation: "PutObject", how: "500" }]);
    const failure = await failureOf(s3.send(write("aws-500.csv")));
    expect(failure).toMatchObject({ name: "InternalFailure", status: 500, attempts: 3 });
    expect(sent()).toHaveLength(1);
    expect((await entries()).map(({ record }) => record)).toMatchObject([
      { phase: "INTENT" },
      { phase: "OUTCOME", ending: "answered", status: 500, mayHaveRun: true },
    ]);
  });

  test("because the client gave up waiting is not sent again while the first runs, whose answer it gets", async () => {
    const slow: FaultRule = { service: "s3", operation: "PutObject", how: "slow", milliseconds: 2_400 };
    const { s3, sent, entries } = await scene([slow], { patience: 2_000 });
    const { $metadata } = await s3.send(write("impatient.csv"));
    expect($metadata.attempts).toBeGreaterThan(1);
    expect(sent()).toHaveLength(1);
    expect(outcomesOf(await entries())).toMatchObject([{ ending: "answered", status: 200 }]);
  });

  test("and was too large to be kept is in doubt when its client asks again", async () => {
    const { dynamodb } = agentClients(demo());
    const Item = { id: { S: "large" }, text: { S: "x".repeat(320_000) } };
    await dynamodb.send(new PutItemCommand({ TableName: "orders", Item }));
    const slow: FaultRule = {
      ...{ service: "dynamodb", operation: "PutItem", how: "slow", milliseconds: 2_400 },
      skip: 1, // the intent's
    };
    const impatient = await scene([slow], { patience: 2_000 });
    const answersOld = new PutItemCommand({ TableName: "orders", Item, ReturnValues: "ALL_OLD" });
    const failure = await failureOf(impatient.dynamodb.send(answersOld));
    expect(failure).toMatchObject({ name: "RequestInDoubt", status: 400, attempts: 2 });
    expect(impatient.sent()).toHaveLength(1);
  });
});

describe("a slow answer", () => {
  test("is waited for", async () => {
    const { s3, sent } = await scene([
      { service: "s3", operation: "PutObject", how: "slow", milliseconds: 700 },
    ]);
    await s3.send(write("slow.csv"));
    expect(sent()).toHaveLength(1);
  });
});

describe("a read whose answer is lost", () => {
  test.each([["reset-before"], ["reset-after"], ["500"]] as const)(
    "(%s): is sent again by the SDK's own retry as a new attempt with its own records",
    async (how) => {
      const { s3, sent, entries } = await scene([{ service: "s3", operation: "GetObject", how }]);
      const { $metadata } = await s3.send(read());
      expect($metadata.attempts).toBe(2);
      expect(sent()).toHaveLength(2);
      expect(intentsOf(await entries())).toHaveLength(2);
      expect(outcomesOf(await entries())).toHaveLength(2);
    },
  );
});

describe("a throttled write", () => {
  test("is sent again under the same invocation id as a second attempt, since it certainly did not run", async () => {
    const { s3, sent, entries } = await scene([{ service: "s3", operation: "PutObject", how: "throttle" }]);
    const { $metadata } = await s3.send(write("throttled.csv", "at last"));
    expect($metadata.attempts).toBe(2);
    expect(sent().map(({ status }) => status)).toEqual([503, 200]);
    const keys = (await entries()).map(({ sk }) => sk.replace(/^CALL#[0-9a-f]{64}/, ""));
    expect(keys.toSorted()).toEqual(["#2#INTENT", "#2#OUTCOME", "#INTENT", "#OUTCOME"]);
    expect(outcomesOf(await entries())).toMatchObject([
      { status: 503, mayHaveRun: false },
      { status: 200, mayHaveRun: true },
    ]);
    expect(await contentOf("throttled.csv")).toBe("at last");
  });
});

describe("the outcome cannot be written after the call was sent", () => {
  const afterIntent: FaultRule = {
    service: "dynamodb",
    operation: "PutItem",
    how: "500",
    skip: 1,
    times: ALWAYS,
  };

  test("the answer to a write is withheld as in doubt, and the write is not sent again", async () => {
    const { s3, sent, entries } = await scene([afterIntent]);
    const failure = await failureOf(s3.send(write("unconfirmed.csv", "carried out")));
    expect(failure).toMatchObject({ name: "RequestInDoubt", status: 400, attempts: 1 });
    expect(sent()).toMatchObject([{ operation: "PutObject", status: 200 }]);
    expect(await contentOf("unconfirmed.csv")).toBe("carried out");
    expect((await entries()).map(({ record }) => record.phase)).toEqual(["INTENT"]);
  });

  test("the answer to a read is withheld as unavailable", async () => {
    const { s3, entries } = await scene([afterIntent], { attempts: "once" });
    expect(await failureOf(s3.send(read()))).toMatchObject({ name: "ServiceUnavailable", status: 503 });
    demo().cloud.aws.heal();
    expect((await entries()).map(({ record }) => record.phase)).toEqual(["INTENT"]);
  });
});
