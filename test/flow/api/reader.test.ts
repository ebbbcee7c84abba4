import { describe, expect, it } from "vitest";
import type { Order, Reading } from "../../../lambdas/model/record.ts";
import {
  base64url,
  CLAIMS,
  HEADER,
  ISSUER,
  OTHER_ISSUER,
  signSegments,
  withClaims,
} from "../../identity/token/issue.ts";
import { BAD_KEYS, KEYS, type TestKey } from "../../identity/token/keys.ts";
import { agent, deploymentOf, person, READERS } from "./api.ts";
import { ADMIN, AUDITOR, agentsIn, BEN, LOOKS, OLGA, peopleApi } from "./people.ts";

const ORDERS = ["/api/revocations", "/api/revocations/lift", "/api/holds", "/api/holds/release"];
const EVERYTHING = { target: "everything", id: null, reason: "drill" };

/** What this token gets of all that people may do: the statuses. */
async function tried(token: string, api = peopleApi()): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const path of LOOKS) statuses.push((await api.get(path, token)).status);
  for (const path of ORDERS) statuses.push((await api.post(path, EVERYTHING, { token })).status);
  expect(api.peopleLog.records).toEqual([]);
  expect(api.records.searches).toEqual([]);
  expect((await api.markers.listed()).targets).toEqual([]);
  return [...new Set(statuses)];
}

describe("who reads", () => {
  it("shows all records to administrators and auditors, and owners those of their own agents", async () => {
    const { get } = peopleApi();
    for (const token of [ADMIN, AUDITOR]) {
      expect(agentsIn(await get("/api/calls", token))).toEqual(["agent-1", "agent-2", "agent-3"]);
    }
    expect(agentsIn(await get("/api/calls", OLGA))).toEqual(["agent-1"]);
    expect(agentsIn(await get("/api/calls", BEN))).toEqual(["agent-2"]);
  });

  it("records of a look who it was, as what, and from where", async () => {
    const { get, peopleLog } = peopleApi();
    await get("/api/calls", OLGA, "status=200");
    await get("/api/calls", AUDITOR);
    expect(peopleLog.records).toMatchObject([
      {
        phase: "READ",
        version: 1,
        asked: "GET /api/calls?status=200",
        gatewayRequestId: expect.any(String),
        reader: { issuer: ISSUER, subject: "olga", name: "Olga", as: "owner", sourceIp: "203.0.113.7" },
      },
      { reader: { subject: "audrey", name: "audrey", as: "auditor" } },
    ]);
  });

  it("refuses a login that is nobody's here: an agent without owner belongs to nobody", async () => {
    // `agent-3` has no entry; its name, and no name at all, are nobody's.
    for (const sub of ["stranger", "agent-3", "null", "undefined"])
      expect(await tried(person(sub))).toEqual([403]);
    expect(await tried(person("olga2", ["readers", "Auditors", "administrator"]))).toEqual([403]);
  });

  it("takes no group of another provider for administrators or auditors", async () => {
    const administrators = { issuer: OTHER_ISSUER, group: "administrators" };
    const api = peopleApi(2, { deployment: { ...deploymentOf(), administrators } });
    expect(await tried(ADMIN, api)).toEqual([403]);
  });

  it("is nobody, and none of it is there, where `readers` is null", async () => {
    const api = peopleApi(2, { deployment: { ...deploymentOf(), readers: null } });
    expect(await tried(ADMIN, api)).toEqual([404]);
    expect((await api.send("/api/login", { token: null })).status).toBe(404);
  });
});

describe("an agent", () => {
  it("gets nothing with its own token, whatever groups it shows", async () => {
    for (const token of [agent(), agent(["administrators", "auditors"]), agent(["security"], "olga")]) {
      expect(await tried(token)).toEqual([401]);
    }
  });

  it("gets nothing with a token for people's audience either", async () => {
    expect(await tried(person("agent-1", ["administrators", "auditors"]))).toEqual([403]);
    expect(await tried(person("agent-2"))).toEqual([403]);
  });

  it("is no person: a person's token does nothing of an agent's", async () => {
    const { send, explain } = peopleApi();
    expect((await send("/api/approvals", { token: OLGA })).status).toBe(401);
    expect((await explain({}, { token: ADMIN })).status).toBe(401);
  });
});

