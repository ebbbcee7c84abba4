import { describe, expect, it } from "vitest";
import { ISSUER } from "../../identity/token/issue.ts";
import { READER } from "../../policy/fixtures.ts";
import { deploymentOf } from "./api.ts";
import { ADMIN, AUDITOR, peopleApi, sessionOf } from "./people.ts";

const REVOKE = "/api/revocations";
const LIFT = "/api/revocations/lift";
const AGENT = `${ISSUER}|agent-1`;
const TARGETS = [
  { target: "session", id: sessionOf("agent-1") },
  { target: "agent", id: AGENT },
  { target: "role", id: READER },
  { target: "everything", id: null },
];

describe("an order", () => {
  it.each(TARGETS)("revokes and restores, on record with who and why: %j", async (target) => {
    const { post, get, peopleLog } = peopleApi();
    const revoked = await post(REVOKE, { ...target, reason: "a key leaked" });
    expect(revoked).toMatchObject({
      status: 200,
      json: {
        order: {
          phase: "ORDER",
          version: 1,
          order: "revoke",
          target: { kind: target.target, id: target.id },
          reason: "a key leaked",
          reader: { subject: "ada", as: "administrator" },
        },
      },
    });
    expect((await get(REVOKE, AUDITOR)).json).toEqual({
      revocations: [
        {
          ...target,
          by: "ada",
          at: revoked.json.order.at,
          reason: "a key leaked",
          order: revoked.json.order.gatewayRequestId,
        },
      ],
      complete: true,
    });
    expect(await post(LIFT, { ...target, reason: "a new key" })).toMatchObject({
      status: 200,
      json: { order: { order: "restore", reason: "a new key" } },
    });
    expect((await get(REVOKE, ADMIN)).json.revocations).toEqual([]);
    expect(peopleLog.records.map(({ phase }) => phase)).toEqual(["ORDER", "READ", "ORDER", "READ"]);
  });

  it("may be repeated: two records, one marker; and lifting what is not revoked is no fault", async () => {
    const { post, get, peopleLog } = peopleApi();
    for (const path of [REVOKE, REVOKE]) {
      expect((await post(path, { target: "role", id: READER, reason: "x" })).status).toBe(200);
    }
    expect((await get(REVOKE, ADMIN)).json.revocations).toHaveLength(1);
    for (const path of [LIFT, LIFT]) {
      expect((await post(path, { target: "role", id: READER, reason: "x" })).status).toBe(200);
    }
    expect(peopleLog.records.filter(({ phase }) => phase === "ORDER")).toHaveLength(4);
  });

  it("that cannot be recorded does not take effect", async () => {
    const { post, peopleLog, markers } = peopleApi();
    peopleLog.failure = new Error("down");
    const told = await post(REVOKE, { target: "everything", id: null, reason: "x" });
    expect(told).toMatchObject({ status: 503, json: { error: { code: "ServiceUnavailable" } } });
    expect(told.json.error.message).toContain("nothing was changed");
    expect((await markers.listed()).targets).toEqual([]);
  });

  it.each([
    [REVOKE, "may not be in force"],
    [LIFT, "may still be in force"],
  ])("that is recorded and not carried out says exactly that: %s", async (path, told) => {
    const { post, peopleLog, markers } = peopleApi();
    markers.failure = new Error("down");
    const { status, json } = await post(path, { target: "everything", id: null, reason: "x" });
    expect([status, json.error.code]).toEqual([503, "ServiceUnavailable"]);
    const [order] = peopleLog.records;
    expect(json.error.message).toContain(`recorded as \`${order?.gatewayRequestId}\``);
    expect(json.error.message).toContain(told);
    expect(json.error.message).toContain("repeat the order, which is safe");
    markers.failure = undefined;
    expect((await post(path, { target: "everything", id: null, reason: "x" })).status).toBe(200);
  });

  it.each([
    ["no reason", { reason: undefined }, "`reason`"],
    ["an empty reason", { reason: "" }, "`reason`"],
    ["a reason of spaces", { reason: " " }, "`reason`"],
    ["a reason of two lines", { reason: "a\nb" }, "`reason`"],
    ["an escape in a reason", { reason: "a\u001b[2J" }, "`reason`"],
    ["a C1 control in a reason", { reason: "a\u009bb" }, "`reason`"],
    ["a line separator in a reason", { reason: "a\u2028b" }, "`reason`"],
    ["text turned around in a reason", { reason: "a\u202eb" }, "`reason`"],
    ["a reason over its length", { reason: "a".repeat(501) }, "`reason`"],
    ["a reason that is no text", { reason: 1 }, "`reason`"],
    ["a target that is none", { target: "issuer" }, "`target`"],
    ["a target of the prototype", { target: "constructor" }, "`target`"],
    ["no target", { target: undefined }, "`target`"],
    ["an agent without a bar", { id: "agent-1" }, "`id`"],
    ["an agent of another issuer", { id: "https://other.example.com|agent-1" }, "`id`"],
    ["an issuer that only begins like ours", { id: `${ISSUER}x|agent-1` }, "`id`"],
    ["an agent with a control character", { id: `${AGENT}\u0000` }, "`id`"],
    ["no id", { id: null }, "`id`"],
    ["a role that is none", { target: "role", id: "mcp-reader" }, "`id`"],
    ["a role of nobody here", { target: "role", id: `${READER}x` }, "`id`"],
    ["a pattern for a role", { target: "role", id: "arn:aws:iam::111122223333:role/*" }, "`id`"],
    ["a session that is none", { target: "session", id: "REVOKED#ALL" }, "`id`"],
    ["a session that never was", { target: "session", id: "B".repeat(26) }, "`id`"],
    ["everything, with an id", { target: "everything", id: READER }, "`id`"],
    ["a member more", { by: "somebody else" }, "target, id, reason"],
  ])("is refused, and nothing recorded, for %s", async (_, change, told) => {
    const { post, peopleLog, markers } = peopleApi();
    const { status, json } = await post(REVOKE, { target: "agent", id: AGENT, reason: "x", ...change });
    expect([status, json.error.code]).toEqual([400, "ValidationError"]);
    expect(json.error.message).toContain(told);
    expect(peopleLog.records).toEqual([]);
    expect((await markers.listed()).targets).toEqual([]);
  });

  it("takes a reason of 500 characters, in any script", async () => {
    const { post } = peopleApi();
    const reason = `Schlüssel verloren, 漏洩した 🔑 ${"a".repeat(470)}`;
    const told = await post(REVOKE, { target: "agent", id: AGENT, reason });
    expect(told.json.order.reason).toBe(reason);
  });

  it("is JSON that says it is, with each member once", async () => {
    const { post } = peopleApi();
    const twice = '{"target":"agent","target":"everything","id":null,"reason":"x"}';
    for (const body of [twice, "", "[]", "null", "{"]) expect((await post(REVOKE, body)).status).toBe(400);
    const good = { target: "everything", id: null, reason: "x" };
    expect((await post(REVOKE, good, { type: "text/plain" })).status).toBe(400);
    expect((await post(REVOKE, good, { query: "dry=1" })).status).toBe(400);
  });

  it("is served by POST, with the methods told", async () => {
    const { send } = peopleApi();
    expect(await send(LIFT, { token: ADMIN })).toMatchObject({ status: 405, headers: { allow: "POST" } });
    expect(await send(REVOKE, { token: ADMIN, method: "DELETE" })).toMatchObject({
      status: 405,
      headers: { allow: "GET, POST" },
    });
  });

  it("does not wait for records that cannot be read: a session is revoked all the same", async () => {
    const { post, records } = peopleApi();
    records.failure = new Error("down");
    const id = sessionOf("agent-1");
    expect((await post(REVOKE, { target: "session", id, reason: "x" })).status).toBe(200);
  });

  it("lifts what the configuration does not know any more", async () => {
    const { post } = peopleApi();
    const id = "https://former.example.com|agent-1";
    expect((await post(LIFT, { target: "agent", id, reason: "x" })).status).toBe(200);
  });
});

describe("what is in force", () => {
  it("counts markers that nobody listed: everything, the roles and the agents of the configuration", async () => {
    const markers = {
      put: async () => {},
      remove: async () => {},
      // As an operator may have written them by hand, or as the index does not show them yet.
      inForce: async (targets: readonly { kind: string; id: string | null }[]) =>
        targets.map((target) => ({ target, marker: null })),
      listed: async () => ({ targets: [], complete: false }),
    } as unknown as ReturnType<typeof peopleApi>["markers"];
    const { json } = await peopleApi(1, { markers }).get(REVOKE, ADMIN);
    const { roles, agents } = deploymentOf();
    const nobody = { by: null, at: null, reason: null, order: null };
    expect(json).toEqual({
      revocations: [
        { target: "everything", id: null, ...nobody },
        ...roles.map(({ arn }) => ({ target: "role", id: arn, ...nobody })),
        ...agents.map(({ subject }) => ({ target: "agent", id: `${ISSUER}|${subject}`, ...nobody })),
      ],
      complete: false,
    });
  });
});
