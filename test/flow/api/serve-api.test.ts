import { describe, expect, it } from "vitest";
import { markerKey } from "../../../lambdas/aws/session-store.ts";
import type { Approval, ApprovalId } from "../../../lambdas/model/approval.ts";
import { ISSUER, withClaims } from "../../identity/token/issue.ts";
import { READER } from "../../policy/fixtures.ts";
import { agent, approvalOf, getObject, HOST, ID, storeOf, testApi } from "./api.ts";

describe("the way in", () => {
  it("serves nothing to a request without a good token", async () => {
    const { send } = testApi();
    for (const token of [null, "x", "a.b.c", withClaims({ exp: 1 }), withClaims({ aud: "other" })]) {
      const { status, headers, json } = await send("/api/approvals", { token });
      expect(status).toBe(401);
      expect(headers).toMatchObject({ "www-authenticate": "Bearer", "cache-control": "no-store" });
      expect(json.error.code).toMatch(/Token/);
    }
  });

  it("answers an unknown path with 404 and a wrong method with 405, before anybody is known", async () => {
    const { send } = testApi();
    const unknown = [
      "/api",
      "/api/",
      "/api/explain/",
      "/api//explain",
      "/API/explain",
      "/api/%65xplain",
      "/api/approvals/x",
      "/aws",
    ];
    for (const path of unknown) expect(await send(path, { token: null })).toMatchObject({ status: 404 });
    expect(await send("/api/explain", { token: null })).toMatchObject({
      status: 405,
      headers: { allow: "POST" },
    });
    expect(await send("/api/approvals", { method: "DELETE", token: null })).toMatchObject({ status: 405 });
  });

  it("is under the gateway's own name only, with nothing before it and without query parameters", async () => {
    const { send } = testApi();
    for (const host of ["other.example.com", `bucket.${HOST}`]) {
      expect(await send("/api/approvals", { host })).toMatchObject({ status: 400 });
    }
    expect(await send("/api/approvals", { query: "agent=other" })).toMatchObject({ status: 400 });
  });

  it("refuses a revoked agent", async () => {
    const { send, sessions } = testApi();
    await sessions.mark(markerKey.agent({ issuer: ISSUER, subject: "agent-1" }));
    expect(await send("/api/approvals")).toMatchObject({
      status: 403,
      json: { error: { code: "AccessDenied" } },
    });
  });

  it("does not mind that a role is revoked: that says nothing about who asks", async () => {
    const { send, sessions } = testApi();
    await sessions.mark(markerKey.role(READER));
    expect(await send("/api/approvals")).toMatchObject({ status: 200 });
  });

  it("throttles with 429 under the limits of a token exchange", async () => {
    const { send } = testApi({}, { exchangesPerMinutePerSource: 6 });
    expect(await send("/api/approvals")).toMatchObject({ status: 200 });
    expect(await send("/api/approvals")).toMatchObject({
      status: 429,
      json: { error: { code: "Throttling" } },
    });
  });

  it("answers a fault without its text", async () => {
    const failing = { ...storeOf(new Map()), listOpen: () => Promise.reject(new Error("the secret")) };
    const { status, json } = await testApi({ approvals: failing }).send("/api/approvals");
    expect(status).toBe(500);
    expect(JSON.stringify(json)).not.toContain("secret");
  });
});