describe("a token that is not what it should be", () => {
  const alien = { ...CLAIMS, sub: "ada", aud: READERS.clientId, groups: ["administrators"] };
  const segments = (header: object) =>
    [{ ...HEADER, ...header }, alien].map((part) => base64url(JSON.stringify(part)));
  const signed = (header: object, key: TestKey = KEYS.rsa): string => {
    const [head = "", payload = ""] = segments(header);
    return signSegments(head, payload, key);
  };
  const unsigned = (header: object, signature = "eA") => [...segments(header), signature].join(".");

  it("is served when it is all of that", async () => {
    expect((await peopleApi().get("/api/calls", signed({}))).status).toBe(200);
  });

  it.each<[string, string]>([
    ["an unsigned one", unsigned({ alg: "none" }, "")],
    ["alg none with a signature", unsigned({ alg: "none" })],
    ["alg None", unsigned({ alg: "None" })],
    ["no alg", unsigned({ alg: undefined })],
    ["a made-up signature", unsigned({})],
    [
      "an algorithm that is the agents' and not the readers'",
      signed({ alg: "ES256", kid: "p256-1" }, KEYS.p256),
    ],
    ["a key of somebody else", signed({}, BAD_KEYS.attacker)],
    ["an access token", signed({ typ: "at+jwt" })],
    ["another audience", person("ada", ["administrators"], { aud: "countersign-cli2" })],
    ["two audiences", person("ada", ["administrators"], { aud: ["countersign-cli", "countersign"] })],
    ["no audience", person("ada", ["administrators"], { aud: undefined })],
    ["the client as azp only", withClaims({ aud: "countersign", azp: "countersign-cli" })],
    ["another client as azp", person("ada", ["administrators"], { azp: "mallory" })],
    ["another issuer", person("ada", ["administrators"], { iss: OTHER_ISSUER })],
    ["an issuer with a slash", person("ada", ["administrators"], { iss: `${ISSUER}/` })],
    ["one that is over", person("ada", ["administrators"], { exp: 1_799_999_999 })],
    ["a logout token", person("ada", ["administrators"], { events: {} })],
    ["groups in one text", person("ada", [], { groups: "administrators" })],
  ])("is refused: %s", async (_, token) => {
    expect(await tried(token)).toEqual([401]);
  });
});

describe("limits", () => {
  it("come before any cryptography, and are apart from those of agents", async () => {
    const verified: string[] = [];
    const people = {
      verify: async (token: string) => {
        verified.push(token);
        return { kind: "refused", code: "InvalidIdentityToken", message: "bad" } as const;
      },
    };
    const { get, send } = peopleApi(2, { people });
    const statuses: number[] = [];
    for (let n = 0; n < 61; n += 1) statuses.push((await get("/api/calls", OLGA)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(60);
    expect(statuses.at(-1)).toBe(429);
    expect(verified).toHaveLength(60);
    expect((await send("/api/approvals")).status).toBe(200);
  });
});

describe("what is revoked", () => {
  const by = { by: "Ada", at: "2026-01-01T00:00:00.000Z", reason: "stolen", order: "r-1" };

  it("stops a revoked login of an owner or an auditor, before anything is shown", async () => {
    for (const [sub, token] of [
      ["olga", OLGA],
      ["audrey", AUDITOR],
    ] as const) {
      const api = peopleApi();
      await api.markers.put({ kind: "agent", id: `${ISSUER}|${sub}` }, by);
      expect(await api.get("/api/calls", token)).toMatchObject({
        status: 403,
        json: { error: { code: "AccessDenied", message: expect.stringContaining("revoked") } },
      });
      expect(api.peopleLog.records).toEqual([]);
    }
  });

  it("does not lock people out when it is everything, nor administrators out of lifting it", async () => {
    const { get, post, markers } = peopleApi();
    await markers.put({ kind: "everything", id: null }, by);
    await markers.put({ kind: "agent", id: `${ISSUER}|ada` }, by);
    for (const token of [ADMIN, AUDITOR, OLGA]) expect((await get("/api/calls", token)).status).toBe(200);
    for (const target of [
      { target: "everything", id: null },
      { target: "agent", id: `${ISSUER}|ada` },
    ]) {
      expect((await post("/api/revocations/lift", { ...target, reason: "over" })).status).toBe(200);
    }
    expect((await get("/api/revocations", ADMIN)).json.revocations).toEqual([]);
  });

  it("shows nothing when it cannot be read whether a login is revoked", async () => {
    const { get, markers, peopleLog } = peopleApi();
    markers.failure = new Error("down");
    expect((await get("/api/calls", OLGA)).status).toBe(500);
    expect(peopleLog.records).toEqual([]);
    expect((await get("/api/calls", ADMIN)).status).toBe(200);
  });
});

describe("GET /api/login", () => {
  it("tells anybody where people sign in, and nothing else", async () => {
    const { send, peopleLog } = peopleApi();
    const told = await send("/api/login", { token: null });
    expect(told.json).toEqual({ issuer: ISSUER, clientId: "countersign-cli" });
    expect(await send("/api/login", { token: null, query: "a=b" })).toMatchObject({ status: 400 });
    const none: readonly (Reading | Order)[] = [];
    expect(peopleLog.records).toEqual(none);
  });
});
