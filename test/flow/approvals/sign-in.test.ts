// Signing in and out: what begins and ends a session, and what neither a replay nor a crafted link can make of it.

import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { returnPathOf } from "../../../lambdas/flow/approvals/routes.ts";
import { approvalOf, ID, identity, PUBLIC_URL, pairOf, testPages } from "./gateway.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

const BACK = { path: "/login/callback", query: "code=c&state=s" };

describe("signing in", () => {
  it("goes to the provider and comes back to the page by a hop, with a strict session", async () => {
    const pages = testPages(approvalOf());
    const begun = await pages.send({ path: "/login", query: `return=%2Fapprovals%2F${ID}` });
    expect([begun.status, begun.headers.location]).toEqual([
      303,
      `https://idp.example.com/auth?redirect_uri=${PUBLIC_URL}/login/callback`,
    ]);
    expect(begun.cookies[0]).toMatch(
      /^__Host-countersign-login=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const back = await pages.send({ ...BACK, cookie: pairOf(begun.cookies[0]) });
    expect(back.status).toBe(200);
    expect(back.text).toContain(`content="0;url=/approvals/${ID}"`);
    expect(back.cookies[0]).toMatch(
      /^__Host-countersign=[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(back.cookies[1]).toMatch(/^__Host-countersign-login=; Max-Age=0/);
  });

  it("works once: the same way back opens no second session", async () => {
    const pages = testPages();
    const cookie = pairOf((await pages.send({ path: "/login" })).cookies[0]);
    expect((await pages.send({ ...BACK, cookie })).status).toBe(200);
    expect((await pages.send({ ...BACK, cookie })).status).toBe(400);
    expect(pages.sessions.size).toBe(1);
  });

  it("opens nothing in a browser that did not begin it, or ten minutes later", async () => {
    const pages = testPages();
    const cookie = pairOf((await pages.send({ path: "/login" })).cookies[0]);
    expect((await pages.send(BACK)).status).toBe(400);
    pages.world.now += 600;
    expect((await pages.send({ ...BACK, cookie })).status).toBe(400);
    expect(pages.sessions.size).toBe(0);
  });

  it.each(["declined", "code", "token", "groups"] as const)(
    "that the provider's answer does not bear (%s) opens nothing",
    async (reason) => {
      const pages = testPages();
      const cookie = pairOf((await pages.send({ path: "/login" })).cookies[0]);
      pages.world.result = { kind: "refused", reason };
      const answer = await pages.send({ ...BACK, cookie });
      expect([answer.status, pages.sessions.size]).toEqual([403, 0]);
      expect(answer.text).toContain("/login?return=%2Fapprovals");
    },
  );

  it("says that the provider is away, at both ends", async () => {
    const pages = testPages();
    const cookie = pairOf((await pages.send({ path: "/login" })).cookies[0]);
    pages.world.unreachable = true;
    expect((await pages.send({ path: "/login" })).status).toBe(503);
    expect((await pages.send({ ...BACK, cookie })).status).toBe(503);
    expect(pages.sessions.size).toBe(0);
  });

  it("keeps only the groups that approvers are asked by", async () => {
    const pages = testPages();
    await pages.signIn("ada", ["prod", "everybody", "prod", "PROD"]);
    expect([...pages.sessions.values()][0]?.identity.groups).toEqual(["prod"]);
    expect(identity("ada")).toMatchObject({ kind: "identity" });
  });

  it("does not begin by a HEAD request", async () => {
    const pages = testPages();
    expect((await pages.send({ method: "HEAD", path: "/login" })).status).toBe(404);
    expect(pages.logins.size).toBe(0);
  });

  it("leads a browser on by a page of ours when a link of another site held its cookie back", async () => {
    const pages = testPages(approvalOf());
    const answer = await pages.send({
      path: `/approvals/${ID}`,
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect([answer.status, answer.text.includes(`content="0;url=/approvals/${ID}"`)]).toEqual([200, true]);
  });
});

describe("the page to come back to", () => {
  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/approvals//evil.example",
    "/approvals/../login",
    "/approvals?next=//evil.example",
    `/approvals/${ID}/vote`,
    `/approvals/${ID}\n`,
    "javascript:alert(1)",
    "/approvals/%2e%2e",
    "",
  ])("is the list of approvals for `%s`", (text) => {
    expect(returnPathOf(text)).toBe("/approvals");
  });

  it("is one of two forms, whatever is asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        /^\/approvals(\/[A-Z2-7]{26})?$/.test(returnPathOf(text)),
      ),
    );
  });
});

describe("signing out", () => {
  it("ends the session in the store and in the browser", async () => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    const answer = await pages.send({ path: "/logout", cookie, form: { csrf } });
    expect([answer.status, answer.cookies[0]]).toEqual([
      303,
      expect.stringMatching(/^__Host-countersign=; Max-Age=0/),
    ]);
    expect((await pages.send({ path: `/approvals/${ID}`, cookie })).status).toBe(401);
  });

  it("is not done for another site", async () => {
    const pages = testPages();
    const { cookie, csrf } = await pages.signIn("ada");
    const headers = { origin: "https://evil.example" };
    expect((await pages.send({ path: "/logout", cookie, form: { csrf }, headers })).status).toBe(403);
    expect(pages.sessions.size).toBe(1);
  });
});

describe("every answer", () => {
  it("carries the strict headers", async () => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    const sent = [
      { path: "/approvals" },
      { path: "/approvals", cookie },
      { path: `/approvals/${ID}`, cookie },
      { path: "/approvals/style.css" },
      { path: "/login" },
      BACK,
      { path: "/nothing" },
      { path: "/approvals", headers: { host: "evil.example" } },
      { path: `/approvals/${ID}/vote`, cookie, form: { csrf, choice: "reject", comment: "no" } },
      { path: "/logout", form: {} },
    ];
    for (const request of sent) {
      const { headers, text } = await pages.send(request);
      expect(headers).toMatchObject({
        "content-security-policy":
          "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
      });
      expect(text).not.toMatch(/<script|\sstyle=|\son\w+=|javascript:/i);
    }
  });

  it("to a fault is a page that tells nothing of it", async () => {
    const pages = testPages();
    const broken = testPages();
    broken.dependencies.sessions.find = async () => {
      throw new Error("the secret cause");
    };
    const { cookie } = await pages.signIn("ada");
    const answer = await broken.send({ path: "/approvals", cookie });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("secret cause");
  });
});
