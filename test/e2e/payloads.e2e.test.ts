// What is too large for a record, through the whole local cloud: stored before the call is sent, under its digest, masked;
// with the bucket down nothing is sent. And a legal hold on that session, by an administrator and by the scheduled function.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, test } from "vitest";
import { createHoldMarks } from "../../lambdas/aws/hold-marks.ts";
import { parseSessionId, type SessionId } from "../../lambdas/model/ids.ts";
import { READER_FILE } from "../../lib/local/exports.ts";
import { type AgentClients, agentClients, failureOf, forwarded, useDemo } from "./demo.ts";
import { holdsIn, objectsIn } from "./gateway-buckets.ts";
import { entriesOf, insider, intentsOf, outcomesOf } from "./ledger.ts";

const demo = useDemo();
afterEach(() => demo().cloud.aws.heal());

const DOWN = { service: "s3", operation: "PutObject", how: "500", times: Number.POSITIVE_INFINITY } as const;

function item(id: string) {
  return { TableName: "orders", Item: { id: { S: id }, text: { S: `${id} ${"x".repeat(10_000)}` } } };
}

async function recordsOf(id: string) {
  const entries = await entriesOf(demo());
  const isOf = ({ call }: { call: { parametersBytes: number } | null }) =>
    (call?.parametersBytes ?? 0) > 8_192;
  return { intents: intentsOf(entries).filter(isOf), outcomes: outcomesOf(entries).filter(isOf), id };
}

describe("parameters over 8 KB", () => {
  test("are an object under their digest before the call is sent, and both records say where", async () => {
    const { dynamodb } = agentClients(demo());
    await dynamodb.send(new PutItemCommand(item("large-1")));
    const { intents, outcomes } = await recordsOf("large-1");
    const [call] = intents.map((intent) => intent.call);
    expect(call?.parameters).toBeNull();
    expect(outcomes[0]?.call?.parametersAt).toBe(call?.parametersAt);
    const text = (await objectsIn(demo(), "PAYLOAD_BUCKET")).get(call?.parametersAt ?? "") ?? "";
    expect(createHash("sha256").update(text).digest("hex")).toBe(call?.parametersDigest);
    expect(Buffer.byteLength(text)).toBe(call?.parametersBytes);
    expect(text).toContain("large-1 xxx");
  });

  test("cannot be stored: the call is refused by an error that SDKs repeat, and nothing reaches AWS", async () => {
    const { dynamodb } = agentClients(demo(), { attempts: "once" });
    await dynamodb.config.credentials();
    const since = demo().cloud.aws.requests.length;
    demo().cloud.aws.fail(DOWN);
    const failure = await failureOf(dynamodb.send(new PutItemCommand(item("large-2"))));
    expect(failure).toMatchObject({ name: "ServiceUnavailableException", status: 503 });
    expect(failure.message).toContain("could not be recorded; nothing was sent: try again");
    expect(forwarded(demo(), since)).toEqual([]);
    // Small ones need no bucket.
    await dynamodb.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: "A-0" } } }));
  });

  test("are stored masked: a secret among them is nowhere in the bucket", async () => {
    const { ssm } = agentClients(demo(), { attempts: "once" });
    const secret = { Name: "/orders/canary", Value: "canary-7f3a", Description: "d".repeat(9_000) };
    await failureOf(ssm.send(new PutParameterCommand(secret))); // whatever becomes of it
    const texts = [...(await objectsIn(demo(), "PAYLOAD_BUCKET")).values()].join("\n");
    expect(texts).not.toContain("canary-7f3a");
    expect(texts).toContain("/orders/canary");
  });
});

describe("an answer", () => {
  test("over 8 KB is an object, a small one stands in its Outcome", async () => {
    const { s3 } = agentClients(demo());
    const Body = "line of text\n".repeat(1_000);
    await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "large.txt", Body }));
    await (
      await s3.send(new GetObjectCommand({ Bucket: "reports", Key: "large.txt" }))
    ).Body?.transformToString();
    const outcomes = outcomesOf(await entriesOf(demo()));
    const read = outcomes.find(({ responseBytes }) => responseBytes === Body.length);
    const at = read?.response !== undefined && "at" in read.response ? read.response.at : "";
    expect((await objectsIn(demo(), "PAYLOAD_BUCKET")).get(at)).toBe(Body);
    expect(outcomes.some(({ response }) => response !== undefined && "text" in response)).toBe(true);
  });

  test("that cannot be stored goes on to its caller, and its record holds the beginning", async () => {
    const { dynamodb } = agentClients(demo(), { attempts: "once" });
    const asked = new GetItemCommand({ TableName: "orders", Key: { id: { S: "large-1" } } });
    demo().cloud.aws.fail(DOWN);
    expect((await dynamodb.send(asked)).Item?.text?.S).toContain("large-1 xxx");
    demo().cloud.aws.heal();
    const responses = outcomesOf(await entriesOf(demo())).map(({ response }) => response);
    expect(responses).toContainEqual(
      expect.objectContaining({ truncated: true, text: expect.stringContaining("{") }),
    );
  });
});

