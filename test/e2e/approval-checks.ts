// What a deployment must do for people and for agents that ask: checks as in checks.ts. Each makes the held call that it
// is about, and none waits on a connection: a caller that comes back after the decision is answered at once.

import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import type { LoggedRequest } from "../../lib/local/aws/contract.ts";
import { ADMIN_ROLE, CLEANUP_AGENT, GATEWAY_ACCOUNT } from "../../lib/local/demo-world.ts";
import { delivered, pressed, voterOf } from "./approvals.ts";
import type { Check, Subject } from "./checks.ts";
import { forwarded } from "./demo.ts";
import { entriesOf } from "./ledger.ts";

// By the suite's policies this agent's deletes are run by their caller, and its writes by the gateway.
const OBJECT = { Bucket: "reports" };

export const APPROVAL_CHECKS: readonly Check[] = [
  {
    name: "an approver signs in, is shown what is open, and signs out",
    area: "pages",
    run: async ({ demo }) => {
      const ana = await voterOf(demo, "ana");
      try {
        const style = await ana.api.get("/approvals/style.css");
        expect(style.headers()["content-type"]).toContain("text/css");
        const headers = { origin: demo.cloud.tlsUrl };
        const left = await ana.api.post("/logout", { headers, form: { csrf: ana.csrf } });
        expect(left.status()).toBe(401);
        expect(await left.text()).toContain("/login?return=");
      } finally {
        await ana.leave();
      }
    },
  },
  {
    name: "approvers are told of a held call, and one who approves it on its page lets its caller run it",
    area: "asked",
    run: async (subject) => {
      const { demo, held } = subject;
      const Key = `${crypto.randomUUID()}.csv`;
      const remove = () => held.s3.send(new DeleteObjectCommand({ ...OBJECT, Key }));
      const first = quietly(remove());
      const link = await toldOf(subject, Key, first);
      const ana = await voterOf(demo, "ana");
      try {
        const { status, text } = await ana.vote(link, { choice: "approve" });
        expect(status, text).toBe(200);
        expect(text).not.toContain("start it again");
      } finally {
        await ana.leave();
      }
      const { $metadata } = await Promise.any([remove(), first]);
      expect($metadata.httpStatusCode).toBe(204);
      expect(sent(subject, Key)).toEqual(["DeleteObject"]);
    },
  },
  {
    name: "a button in Slack approves, the gateway runs the call itself, and tells its end to its caller and in Slack",
    area: "stored",
    run: async (subject) => {
      const { demo, held } = subject;
      const Key = `${crypto.randomUUID()}.csv`;
      const put = () => held.s3.send(new PutObjectCommand({ ...OBJECT, Key, Body: "stored" }));
      const first = quietly(put());
      const link = await toldOf(subject, Key, first);
      expect(await pressed(demo, "U0ANA0001", { link, action: "countersign_approve" })).toBe(200);
      await until(subject, "the call is run", () => sent(subject, Key)[0]);
      const id = link.slice(-26);
      await until(subject, "Slack's message says so", () =>
        demo.cloud.catchers.messages.find(
          ({ blocks, updates }) => updates > 0 && JSON.stringify(blocks).includes(id),
        ),
      );
      const { $metadata } = await Promise.any([put(), first]);
      expect($metadata.httpStatusCode).toBe(200);
      expect(sent(subject, Key)).toEqual(["PutObject"]);
    },
  },
  {
    name: "a rejection on the page ends a held call, and the workflow records its end",
    area: "asked",
    run: async (subject) => {
      const { demo, held } = subject;
      const Key = `${crypto.randomUUID()}.csv`;
      const link = await toldOf(
        subject,
        Key,
        quietly(held.s3.send(new PutObjectCommand({ ...OBJECT, Key }))),
      );
      const ana = await voterOf(demo, "ana");
      try {
        const { status, text } = await ana.vote(link, { choice: "reject", comment: "not this one" });
        expect(status, text).toBe(200);
      } finally {
        await ana.leave();
      }
      const id = `approval-${link.slice(-26)}`;
      await until(subject, "the record of the end is written", async () => {
        const entries = await entriesOf(demo);
        return entries.find(({ record }) => record.phase === "OUTCOME" && record.gatewayRequestId === id);
      });
      expect(sent(subject, Key)).toEqual([]);
    },
  },
  {
    name: "a button that Slack did not sign does nothing",
    area: "stored",
    run: async ({ demo }) => {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      expect(await delivered(demo, { headers, body: "payload=%7B%7D" })).toBe(401);
    },
  },
  {
    name: "an agent asks what the policies say to a call",
    area: "explained",
    run: async (subject) => {
      const authorization =
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260131/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0";
      const headers = { host: "s3.eu-west-1.amazonaws.com", authorization };
      const answer = await asked(subject, "POST", "/api/explain", {
        role: ADMIN_ROLE,
        request: { method: "DELETE", path: "/reports/2026/q3.csv", headers },
      });
      expect(answer).toMatchObject({ recognised: true, operation: "DeleteObject" });
      expect(JSON.stringify(answer)).toContain("hold");
    },
  },
  {
    name: "an agent lists what it asked for, and takes it back",
    area: "explained",
    run: async (subject) => {
      const Key = `${crypto.randomUUID()}.csv`;
      const first = quietly(subject.held.s3.send(new DeleteObjectCommand({ ...OBJECT, Key })));
      const link = await toldOf(subject, Key, first);
      const id = link.slice(-26);
      const listed = await asked(subject, "GET", "/api/approvals");
      expect(JSON.stringify(listed)).toContain(id);
      await asked(subject, "POST", `/api/approvals/${id}/cancel`);
      expect(JSON.stringify(await asked(subject, "GET", "/api/approvals"))).not.toContain(id);
    },
  },
];