describe("POST /api/explain", () => {
  it("tells an agent what the policies say to its own call", async () => {
    const { explain } = testApi();
    const permitted = await explain({ role: READER, request: getObject("reports/a") });
    expect(permitted).toMatchObject({
      status: 200,
      json: {
        recognised: true,
        operation: "GetObject",
        decision: { kind: "permit", policies: ["reports-read", "use-roles"] },
        actions: [{ action: "s3:GetObject", resources: ["arn:aws:s3:::bucket/reports/a"] }],
      },
    });
    const denied = await explain({ role: READER, request: getObject("other") });
    expect(denied.json.decision).toMatchObject({ kind: "deny", reason: "no_policy" });
    expect(denied.json.questions[0].nearMisses).toHaveLength(1);
  });

  it("does not tell an agent what other agents may do, and tells an administrator", async () => {
    const { explain } = testApi();
    const question = { role: READER, request: getObject("other") };
    expect(JSON.stringify((await explain(question)).json)).not.toContain("finance-read");
    const asked = await explain(question, { token: agent(["administrators"], "admin") });
    expect(asked.json.questions[0].forOthers).toContain("finance-read");
  });

  it("is about another agent for administrators only", async () => {
    const { explain } = testApi();
    const body = {
      role: READER,
      request: getObject("other"),
      agent: { issuer: ISSUER, subject: "agent-9", groups: ["finance"] },
    };
    expect(await explain(body)).toMatchObject({ status: 403 });
    const asked = await explain(body, { token: agent(["administrators"], "admin") });
    expect(asked.json.decision).toMatchObject({ kind: "permit", policies: ["finance-read", "use-roles"] });
    const nobody = testApi({ administrators: null });
    expect(await nobody.explain(body, { token: agent(["administrators"]) })).toMatchObject({ status: 403 });
  });

  it.each([
    ["mine.gateway.example.com", "/aws/reports/a", "arn:aws:s3:::mine/reports/a"],
    ["gateway.example.com", "/aws/mine/reports/a", "arn:aws:s3:::mine/reports/a"],
    ["mine.s3.eu-west-1.amazonaws.com", "/reports/a", "arn:aws:s3:::mine/reports/a"],
    ["s3.eu-west-1.amazonaws.com", "/aws/reports/a", "arn:aws:s3:::aws/reports/a"],
  ])("understands a request to %s%s as the gateway or AWS would", async (host, path, arn) => {
    const request = { ...getObject("x", host), path };
    const { json } = await testApi().explain({ role: READER, request });
    expect(json.actions[0].resources).toEqual([arn]);
  });

  it("counts the emergency forbid, which no policy outweighs", async () => {
    const { explain, sessions } = testApi();
    await sessions.forbid(undefined); // a row that cannot be read forbids everything
    const { json } = await explain({ role: READER, request: getObject("reports/a") });
    expect(json.decision).toMatchObject({ kind: "deny", policies: ["emergency:unreadable"] });
    expect(json.withoutEmergency).toMatchObject({ kind: "permit", policies: ["reports-read", "use-roles"] });
    expect(json.masks).toBeNull();
  });

  it("tells what is hidden in the answer: by policy as far as it meets the operation, and always", async () => {
    const { json } = await testApi().explain({ role: READER, request: getObject("reports/a") });
    expect(json.withoutEmergency).toBeNull();
    expect(json.masks).toEqual({
      masks: [{ path: "Metadata.owner", style: "hash" }],
      shown: [],
      detectors: ["jwt"],
      defaults: ["SSEKMSKeyId"],
    });
  });

  it("says so when the request is not recognised", async () => {
    const request = { ...getObject("x"), path: "/bucket/x", method: "BREW" };
    const { status, json } = await testApi().explain({ role: READER, request });
    expect(status).toBe(200);
    expect(json).toMatchObject({ recognised: false });
  });

  it.each([
    ["no JSON", "{"],
    ["a member twice", '{"role":"a","role":"b"}'],
    ["an unknown member", { role: READER, request: getObject("x"), more: 1 }],
    ["no role", { request: getObject("x") }],
    ["a role that is none", { role: "mcp-reader", request: getObject("x") }],
    ["a request without a scope", { role: READER, request: { ...getObject("x"), headers: {} } }],
    ["a query in the path", { role: READER, request: { ...getObject("x"), path: "/b/k?acl" } }],
    ["a body that is no base64", { role: READER, request: { ...getObject("x"), body: "%" } }],
    ["a list for an object", []],
  ])("refuses %s", async (_, body) => {
    expect(await testApi().explain(body)).toMatchObject({
      status: 400,
      json: { error: { code: "ValidationError" } },
    });
  });

  it("takes JSON that says it is JSON, and nothing else", async () => {
    const { explain } = testApi();
    expect(await explain("{}", { type: "text/plain" })).toMatchObject({ status: 400 });
  });
});

describe("an agent's approvals", () => {
  it("are its own, over all pages", async () => {
    const { send, stored } = testApi();
    for (let n = 0; n < 250; n += 1) {
      const id = `A${n}` as ApprovalId;
      stored.set(id, approvalOf({ id, subject: n % 100 === 0 ? "agent-1" : "agent-2" }));
    }
    stored.set("other issuer", approvalOf({ id: "Z" as ApprovalId, issuer: "https://other.example.com" }));
    const { json } = await send("/api/approvals");
    expect(json.approvals.map(({ id }: Approval) => id)).toEqual(["A0", "A100", "A200"]);
    expect(json.complete).toBe(true);
  });

  it("are taken back by their own agent, once", async () => {
    const { send, stored } = testApi();
    stored.set(ID, approvalOf());
    const cancel = `/api/approvals/${ID}/cancel`;
    expect(await send(cancel, { method: "POST" })).toMatchObject({
      status: 200,
      json: { approval: { status: "cancelled" } },
    });
    expect(stored.get(ID)?.status).toBe("cancelled");
    expect(await send(cancel, { method: "POST" })).toMatchObject({
      status: 409,
      json: { error: { code: "Conflict" } },
    });
  });

  it("of another agent answer exactly like ones that never were", async () => {
    const { send, stored } = testApi();
    stored.set(ID, approvalOf({ subject: "agent-2" }));
    const post = (id: string) => send(`/api/approvals/${id}/cancel`, { method: "POST" });
    const [others, unknown, misspelt] = [await post(ID), await post("C".repeat(26)), await post("x")];
    expect(others.status).toBe(404);
    expect(unknown).toEqual(others);
    expect(misspelt).toEqual(others);
    expect(stored.get(ID)?.status).toBe("pending");
  });

  it("are not taken back while they run, nor by a request with a body", async () => {
    const { send, stored } = testApi();
    stored.set(ID, approvalOf({ status: "running" }));
    const cancel = `/api/approvals/${ID}/cancel`;
    expect(await send(cancel, { method: "POST" })).toMatchObject({ status: 409 });
    expect(await send(cancel, { method: "POST", body: "{}" })).toMatchObject({ status: 400 });
  });
});
