// People at the API, through the whole local cloud: they sign in by code and PKCE, read what agents did under the function's
// own grants, and an administrator's order stops the next call.

import { GetObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { APPROVERS_CLIENT, READER_ROLE, REPORTS_AGENT } from "../../lib/local/demo-world.ts";
import { tokenOf } from "./approvals.ts";
import { agentClients, failureOf, useDemo } from "./demo.ts";
import { entriesOf } from "./ledger.ts";
import { readersOf } from "./people-checks.ts";
import { idTokenOf } from "./sign-in.ts";

const PEOPLE = [
  { subject: "ada", name: "Ada Admin", groups: ["countersign-administrators"] },
  { subject: "audrey", name: "Audrey Auditor", groups: ["countersign-auditors"] },
  { subject: "owner@example.com", name: "Olga Owner", groups: [] },
  { subject: "ben", name: "Ben Approver", groups: [] },
];

const demo = useDemo(() => ({
  people: PEOPLE,
  settings: readersOf,
}));

let ada = "";
let audrey = "";
let olga = "";
let ben = "";
let agent = "";

beforeAll(async () => {
  const client = { clientId: APPROVERS_CLIENT, redirectUri: `${demo().cloud.tlsUrl}/login/callback` };
  const signIn = (subject: string) => idTokenOf(demo(), subject, client);
  [ada, audrey, olga, ben] = (await Promise.all(PEOPLE.map(({ subject }) => signIn(subject)))) as [
    string,
    string,
    string,
    string,
  ];
  agent = await demo().cloud.issuer.mintToken(REPORTS_AGENT.subject);
});

interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
  readonly json: any;
}

const ask = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${demo().cloud.gatewayUrl}/api${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });

async function get(path: string, token: string): Promise<Told> {
  const answer = await ask(path, token);
  return { status: answer.status, json: await answer.json() };
}

async function order(path: string, body: object): Promise<Told> {
  const headers = { "content-type": "application/json" };
  const answer = await ask(path, ada, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, json: await answer.json() };
}

const read = (clients = agentClients(demo(), { attempts: "once" })) =>
  clients.s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }));

/** The session that opened last. */
async function latestSession(): Promise<string> {
  const openings = (await entriesOf(demo())).filter(({ sk }) => sk === "OPEN");
  const session = openings.at(-1)?.record.caller?.session;
  if (!session) throw new Error("no session is on record");
  return session;
}

/** The records of people, as the table holds them. */
const ofPeople = async (phase: "READ" | "ORDER") =>
  // biome-ignore lint/suspicious/noExplicitAny: the ledger knows the records of calls
  (await entriesOf(demo())).map(({ record }) => record as any).filter((record) => record.phase === phase);

describe("people read", () => {
  it("a session whole, each as far as they may, and their looks are on record", async () => {
    await read();
    expect((await get("/login", "")).json).toEqual({
      issuer: demo().cloud.issuer.issuer,
      clientId: APPROVERS_CLIENT,
    });
    const path = `/sessions/${await latestSession()}`;
    for (const token of [ada, audrey, olga]) {
      const { json } = await get(path, token);
      const phases = json.records.map(({ record }: { record: { phase: string } }) => record.phase);
      expect(phases.toSorted()).toEqual(["INTENT", "OPEN", "OUTCOME"]);
    }
    expect((await get(path, ben)).status).toBe(403);
    expect((await get(path, agent)).status).toBe(401);
    expect((await get(`/sessions/${"A".repeat(26)}`, olga)).status).toBe(404);
    expect((await get("/readings", olga)).status).toBe(403);
    expect(await ofPeople("READ")).toMatchObject([
      { asked: `GET /api${path}`, reader: { name: "ada", as: "administrator" } },
      { asked: `GET /api${path}`, reader: { name: "audrey", as: "auditor" } },
      { asked: `GET /api${path}`, reader: { name: "Olga Owner", as: "owner" } },
      { asked: `GET /api/sessions/${"A".repeat(26)}`, reader: { name: "Olga Owner" } },
    ]);
  });

  it("lines as they come, with the last one that says that it is", async () => {
    const answer = await ask(`/sessions/${await latestSession()}`, olga, {
      headers: { accept: "application/x-ndjson" },
    });
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = (await answer.text()).trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ next: null, resume: null });
  });
});

describe("an administrator orders", () => {
  it("and a session's next call is stopped, until it is lifted", async () => {
    const clients = agentClients(demo(), { attempts: "once" });
    await read(clients);
    const target = { target: "session", id: await latestSession(), reason: "key in a log" };
    expect(await order("/revocations", target)).toMatchObject({
      status: 200,
      json: { order: { order: "revoke" } },
    });
    expect((await failureOf(read(clients))).message).toContain("revoked access (session)");
    expect((await get("/revocations", audrey)).json.revocations).toMatchObject([
      { target: "session", id: target.id, by: "ada", reason: "key in a log" },
    ]);
    expect(await order("/revocations/lift", { ...target, reason: "key changed" })).toMatchObject({
      status: 200,
    });
    await read(clients);
    const orders = await ofPeople("ORDER");
    expect(orders.map(({ order }) => order)).toEqual(["revoke", "restore"]);
    const session = (await get(`/sessions/${target.id}`, olga)).json.records;
    expect(session.filter(({ sk }: { sk: string }) => sk.startsWith("ORDER#"))).toHaveLength(2);
  });

  it("and everything is stopped, but for people and for the administrator who lifts it", async () => {
    const everything = { target: "everything", id: null, reason: "drill" };
    onTestFinished(async () => {
      await order("/revocations/lift", everything);
    });
    expect((await order("/revocations", everything)).status).toBe(200);
    const tokenFile = await tokenOf(demo(), REPORTS_AGENT.subject);
    const fresh = agentClients(demo(), { attempts: "once", role: READER_ROLE, tokenFile });
    expect((await failureOf(read(fresh))).message).toContain("revoked access (everything)");
    expect((await get("/approvals", agent)).status).toBe(403);
    expect((await get(`/sessions/${await latestSession()}`, olga)).status).toBe(200);
    expect((await get("/revocations", ada)).json.revocations).toMatchObject([{ target: "everything" }]);
    expect((await order("/revocations/lift", everything)).status).toBe(200);
    await read(fresh);
  });
});
