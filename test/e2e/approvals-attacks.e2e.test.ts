// Who must not be able to decide, and what must not change anything (SECURITY 8), against the running stack: scanners of
// mail, the agent's owner, other people's sessions, forms of other sites and other agents.

import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLEANUP_AGENT } from "../../lib/local/demo-world.ts";
import {
  approvalsOf,
  approvalThatIs,
  cancelled,
  executionsOf,
  idOf,
  linkAbout,
  pressed,
  useApprovals,
  type Voter,
  voterOf,
} from "./approvals.ts";
import { useBrowser } from "./browser.ts";
import { agentClients, failureOf } from "./demo.ts";

const demo = useApprovals();
const browser = useBrowser();
let link: string;
let waiting: Promise<unknown>;
let untouched: unknown;

beforeAll(async () => {
  const { s3 } = agentClients(demo());
  waiting = failureOf(s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "attacked.csv" })));
  link = await linkAbout(demo(), "reports/attacked.csv");
  untouched = await standing();
});
afterAll(async () => {
  expect(await cancelled(demo(), link)).toBe(200);
  await waiting;
});

/** What no attack may change. */
async function standing() {
  const { status, votes, escalated, claim } = await approvalThatIs(demo(), link, "pending");
  return { status, votes, escalated, claim, approvals: (await approvalsOf(demo())).size };
}

async function expectUntouched(): Promise<void> {
  expect(await standing()).toEqual(untouched);
  expect(executionsOf(demo(), "DeleteObject")).toEqual([]);
}

describe("a scanner of mail", () => {
  test("changes nothing by opening every link, running scripts and sending every form", async () => {
    const html = demo().cloud.catchers.mails.find(({ text }) => text.includes(link))?.html ?? "";
    const links = new Set([...html.matchAll(/https?:\/\/[^\s"'<>]+/g)].map(([found]) => found));
    expect(links).toContain(link);
    const context = await browser().newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: true });
    const page = await context.newPage();
    for (const target of links) {
      await page.goto(target, { waitUntil: "load" });
      for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE"])
        await context.request.fetch(target, { method, form: { choice: "approve", csrf: "" } });
      await page.evaluate("for (const form of document.forms) form.submit()");
      for (const path of ["/vote", "/wake"])
        expect((await context.request.post(target + path, { form: { choice: "approve" } })).status()).toBe(
          403,
        );
    }
    await context.close();
    await expectUntouched();
  });
});

describe("the owner of the agent", () => {
  test("sees nothing to decide, and a vote that is sent all the same is refused", async () => {
    const owner = await voterOf(demo(), "owner@example.com");
    const page = await owner.api.get(link);
    expect(await page.text()).not.toContain('name="choice"');
    const { status, text } = await owner.vote(link, { choice: "approve" });
    expect([404, 409]).toContain(status);
    expect(text).not.toContain("Your vote is recorded");
    await owner.leave();
    await expectUntouched();
  });

  test("decides nothing in Slack, nor does a member whom nobody knows", async () => {
    await pressed(demo(), "U0OLGA001", { link, action: "countersign_approve" });
    await pressed(demo(), "U0NOBODY1", { link, action: "countersign_approve" });
    await expectUntouched();
  });
});

describe("the session of an approver", () => {
  let ana: Voter;
  let ben: Voter;
  beforeAll(async () => {
    ana = await voterOf(demo(), "ana");
    ben = await voterOf(demo(), "ben");
  });
  afterAll(async () => {
    await ana?.leave();
    await ben?.leave();
  });
  const origin = () => demo().cloud.tlsUrl;
  const post = (headers: Record<string, string>, form: Record<string, string>) =>
    ana.api.post(`${link}/vote`, { headers, form: { choice: "approve", ...form } });

  test("votes for nobody without the token of its own pages", async () => {
    for (const form of [{}, { csrf: "" }, { csrf: ben.csrf }] as Record<string, string>[])
      expect((await post({ origin: origin() }, form)).status()).toBe(403);
    await expectUntouched();
  });

  test("votes for nobody from another site, or from nowhere", async () => {
    for (const headers of [{}, { origin: "https://evil.example" }, { origin: "null" }] as Record<
      string,
      string
    >[])
      expect((await post(headers, { csrf: ana.csrf })).status()).toBe(403);
    await expectUntouched();
  });
});

describe("another agent", () => {
  test("is told of the approval what it is told of one that never was", async () => {
    const authorization = `Bearer ${await demo().cloud.issuer.mintToken(CLEANUP_AGENT.subject)}`;
    const ask = async (id: string) => {
      const answer = await fetch(`${demo().cloud.gatewayUrl}/api/approvals/${id}/cancel`, {
        method: "POST",
        headers: { authorization },
      });
      return { status: answer.status, text: await answer.text() };
    };
    const unknown = await ask("A".repeat(26));
    expect(unknown.status).toBe(404);
    expect(await ask(idOf(link))).toEqual(unknown);
    const list = await fetch(`${demo().cloud.gatewayUrl}/api/approvals`, { headers: { authorization } });
    expect(await list.json()).toEqual({ approvals: [], complete: true });
    await expectUntouched();
  });

  test("cannot decide by its own token, nor by its session at the gateway", async () => {
    const token = await demo().cloud.issuer.mintToken(CLEANUP_AGENT.subject);
    const { accessKeyId } = await agentClients(demo()).s3.config.credentials();
    for (const authorization of [`Bearer ${token}`, `AWS4-HMAC-SHA256 Credential=${accessKeyId}`]) {
      const answer = await fetch(`${demo().cloud.gatewayUrl}${new URL(link).pathname}/vote`, {
        method: "POST",
        headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
        body: "choice=approve",
      });
      expect(answer.status).toBe(403);
    }
    await expectUntouched();
  });
});
