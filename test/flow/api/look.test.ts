import { describe, expect, it } from "vitest";
import { parseSearch } from "../../../lambdas/flow/api/search-question.ts";
import { ISSUER, NOW } from "../../identity/token/issue.ts";
import { ADMIN, AUDITOR, agentsIn, BEN, LOOKS, OLGA, peopleApi, sessionOf } from "./people.ts";

const of = (subject: string) => encodeURIComponent(`${ISSUER}|${subject}`);
const session = (subject: string) => `/api/sessions/${sessionOf(subject)}`;

describe("a search's parameters", () => {
  it("reach the search as they were asked for", async () => {
    const { get, records } = peopleApi();
    const query = [
      `agent=${of("agent-2")}`,
      "action=s3:DeleteObject&service=s3&resource=arn:aws:s3:::reports/*&decision=hold&approver=Ana%20A",
      "status=204&awsRequestId=A-1&from=2026-01-02&until=2026-01-02T03:04:05.006%2B01:00&order=oldest&limit=7",
    ].join("&");
    expect((await get("/api/calls", AUDITOR, query)).status).toBe(200);
    expect(records.searches).toEqual([
      {
        kind: "call",
        filters: {
          agents: [`${ISSUER}|agent-2`],
          action: "s3:DeleteObject",
          service: "s3",
          resource: "arn:aws:s3:::reports/*",
          decision: "hold",
          approver: "Ana A",
          status: 204,
          awsRequestId: "A-1",
        },
        fromMs: Date.UTC(2026, 0, 2),
        untilMs: Date.UTC(2026, 0, 2, 2, 4, 5, 6),
        order: "oldest",
        limit: 7,
        cursor: null,
      },
    ]);
  });

  it("are the newest 50 of everything when there are none", () => {
    const asked = parseSearch("order", []);
    expect(asked).toMatchObject({ search: { order: "newest", limit: 50, fromMs: null, cursor: null } });
  });

  it.each([
    ["agent", "agent-1"],
    ["agent", ""],
    ["action", "s3:*"],
    ["action", "DeleteObject"],
    ["service", "s3 "],
    ["resource", "reports"],
    ["decision", "Deny"],
    ["approver", "Ana\nBen"],
    ["status", "99"],
    ["status", "200.0"],
    ["awsRequestId", "a b"],
    ["from", "30m"],
    ["from", "2026-02-30"],
    ["from", "2026-01-01T25:00:00Z"],
    ["until", "1767225600000"],
    ["until", "2026-01-01T00:00:00"],
    ["order", "asc"],
    ["limit", "0"],
    ["limit", "101"],
    ["limit", "1e1"],
    ["cursor", ""],
    ["cursor", "another search's"],
  ])("are refused by name when malformed: %s=%s", async (name, value) => {
    const { get, records } = peopleApi();
    const told = await get("/api/calls", ADMIN, `${name}=${encodeURIComponent(value)}`);
    expect(told).toMatchObject({ status: 400, json: { error: { code: "ValidationError" } } });
    expect(told.json.error.message).toContain(`\`${name}\``);
    expect(records.searches).toEqual([]);
  });

  it.each([
    ["/api/calls", "limit=1&limit=1", "`limit`"],
    ["/api/calls", "Limit=1", "`Limit`"],
    ["/api/calls", "agents=x", "`agents`"],
    ["/api/calls", "__proto__=x", "`__proto__`"],
    ["/api/calls", "%0Ax=1", "one of the query parameters"],
    ["/api/sessions", "decision=deny", "`decision`"],
    ["/api/readings", `agent=${of("agent-1")}`, "`agent`"],
    ["/api/orders", "status=200", "`status`"],
    [session("agent-1"), "limit=1", "`limit`"],
    [session("agent-1"), "cursor=a&cursor=b", "`cursor`"],
    ["/api/revocations", "target=role", "leave them out"],
  ])("are refused when unknown or repeated: %s?%s", async (path, query, told) => {
    const { json, status } = await peopleApi().get(path, ADMIN, query);
    expect(status).toBe(400);
    expect(json.error.message).toContain(told);
  });
});

