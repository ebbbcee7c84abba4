// People at the API, through the whole local cloud: they sign in by code and PKCE, read what agents did under the function's
// own grants, and an administrator's order stops the next call.

import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SETTLE_MS } from "../../lambdas/recording/search-cursor.ts";
import { signIn } from "../../lib/cli/sign-in.ts";
import { CLI_CLIENT } from "../../lib/local/demo-readers.ts";
import { APPROVERS_CLIENT, READER_ROLE, REPORTS_AGENT } from "../../lib/local/demo-world.ts";
import { tokenOf } from "./approvals.ts";
import { agentClients, failureOf, useDemo } from "./demo.ts";
import { readersOf } from "./people-checks.ts";
import { idTokenOf, openAs } from "./sign-in.ts";

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

const named = async (subject: string): Promise<string> =>
  encodeURIComponent(`${demo().cloud.issuer.issuer}|${subject}`);

/** Oldest first, a search shows what has been there for a while (docs/searches.md). */
const settled = (): Promise<void> => sleep(SETTLE_MS + 100);

it("a person signs in by the login of the command line, in their own browser", async () => {
  let shown: Promise<string> = Promise.resolve("");
  const signedIn = await signIn({
    issuer: demo().cloud.issuer.issuer,
    clientId: CLI_CLIENT,
    scope: "openid profile email",
    port: 0,
    signal: AbortSignal.timeout(20_000),
    onAddress: (address) => {
      shown = openAs("ada", address);
    },
  });
  expect(await shown).toContain("You are signed in.");
  expect(signedIn).toMatchObject({ name: "Ada Admin", idToken: expect.stringMatching(/^ey/) });
  const told = await get("/calls", signedIn.idToken);
  expect(told.status).toBe(401); // meant for another client than the one that this deployment configures
});

describe("people read", () => {
  it("what an agent did, each as far as they may, and their looks are on record", async () => {
    await read();
    const { json } = await get("/login", "");
    expect(json).toEqual({ issuer: demo().cloud.issuer.issuer, clientId: APPROVERS_CLIENT });
    const query = `/calls?agent=${await named(REPORTS_AGENT.subject)}&action=s3:GetObject&limit=5`;
    for (const token of [ada, audrey, olga]) {
      const told = await get(query, token);
      expect(told).toMatchObject({ status: 200, json: { next: null, resume: null } });
      expect(told.json.records[0].record).toMatchObject({
        phase: "OUTCOME",
        caller: { subject: REPORTS_AGENT.subject },
        call: { operation: "GetObject" },
      });
    }
    expect((await get(query, ben)).status).toBe(403);
    expect((await get(query, agent)).status).toBe(401);
    expect((await get("/readings", olga)).status).toBe(403);
    await settled();
    const looks = (await get("/readings?order=oldest", audrey)).json.records;
    expect(looks.map(({ record }: { record: { reader: object } }) => record.reader)).toMatchObject([
      { name: "Ada Admin", as: "administrator" },
      { name: "audrey", as: "auditor" },
      { name: "Olga Owner", as: "owner" },
    ]);
  });

  it("a session whole, and nobody another's", async () => {
    const [{ pk }] = (await get("/sessions?limit=1", olga)).json.records;
    const path = `/sessions/${pk.slice("SESSION#".length)}`;
    const { json } = await get(path, olga);
    const phases = json.records.map(({ record }: { record: { phase: string } }) => record.phase);
    expect(phases.toSorted()).toEqual(["INTENT", "OPEN", "OUTCOME"]);
    expect((await get(path, ben)).status).toBe(403);
    expect((await get(`/sessions/${"A".repeat(26)}`, ada)).status).toBe(404);
  });

  it("lines as they come, and go on where they ended", async () => {
    const lines = async (path: string) => {
      const answer = await ask(path, audrey, { headers: { accept: "application/x-ndjson" } });
      expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
      return (await answer.text())
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    };
    await settled();
    const first = await lines("/calls?order=oldest&limit=1");
    const { next, resume } = first.at(-1);
    expect(next).toBeNull();
    expect(await lines(`/calls?order=oldest&limit=1&cursor=${resume}`)).toHaveLength(1);
    await read();
    await settled();
    const rest = await lines(`/calls?order=oldest&limit=1&cursor=${resume}`);
    expect(rest).toHaveLength(2);
    expect(first.map(({ sk }) => sk)).not.toContain(rest[0].sk);
    const all = await lines("/calls?order=oldest");
    expect(all.slice(0, -1).map(({ sk }) => sk)).toEqual(
      [...first, ...rest].filter(({ sk }) => sk !== undefined).map(({ sk }) => sk),
    );
  });
});

describe("an administrator orders", () => {
  it("and a session's next call is stopped, until it is lifted", async () => {
    const clients = agentClients(demo(), { attempts: "once" });
    await read(clients);
    const [{ pk }] = (await get("/sessions?limit=1", ada)).json.records;
    const target = { target: "session", id: pk.slice("SESSION#".length), reason: "key in a log" };
    expect(await order("/revocations", target)).toMatchObject({
      status: 200,
      json: { order: { order: "revoke" } },
    });
    expect((await failureOf(read(clients))).message).toContain("revoked access (session)");
    expect((await get("/revocations", audrey)).json.revocations).toMatchObject([
      { target: "session", id: target.id, by: "Ada Admin", reason: "key in a log" },
    ]);
    expect(await order("/revocations/lift", { ...target, reason: "key changed" })).toMatchObject({
      status: 200,
    });
    await read(clients);
    await settled();
    const orders = (await get("/orders?order=oldest", audrey)).json.records;
    expect(orders.map(({ record }: { record: { order: string } }) => record.order)).toEqual([
      "revoke",
      "restore",
    ]);
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
    expect((await get("/calls", olga)).status).toBe(200);
    const { revocations } = (await get("/revocations", ada)).json;
    expect(revocations).toContainEqual(expect.objectContaining({ target: "everything", reason: "drill" }));
    expect((await order("/revocations/lift", everything)).status).toBe(200);
    await read(fresh);
  });
});
