// Votes from the page: who may cast one, what a forged one meets, and what comes of it.

import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { approvalOf, HOST, ID, NOW, OTHER_ID, PUBLIC_URL, testPages, voteOf } from "./gateway.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

const VOTE = `/approvals/${ID}/vote`;

describe("a vote", () => {
  it("that is the last one needed approves, wakes the workflow and leads back to the page", async () => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    const answer = await pages.send({ path: VOTE, cookie, form: { csrf, choice: "approve", comment: "" } });
    expect([answer.status, answer.headers.location]).toEqual([303, `/approvals/${ID}?done=recorded`]);
    expect(pages.stored.get(ID)).toMatchObject({
      status: "approved",
      votes: [{ person: { id: "Ada" }, choice: "approve", comment: null, via: "page", at: NOW, grant: null }],
    });
    expect(pages.resumed).toEqual([`token of ${ID}: approved`]);
    const page = await pages.send({ path: `/approvals/${ID}`, query: "done=recorded", cookie });
    expect(page.text).toContain("Your vote is recorded.");
  });

  it("may give leave for further calls, within bounds", async () => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    const form = {
      csrf,
      choice: "approve",
      comment: " fine\r\nby\u202e me ",
      grantCalls: "5",
      grantMinutes: "60",
    };
    expect((await pages.send({ path: VOTE, cookie, form })).status).toBe(303);
    expect(pages.stored.get(ID)?.votes[0]).toMatchObject({
      comment: "fine by me",
      grant: { calls: 5, seconds: 3_600 },
    });
  });

  it.each([
    [{ choice: "reject", comment: " \r\n " }],
    [{ choice: "approve", comment: "x".repeat(501) }],
    [{ choice: "approve", grantCalls: "6", grantMinutes: "60" }],
    [{ choice: "approve", grantCalls: "1", grantMinutes: "61" }],
    [{ choice: "approve", grantCalls: "1" }],
    [{ choice: "Approve" }],
    [{ comment: "no choice" }],
    [{ choice: "approve", person: "somebody" }],
  ])("with the form %j is refused and nothing is written", async (form) => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    expect((await pages.send({ path: VOTE, cookie, form: { csrf, ...(form as object) } })).status).toBe(400);
    expect([pages.writes, pages.resumed]).toEqual([[], []]);
  });

  it.each(["olga", "olga-2"])("of the agent's owner is not counted, by the login `%s`", async (subject) => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn(subject, ["prod"]);
    const page = await pages.send({ path: `/approvals/${ID}`, cookie });
    expect(page.text).toContain("You answer for this agent");
    expect(page.text).not.toContain("/vote");
    const answer = await pages.send({ path: VOTE, cookie, form: { csrf, choice: "approve" } });
    expect(answer.status).toBe(409);
    expect(answer.text).toContain("Not counted.");
    expect(pages.writes).toEqual([]);
  });

  it("by somebody outside the groups meets the very answer of an approval that does not exist", async () => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("eve", ["data", "leads"]);
    for (const [path, other] of [
      [`/approvals/${ID}`, `/approvals/${OTHER_ID}`],
      [VOTE, `/approvals/${OTHER_ID}/vote`],
    ] as const) {
      const form = path === VOTE ? { form: { csrf, choice: "approve" } } : {};
      const [one, two] = [
        await pages.send({ path, cookie, ...form }),
        await pages.send({ path: other, cookie, ...form }),
      ];
      expect(one.status).toBe(404);
      expect(one).toEqual(two);
    }
    expect(pages.writes).toEqual([]);
  });

  it("of the escalation group counts once it was escalated", async () => {
    const pages = testPages(approvalOf({ escalated: ["prod"] }));
    const { cookie, csrf } = await pages.signIn("lea", ["leads"]);
    expect((await pages.send({ path: VOTE, cookie, form: { csrf, choice: "approve" } })).status).toBe(303);
    expect(pages.stored.get(ID)?.status).toBe("approved");
  });

  it("is not lost when the workflow cannot be woken, and trying again wakes it", async () => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    pages.world.resumeFails = true;
    const answer = await pages.send({ path: VOTE, cookie, form: { csrf, choice: "reject", comment: "no" } });
    expect(answer.headers.location).toBe(`/approvals/${ID}?done=asleep`);
    expect(pages.stored.get(ID)?.status).toBe("rejected");
    const page = await pages.send({ path: `/approvals/${ID}`, query: "done=asleep", cookie });
    expect(page.text).toContain(`/approvals/${ID}/wake`);
    pages.world.resumeFails = false;
    const woken = await pages.send({ path: `/approvals/${ID}/wake`, cookie, form: { csrf } });
    expect(woken.headers.location).toBe(`/approvals/${ID}?done=recorded`);
    expect(pages.resumed).toEqual([`token of ${ID}: rejected`]);
    expect(pages.writes).toHaveLength(1);
  });

  it("after the first one of the same person changes nothing", async () => {
    const pages = testPages(approvalOf({ demand: { ...approvalOf().demand, quorum: 2 } }));
    const { cookie, csrf } = await pages.signIn("ada");
    const send = (choice: string) => pages.send({ path: VOTE, cookie, form: { csrf, choice, comment: "c" } });
    expect((await send("approve")).status).toBe(303);
    expect((await send("approve")).status).toBe(303);
    expect((await send("reject")).status).toBe(409);
    expect(pages.stored.get(ID)).toMatchObject({ status: "pending", votes: [{ choice: "approve" }] });
  });

  it("too late is not counted", async () => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    pages.stored.set(ID, approvalOf({ expiresAt: NOW }));
    const late = await pages.send({ path: VOTE, cookie, form: { csrf, choice: "approve" } });
    expect([late.status, pages.writes]).toEqual([409, []]);
  });

  it("is not claimed to be recorded by a link, to somebody who cast none", async () => {
    const pages = testPages(approvalOf({ votes: [voteOf("Bob", "approve", ["prod"])] }));
    const { cookie } = await pages.signIn("ada");
    const page = await pages.send({ path: `/approvals/${ID}`, query: "done=recorded", cookie });
    expect(page.text).not.toContain("Your vote is recorded");
  });
});