describe("pages", () => {
  it("go on by the cursor to the last record, each once, and resume at the end when oldest first", async () => {
    const { get } = peopleApi(5);
    const seen: string[] = [];
    let resume: string | null = null;
    for (let cursor: string | null = null, more = true; more; ) {
      const query: string = `limit=4&order=oldest${cursor === null ? "" : `&cursor=${cursor}`}`;
      const { json } = await get("/api/calls", AUDITOR, query);
      seen.push(...json.records.map((each: { pk: string; sk: string }) => `${each.pk} ${each.sk}`));
      cursor = json.next;
      resume = json.resume;
      more = cursor !== null;
    }
    expect(new Set(seen).size).toBe(15);
    expect(seen).toHaveLength(15);
    expect((await get("/api/calls", AUDITOR, `limit=4&order=oldest&cursor=${resume}`)).json.records).toEqual(
      [],
    );
  });

  it("of another search are of no use: the cursor is refused by name", async () => {
    const { get } = peopleApi(5);
    const { next } = (await get("/api/calls", AUDITOR, "limit=2")).json;
    const tampered = `${next.slice(0, -2)}AA`;
    for (const [path, token, query] of [
      ["/api/calls", AUDITOR, `order=oldest&cursor=${next}`],
      ["/api/sessions", AUDITOR, `cursor=${next}`],
      ["/api/calls", AUDITOR, `cursor=${tampered}`],
      // An auditor's place in everybody's records shows an owner nothing.
      ["/api/calls", OLGA, `limit=2&cursor=${next}`],
    ] as const) {
      const told = await get(path, token, query);
      expect(told.status).toBe(400);
      expect(told.json.error.message).toContain("`cursor`");
    }
  });

  it("stream as lines over all pages, and end by saying that there is nothing further", async () => {
    const { lines, peopleLog } = peopleApi(5);
    const told = await lines("/api/calls", AUDITOR, "limit=4");
    expect(told).toHaveLength(16);
    expect(told[0]).toMatchObject({ pk: expect.stringMatching(/^SESSION#/), record: { phase: "OUTCOME" } });
    expect(told.at(-1)).toEqual({ next: null, resume: null });
    expect(peopleLog.records).toHaveLength(1);
    expect((await lines("/api/calls", AUDITOR, "order=oldest")).at(-1)).toMatchObject({
      next: null,
      resume: expect.any(String),
    });
  });

  it("end after 40 s with the place to go on at", async () => {
    let ms = NOW * 1_000;
    const { lines, records } = peopleApi(5, { clock: { nowMs: () => ms } });
    records.onPage = () => {
      ms += 20_000;
    };
    const told = await lines("/api/calls", AUDITOR, "limit=2");
    const { next } = told.at(-1) as { next: string };
    records.onPage = () => {};
    const rest = await lines("/api/calls", AUDITOR, `limit=2&cursor=${next}`);
    expect([told.length, rest.length]).toEqual([2 * 3 + 1, 15 - 6 + 1]);
  });

  it("that cannot be read cut the stream: it has no last line", async () => {
    const { lines, records } = peopleApi(5);
    records.onPage = (page) => {
      if (page > 1) throw new Error("down");
    };
    await expect(lines("/api/calls", AUDITOR, "limit=2")).rejects.toThrow("down");
  });
});

describe("an owner", () => {
  it("finds nothing of others' by any parameter", async () => {
    const { get, records } = peopleApi(3);
    for (const query of [
      `agent=${of("agent-2")}`,
      `agent=${of("agent-3")}`,
      `agent=${of("never-was")}`,
      `agent=${of("agent-1 ")}`,
      `agent=${of("AGENT-1")}`,
    ]) {
      for (const path of ["/api/calls", "/api/sessions"]) {
        const { status, json } = await get(path, OLGA, query);
        expect({ status, json }).toEqual({ status: 200, json: { records: [], next: null, resume: null } });
      }
    }
    for (const query of ["", "approver=Ben", "status=200", "service=s3", "awsRequestId=A-1", "limit=100"]) {
      expect(agentsIn(await get("/api/calls", OLGA, query)).filter((name) => name !== "agent-1")).toEqual([]);
    }
    expect(records.searches.every(({ filters }) => (filters.agents ?? ["all"]).every(isOlgas))).toBe(true);
  });

  it("sees its own agents' sessions, and gets the same 404 for others' as for none", async () => {
    const { get } = peopleApi();
    expect((await get(session("agent-1"), OLGA)).json.records).toHaveLength(3);
    const others = await get(session("agent-2"), OLGA);
    expect(others.status).toBe(404);
    for (const path of [
      session("agent-3"),
      session("never-was"),
      "/api/sessions/x",
      `${session("agent-2")}A`,
    ]) {
      expect(await get(path, OLGA)).toEqual(others);
    }
    expect(await get(session("agent-2"), OLGA, "cursor=zzz")).toEqual(others);
    expect(await get(session("never-was"), OLGA, "cursor=zzz")).toEqual(others);
  });

  it("does not see who looked, what was ordered, or what is revoked, and orders nothing", async () => {
    const { get, post, markers, peopleLog } = peopleApi();
    for (const path of ["/api/readings", "/api/orders", "/api/revocations"]) {
      expect((await get(path, OLGA)).status).toBe(403);
    }
    for (const path of ["/api/revocations", "/api/revocations/lift"]) {
      const body = { target: "agent", id: `${ISSUER}|agent-1`, reason: "mine" };
      for (const token of [OLGA, AUDITOR]) expect((await post(path, body, { token })).status).toBe(403);
    }
    expect((await markers.listed()).targets).toEqual([]);
    expect(peopleLog.records).toEqual([]);
  });

  it("is shown nothing when a search brings what it was not asked for", async () => {
    const stranger = {
      pk: "a",
      sk: "b",
      record: JSON.stringify({ caller: { issuer: ISSUER, subject: "agent-2" } }),
    };
    const page = { kind: "page", records: [stranger], next: null, resume: null } as const;
    const { get } = peopleApi(1, { search: { search: async () => page } });
    const told = await get("/api/calls", OLGA);
    expect(told).toMatchObject({ status: 503, json: { error: { code: "ServiceUnavailable" } } });
    expect(JSON.stringify(told.json)).not.toContain("agent-2");
    expect((await get("/api/calls", BEN)).status).toBe(200);
  });
});

const isOlgas = (agent: string): boolean => agent === `${ISSUER}|agent-1`;

describe("a session", () => {
  it("is read whole, a page at a time or as lines", async () => {
    const { get, lines } = peopleApi(4);
    const first = await get(session("agent-1"), AUDITOR);
    expect(first.json).toEqual({ records: expect.any(Array), next: "3" });
    const rest = await get(session("agent-1"), AUDITOR, "cursor=3");
    expect([...first.json.records, ...rest.json.records].map(({ sk }) => sk)).toEqual([
      ...[0, 1, 2, 3].map((n) => `CALL#${n}#OUTCOME`),
      "OPEN",
    ]);
    expect(await lines(session("agent-1"), OLGA)).toHaveLength(6);
  });

  it("that never opened is its agent's owner's by its refusals, and shows orders about it", async () => {
    const { get, records } = peopleApi(0);
    const pk = `SESSION#${sessionOf("refused")}`;
    const caller = { issuer: ISSUER, subject: "agent-2" };
    records.stored.push(
      { pk, sk: "ORDER#2026#r", record: JSON.stringify({ phase: "ORDER", reader: { subject: "ada" } }) },
      { pk, sk: "REFUSAL#2026#r", record: JSON.stringify({ phase: "OUTCOME", caller }) },
    );
    expect((await get(session("refused"), BEN)).json.records).toHaveLength(2);
    expect((await get(session("refused"), OLGA)).status).toBe(404);
    expect((await get(session("refused"), AUDITOR)).json.records).toHaveLength(2);
  });
});

describe("the record of a look", () => {
  it("comes before anything is shown: without it, nothing is", async () => {
    for (const path of [...LOOKS, session("agent-1")]) {
      const { get, peopleLog, records } = peopleApi();
      peopleLog.failure = new Error("down");
      const told = await get(path, ADMIN);
      expect(told).toMatchObject({ status: 503, json: { error: { code: "ServiceUnavailable" } } });
      expect(told.json.error.message).toContain("nothing is shown");
      expect(records.searches).toEqual([]);
    }
  });

  it("is there of every look, also of one that found nothing or could not be answered", async () => {
    const { get, peopleLog, records } = peopleApi();
    for (const path of LOOKS) await get(path, ADMIN);
    expect((await get(session("agent-2"), OLGA)).status).toBe(404);
    records.failure = new Error("down");
    expect((await get("/api/calls", ADMIN)).status).toBe(503);
    const asked = peopleLog.records.map((record) => (record.phase === "READ" ? record.asked : ""));
    expect(asked).toEqual([
      ...LOOKS.map((path) => `GET ${path}`),
      `GET ${session("agent-2")}`,
      "GET /api/calls",
    ]);
  });

  it("stays one line of printable ascii, whatever the query holds", async () => {
    const { get, peopleLog } = peopleApi();
    const hostile = 'x"}\n{"phase":"ORDER"}\u2028\u202e\u0000é🦊';
    await get("/api/calls", ADMIN, `approver=${encodeURIComponent(hostile.replaceAll(/\p{Cc}/gu, ""))}`);
    expect((await get("/api/calls", ADMIN, `approver=${encodeURIComponent(hostile)}`)).status).toBe(400);
    const [record, more] = peopleLog.records;
    expect(more).toBeUndefined();
    expect(record?.phase === "READ" && record.asked).toMatch(/^GET \/api\/calls\?approver=[\x21-\x7e]+$/);
  });
});
