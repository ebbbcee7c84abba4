// The API through the whole local cloud: over the edge, its own function under its own grants, with the tokens that agents
// have. An agent asks what the policies say to a call before it makes it, sees what waits for people, and takes it back.

import { readFileSync } from "node:fs";
import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { forbidCommand } from "../../lib/forbid-command.ts";
import { CLEANUP_AGENT, READER_ROLE } from "../../lib/local/demo-world.ts";
import { localRecords } from "../../lib/local/records-client.ts";
import { approvalsOf, executionsOf, soon, tokenOf, useApprovals } from "./approvals.ts";
import { agentClients, failureOf } from "./demo.ts";

const demo = useApprovals();

interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
  readonly json: any;
}

async function ask(path: string, init: RequestInit = {}, token = ownToken()): Promise<Told> {
  const answer = await fetch(`${demo().cloud.gatewayUrl}/api${path}`, {
    ...init,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...init.headers },
  });
  return { status: answer.status, json: await answer.json() };
}

function ownToken(): string {
  const { AWS_WEB_IDENTITY_TOKEN_FILE } = demo().environment(READER_ROLE);
  return readFileSync(AWS_WEB_IDENTITY_TOKEN_FILE, "utf8").trim();
}

const requestOf = (method: string, key: string) => ({
  method,
  path: `/reports/${key}`,
  headers: {
    host: "s3.eu-west-1.amazonaws.com",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260131/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0",
  },
});

const explain = (method: string, key: string): Promise<Told> =>
  ask("/explain", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ role: READER_ROLE, request: requestOf(method, key) }),
  });

const cancel = (id: string, token?: string): Promise<Told> =>
  ask(`/approvals/${id}/cancel`, { method: "POST" }, token);

describe("POST /api/explain", () => {
  it("says of a call what the gateway then does, without making it", async () => {
    const since = demo().cloud.aws.requests.length;
    const read = await explain("GET", "2026/q3.csv");
    expect(read).toMatchObject({
      status: 200,
      json: {
        operation: "GetObject",
        decision: { kind: "permit", policies: ["reads", "use-reader"] },
        masks: { masks: [], defaults: ["SSEKMSKeyId"] },
        withoutEmergency: null,
      },
    });
    const held = await explain("DELETE", "2026/q2.csv");
    expect(held.json.decision).toMatchObject({ kind: "hold", approval: { groups: ["prod-approvers"] } });
    const stored = await explain("PUT", "2026/q2.csv");
    expect(stored.json.decision).toMatchObject({ kind: "hold", approval: { run: "stored" } });
    expect(
      demo()
        .cloud.aws.requests.slice(since)
        .filter(({ service }) => service === "s3"),
    ).toEqual([]);
    await agentClients(demo()).s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }));
  });

  it("counts the emergency forbid of this moment, and says what would be without it", async () => {
    const { client, stateTable } = localRecords(demo().directory);
    const order = (...args: string[]) =>
      forbidCommand(args, () => ({ client, table: stateTable }), Date.now());
    await order("--action", "s3:*", "--reason", "leak under inquiry", "--by", "ana");
    const { json } = await explain("GET", "2026/q3.csv");
    await order("--lift", "all");
    expect(json).toMatchObject({
      decision: { kind: "deny", reason: "forbidden", message: expect.stringContaining("leak under inquiry") },
      withoutEmergency: { kind: "permit" },
      masks: null,
    });
    expect((await explain("GET", "2026/q3.csv")).json.decision.kind).toBe("permit");
  });

  it("answers nobody without a token", async () => {
    expect(await ask("/approvals", {}, "")).toMatchObject({ status: 401 });
  });
});

describe("an agent's own approvals", () => {
  it("are listed while they wait, and taken back: the held call ends, and nothing is sent", async () => {
    const { s3 } = agentClients(demo(), { attempts: "once" });
    const held = failureOf(s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q2.csv" })));
    const open = await soon("the approval", async () => (await ask("/approvals")).json.approvals[0]);
    expect(open).toMatchObject({ status: "pending", operation: "DeleteObject", groups: ["prod-approvers"] });
    const stranger = readFileSync(await tokenOf(demo(), CLEANUP_AGENT.subject), "utf8").trim();
    expect(await ask("/approvals", {}, stranger)).toMatchObject({ json: { approvals: [] } });
    expect(await cancel(open.id, stranger)).toMatchObject({ status: 404 });
    expect(await cancel(open.id)).toMatchObject({ status: 200, json: { approval: { status: "cancelled" } } });
    expect((await held).message).toMatch(/cancel|taken back/);
    expect(await ask("/approvals")).toMatchObject({ json: { approvals: [], complete: true } });
    expect(await cancel(open.id)).toMatchObject({ status: 409 });
    expect(executionsOf(demo(), "DeleteObject")).toEqual([]);
    expect((await approvalsOf(demo())).get(open.id)?.status).toBe("cancelled");
  });

  it("are new ones when the same call is made again after it was taken back", async () => {
    const { s3 } = agentClients(demo(), { attempts: "once" });
    const held = failureOf(s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q2.csv" })));
    const open = await soon("another approval", async () => (await ask("/approvals")).json.approvals[0]);
    expect(open.status).toBe("pending");
    expect(await cancel(open.id)).toMatchObject({ status: 200 });
    await held;
  });
});