describe("a forged vote is refused and nothing is written:", () => {
  it.each([
    ["without a session", { cookie: "" }, {}, 401],
    ["with the cookie of nobody", { cookie: `__Host-countersign=${"z".repeat(43)}` }, {}, 401],
    ["with a second cookie planted beside", { cookie: `__Host-countersign=${"z".repeat(43)}; ` }, {}, 401],
    ["from another origin", { headers: { origin: "https://evil.example" } }, {}, 403],
    ["from a bucket's name below ours", { headers: { origin: `https://x.${HOST}` } }, {}, 403],
    ["from our name over http", { headers: { origin: `http://${HOST}` } }, {}, 403],
    ["from the opaque origin", { headers: { origin: "null" } }, {}, 403],
    ["without an origin", { headers: { origin: "" } }, {}, 403],
    ["as JSON", { headers: { "content-type": "application/json" } }, {}, 400],
    ["as plain text", { headers: { "content-type": "text/plain" } }, {}, 400],
    ["without a token", {}, { csrf: "" }, 403],
    ["with another token", {}, { csrf: "y".repeat(43) }, 403],
    ["with a token that goes on", {}, { csrf: "more" }, 403],
    ["in a huge form", {}, { comment: "x".repeat(17_000) }, 400],
  ])("%s", async (what, sent, fields, status) => {
    const pages = testPages(approvalOf());
    const { cookie, csrf } = await pages.signIn("ada");
    const own = what.includes("goes on") ? { csrf: `${csrf}y` } : fields;
    const planted = what.includes("beside")
      ? { cookie: `${"cookie" in sent ? sent.cookie : ""}${cookie}` }
      : {};
    const answer = await pages.send({
      path: VOTE,
      cookie,
      form: { csrf, choice: "approve", ...own },
      ...sent,
      ...planted,
    });
    expect([answer.status, pages.writes, pages.resumed]).toEqual([status, [], []]);
  });

  it("with the token of another session", async () => {
    const pages = testPages(approvalOf());
    const { csrf } = await pages.signIn("eve", ["prod"]);
    const { cookie } = await pages.signIn("ada");
    const answer = await pages.send({ path: VOTE, cookie, form: { csrf, choice: "approve" } });
    expect([answer.status, pages.writes]).toEqual([403, []]);
  });

  it("with a session that has ended", async () => {
    const pages = testPages(approvalOf({ expiresAt: NOW + 10_000 }));
    const { cookie, csrf } = await pages.signIn("ada");
    pages.world.now += 3_600;
    const answer = await pages.send({ path: VOTE, cookie, form: { csrf, choice: "approve" } });
    expect([answer.status, pages.writes]).toEqual([401, []]);
  });

  it("in an empty form", async () => {
    const pages = testPages(approvalOf());
    const { cookie } = await pages.signIn("ada");
    const answer = await pages.send({ method: "POST", path: VOTE, cookie, form: {} });
    expect([answer.status, pages.writes]).toEqual([400, []]);
  });
});