async function sessionOf({ dynamodb }: AgentClients): Promise<SessionId> {
  const { accessKeyId } = await dynamodb.config.credentials();
  const session = parseSessionId(accessKeyId.replace(/^CSGN/, ""));
  if (session === undefined) throw new Error("the key names no session");
  return session;
}

function marks() {
  const { client } = insider(demo(), "holder", ["dynamodb:UpdateItem"]);
  return createHoldMarks({ client, table: demo().stateTable });
}

/** What the function that copies each minute says of its run. */
async function look(): Promise<unknown> {
  const ran = await demo().cloud.runSchedules();
  return ran.map((one) => (one.kind === "payload" ? one.payload : one));
}

/** As Ada Admin, the local cloud's administrator, whose token it leaves for the CLI. */
async function api(path: string, body?: object): Promise<Response> {
  const told = JSON.parse(readFileSync(join(demo().directory, READER_FILE), "utf8")) as { idToken: string };
  return await fetch(`${demo().cloud.gatewayUrl}/api${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${told.idToken}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

describe("a session under legal hold", () => {
  test("is copied by the scheduled function: its records with their leaves, and its payloads", async () => {
    const clients = agentClients(demo());
    await clients.dynamodb.send(new PutItemCommand(item("held")));
    const session = await sessionOf(clients);
    await marks().put({ session, status: "held", expiresMs: Date.now() + 3_600_000, dueAt: 1 });
    expect(await look()).toContainEqual({
      holds: { sessions: 1, records: 3, payloads: 1, missing: 0, failed: 0 },
    });
    const objects = await objectsIn(demo(), "HOLDS_BUCKET");
    expect([...objects.keys()].every((key) => key.startsWith(`holds/${session}/`))).toBe(true);
    expect([...objects.values()].join("\n")).toContain('"leaf":"');
  });

  test("by an order is copied at once, goes on being copied, and is free after another order", async () => {
    const clients = agentClients(demo());
    await clients.dynamodb.send(new PutItemCommand(item("ordered")));
    const session = await sessionOf(clients);
    const order = { session, reason: "an inquiry" };
    const placed = await (await api("/holds", order)).json();
    // The opening, intent and outcome of the call, and the order itself.
    expect(placed).toMatchObject({
      order: { order: "hold", reader: { name: "Ada Admin" } },
      copied: { records: 4, payloads: 1, missing: [], whole: true },
    });
    await clients.dynamodb.send(new PutItemCommand(item("afterwards")));
    await marks().lookNext(session, 1);
    expect(await look()).toContainEqual({
      holds: { sessions: 1, records: 2, payloads: 1, missing: 0, failed: 0 },
    });
    const copies = async () =>
      [...(await holdsIn(demo(), "HOLDS_BUCKET"))].filter(([key]) => key.includes(session));
    const held = await copies();
    expect(held.map(([, status]) => status)).toEqual(["ON", "ON", "ON", "ON"]);
    expect(await (await api("/holds/release", order)).json()).toMatchObject({ released: held.length });
    expect((await copies()).map(([, status]) => status)).toEqual(["OFF", "OFF", "OFF", "OFF"]);
    await clients.dynamodb.send(new PutItemCommand(item("released")));
    await marks().lookNext(session, 1);
    await look();
    expect(await copies()).toHaveLength(held.length);
  });

  test("has payloads that an administrator reads byte for byte", async () => {
    const { outcomes } = await recordsOf("large-1");
    const [, session, digest] = (outcomes[0]?.call?.parametersAt ?? "").split("/");
    const told = await api(`/payloads/${session}/${digest}`);
    expect(told.status).toBe(200);
    const bytes = Buffer.from(await told.arrayBuffer());
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(outcomes[0]?.call?.parametersDigest);
    expect((await api(`/payloads/${session}/${"0".repeat(64)}`)).status).toBe(404);
  });
});