/** The link of the mail about this key, once Slack was told too. The caller's own refusal is the reason when none comes. */
async function toldOf(subject: Subject, key: string, caller: Promise<unknown>): Promise<string> {
  const { catchers } = subject.demo.cloud;
  let refusal: unknown;
  caller.catch((error) => {
    refusal = error;
  });
  return until(subject, "the approvers are told", () => {
    const { name } = (refusal ?? {}) as { name?: string };
    // It is told to come back later, where it may not wait.
    if (refusal !== undefined && name !== "SlowDown") throw refusal;
    const mail = catchers.mails.find(({ text }) => text.includes(key));
    const link = mail?.text.match(/https:\/\/[\w.:-]+\/approvals\/[A-Z2-7]{26}/)?.[0];
    const isInSlack = catchers.messages.some(({ blocks }) => JSON.stringify(blocks).includes(key));
    return isInSlack ? link : undefined;
  });
}

/** What was done to this object at AWS, in order; that an approver was shown what is there changed nothing. */
function sent({ demo, since }: Subject, key: string): readonly (string | null)[] {
  return forwarded(demo, since)
    .filter(({ resource }) => resource?.endsWith(key) === true)
    .map(({ operation }) => operation)
    .filter((operation) => operation !== "HeadObject");
}

const PATIENCE_MS = 8_000;

/** Asks again until there is an answer. @throws as soon as something was denied or broke, which is what it would wait for */
async function until<T>(
  { demo: { cloud }, since }: Subject,
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const isBroken =
      cloud.logs.some(({ text }) => /fault|Error/.test(text)) ||
      cloud.aws.requests.slice(since).some(isDeniedToGateway);
    if (isBroken || Date.now() > end) throw new Error(`not seen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Not to an agent: a look at an object that is not there is denied too, for one. */
function isDeniedToGateway({ decision, principalArn }: LoggedRequest): boolean {
  return decision === "denied" && principalArn?.startsWith(`arn:aws:sts::${GATEWAY_ACCOUNT}:`) === true;
}

/** A call whose caller may never be answered. */
function quietly<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {});
  return call;
}

/** An answer of the agents' API. @throws unless it is 200 */
async function asked(
  { demo: { cloud } }: Subject,
  method: string,
  path: string,
  question?: object,
): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${await cloud.issuer.mintToken(CLEANUP_AGENT.subject)}`,
    ...(question !== undefined && { "content-type": "application/json" }),
  };
  const body = question === undefined ? null : JSON.stringify(question);
  const answer = await fetch(`${cloud.gatewayUrl}${path}`, { method, headers, body });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text);
}