describe("looking", () => {
  const path = fc.oneof(
    fc.constantFrom(
      "/approvals",
      `/approvals/${ID}`,
      VOTE,
      `/approvals/${ID}/wake`,
      "/login",
      "/login/callback",
      "/logout",
      "/slack/actions",
    ),
    fc.webPath(),
  );
  const query = fc.constantFrom(
    "",
    "choice=approve",
    "done=recorded",
    "done=asleep",
    "after=x",
    "csrf=x&choice=approve&_method=POST",
  );

  it("changes no approval, whatever is asked for, signed in or not", async () => {
    const pages = testPages(approvalOf());
    const { cookie } = await pages.signIn("ada");
    await fc.assert(
      fc.asyncProperty(
        path,
        query,
        fc.boolean(),
        fc.constantFrom("GET", "HEAD"),
        async (at, with_, signed, method) => {
          const answer = await pages.send({
            method,
            path: at || "/",
            query: with_,
            ...(signed && { cookie }),
          });
          expect(answer.status).toBeGreaterThanOrEqual(200);
          expect([pages.writes, pages.resumed]).toEqual([[], []]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("and submitting every form without a login, as a scanner does, changes nothing", async () => {
    const pages = testPages(approvalOf());
    for (const at of [`/approvals/${ID}`, "/approvals"]) {
      const page = await pages.send({ path: at });
      expect(page.status).toBe(401);
      expect(page.text).not.toMatch(/<form|DeleteBucket|Report writer/);
    }
    for (const at of [VOTE, `/approvals/${ID}/wake`, "/logout"])
      expect((await pages.send({ path: at, form: { choice: "approve", csrf: "x" } })).status).toBe(401);
    expect([pages.writes, pages.resumed]).toEqual([[], []]);
  });

  it.each(["PUT", "DELETE", "PATCH"])("%s is served nowhere", async (method) => {
    const pages = testPages(approvalOf());
    const { cookie } = await pages.signIn("ada");
    expect((await pages.send({ method, path: VOTE, cookie, form: { choice: "approve" } })).status).toBe(404);
    expect(pages.writes).toEqual([]);
  });

  it("under another name than the gateway's is refused", async () => {
    const pages = testPages(approvalOf());
    for (const host of ["evil.example", `bucket.${HOST}`])
      expect((await pages.send({ path: "/approvals", headers: { host } })).status).toBe(400);
    expect((await pages.send({ path: "/approvals", headers: { host: HOST } })).text).toContain(
      `/login?return=`,
    );
    expect(PUBLIC_URL).toContain(HOST);
  });
});
