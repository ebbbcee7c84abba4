// Held calls from their first byte to their records, as people and programs meet them: unmodified SDK clients with their
// defaults wait, a real browser follows the link of the mail, signs in at the identity provider and decides.

import { join } from "node:path";
import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { submitForm } from "../../lib/local/aws/slack-presses.ts";
import { ADMIN_ROLE, CLEANUP_AGENT, REPORTS_AGENT, TARGET_ACCOUNT } from "../../lib/local/demo-world.ts";
import {
  approvalThatIs,
  cancelled,
  delivered,
  endedRecordsOf,
  executionsOf,
  idOf,
  linkAbout,
  pressed,
  recordsOf,
  slackActor,
  soon,
  tokenOf,
  useApprovals,
} from "./approvals.ts";
import { screenshotFolder, useBrowser, type Visitor, visit } from "./browser.ts";
import { agentClients, failureOf } from "./demo.ts";
import { entriesOf, outcomesOf } from "./ledger.ts";

const demo = useApprovals();
const browser = useBrowser();
let ana: Visitor;
let ben: Visitor;
/** A client that waits for longer than a connection may: its approval comes when the other tests are through. */
let longWait: { readonly since: number; readonly answer: Promise<number | undefined> };

beforeAll(async () => {
  demo().cloud.aws.seed.bucket(TARGET_ACCOUNT, {
    name: "reports",
    objects: [
      { key: "old/1.csv", body: "1" },
      { key: "old/2.csv", body: "2" },
    ],
  });
  const tokenFile = await tokenOf(demo(), CLEANUP_AGENT.subject); // waits on a place of its own
  const { s3 } = agentClients(demo(), { tokenFile });
  const sent = s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "old/long.csv" }));
  longWait = { since: Date.now(), answer: sent.then(({ $metadata }) => $metadata.attempts) };
  ana = await visit(browser(), "Ana Approver");
  ben = await visit(browser(), "Ben Approver");
});

const remove = (Key: string) =>
  agentClients(demo()).s3.send(new DeleteObjectCommand({ Bucket: "reports", Key }));

describe("a held call", () => {
  test("ends by itself with its answer once somebody approves it, and its records say who did", async () => {
    const waiting = remove("old/1.csv");
    const link = await linkAbout(demo(), "reports/old/1.csv");
    expect(executionsOf(demo(), "DeleteObject")).toEqual([]);
    await ana.approve(link, { comment: "as agreed" });
    expect((await waiting).$metadata).toMatchObject({ httpStatusCode: 204, attempts: 1 });
    const sent = executionsOf(demo(), "DeleteObject", "reports/old/1.csv");
    expect(sent).toHaveLength(1);
    const vote = { person: "Ana Approver", choice: "approve", comment: "as agreed", via: "page" };
    expect(await recordsOf(demo(), link)).toMatchObject([
      { phase: "INTENT", caller: { subject: REPORTS_AGENT.subject }, approval: { votes: [vote] } },
      {
        ...{ phase: "OUTCOME", ending: "answered", status: 204, awsRequestId: sent[0]?.requestId },
        approval: { votes: [vote] },
      },
    ]);
  });

  test("ends with the comment of the person who rejects it, and nothing is sent", async () => {
    const waiting = failureOf(remove("old/2.csv"));
    const link = await linkAbout(demo(), "reports/old/2.csv");
    await ben.reject(link, "keep it until <the> audit");
    expect(await waiting).toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("`Ben Approver` rejected this call: `keep it until <the> audit`"),
      status: 403,
      attempts: 1,
    });
    expect(executionsOf(demo(), "DeleteObject", "reports/old/2.csv")).toEqual([]);
    const vote = { person: "Ben Approver", choice: "reject", comment: "keep it until <the> audit" };
    // What the caller was told, and the end of the approval.
    const refused = { phase: "OUTCOME", ending: "refused", mayHaveRun: false, approval: { votes: [vote] } };
    expect(await endedRecordsOf(demo(), link, 2)).toMatchObject([refused, refused]);
  });
});

describe("two people", () => {
  test("are needed where the policy says so, and one of them is not two", async () => {
    const { dynamodb } = agentClients(demo());
    const waiting = dynamodb.send(new DeleteItemCommand({ TableName: "orders", Key: { id: { S: "A-0" } } }));
    const link = await linkAbout(demo(), "dynamodb:DeleteItem");
    await ana.approve(link);
    await ana.page.getByText("1 of 2 needed have approved so far").waitFor();
    await ana.open(link);
    expect(await ana.page.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
    expect(executionsOf(demo(), "DeleteItem")).toEqual([]);
    await ben.approve(link);
    expect((await waiting).$metadata.httpStatusCode).toBe(200);
    expect(executionsOf(demo(), "DeleteItem")).toHaveLength(1);
  });
});

describe("a button in Slack", () => {
  test("approves as the person whom it belongs to, and the message then says how it ended", async () => {
    const waiting = remove("old/slack-1.csv");
    const link = await linkAbout(demo(), "old/slack-1.csv");
    await pressed(demo(), "U0ANA0001", { link, action: "countersign_approve" });
    expect((await waiting).$metadata.httpStatusCode).toBe(204);
    expect(executionsOf(demo(), "DeleteObject", "old/slack-1.csv")).toHaveLength(1);
    const message = await soon("the updated message", () =>
      demo().cloud.catchers.messages.find(
        ({ blocks, updates }) => updates > 0 && JSON.stringify(blocks).includes(idOf(link)),
      ),
    );
    expect(JSON.stringify(message.blocks)).toContain("Approved by `Ana Approver` (slack)");
    expect(JSON.stringify(message.blocks)).not.toContain("countersign_approve");
  });

  test("rejects with the comment of the form that it opens", async () => {
    const waiting = failureOf(remove("old/slack-2.csv"));
    const link = await linkAbout(demo(), "old/slack-2.csv");
    await pressed(demo(), "U0BEN0001", { link, action: "countersign_reject" });
    const view = demo().cloud.slack?.views.at(-1)?.view ?? {};
    expect(view.private_metadata).toBe(idOf(link));
    await delivered(demo(), submitForm(slackActor("U0BEN0001"), { view, text: "not today" }, Date.now()));
    expect((await waiting).message).toContain("`Ben Approver` rejected this call: `not today`");
    expect(executionsOf(demo(), "DeleteObject", "old/slack-2.csv")).toEqual([]);
  });
});

describe("a call that the gateway runs by itself", () => {
  const put = (attempts: "once" | "default") =>
    agentClients(demo(), { attempts }).s3.send(
      new PutObjectCommand({ Bucket: "reports", Key: "stored.txt", Body: "kept" }),
    );
  const runs = () => executionsOf(demo(), "PutObject", "reports/stored.txt");

  /** The gateway does not see that a caller hangs up: one that finds no place to wait is surely gone. */
  async function withoutPlaces(work: () => Promise<void>): Promise<void> {
    const others = ["old/place-1.csv", "old/place-2.csv"];
    const waiting = others.map((key) => failureOf(remove(key)));
    const links = await Promise.all(others.map((key) => linkAbout(demo(), key)));
    await work();
    for (const link of links) expect(await cancelled(demo(), link)).toBe(200);
    await Promise.all(waiting);
  }

  test("runs when its caller is gone; the next such call is told its answer, the one after that asks", () =>
    withoutPlaces(async () => {
      const gone = await failureOf(put("once"));
      expect(gone).toMatchObject({ status: 503, attempts: 1 });
      const link = await linkAbout(demo(), "reports/stored.txt");
      expect(gone.message).toContain(link);
      await ana.approve(link);
      await approvalThatIs(demo(), link, "done");
      expect(runs()).toHaveLength(1);
      expect((await put("once")).ETag).toMatch(/^"[0-9a-f]{32}"$/);
      expect(runs()).toHaveLength(1);
      const since = demo().cloud.catchers.mails.length;
      expect(await failureOf(put("once"))).toMatchObject({ status: 503 });
      const asked = await linkAbout(demo(), "reports/stored.txt", { since });
      expect(await cancelled(demo(), asked)).toBe(200);
      expect(runs()).toHaveLength(1);
    }));
});

describe("the use of a role", () => {
  test("is approved once, for its session: the first call waits, those after it do not", async () => {
    const { s3 } = agentClients(demo(), { role: ADMIN_ROLE });
    const read = () => s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }));
    const waiting = read();
    const link = await linkAbout(demo(), "mcp-admin");
    await ana.approve(link);
    await (await waiting).Body?.transformToString();
    const told = demo().cloud.catchers.mails.length;
    await (await read()).Body?.transformToString();
    expect(demo().cloud.catchers.mails).toHaveLength(told);
    // Another session of the same agent asks for itself.
    const other = agentClients(demo(), { role: ADMIN_ROLE, attempts: "once", patience: 1_000 });
    await failureOf(other.s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" })));
    await soon("another mail", () => (demo().cloud.catchers.mails.length > told ? true : undefined));
  });
});

describe("leave for further calls", () => {
  test("lets so many of the same calls pass, and asks again after that", async () => {
    const waiting = remove("old/granted.csv");
    await ana.approve(await linkAbout(demo(), "old/granted.csv"), { grant: { calls: 2, minutes: 15 } });
    await waiting;
    await remove("old/granted.csv");
    await remove("old/granted.csv");
    expect(executionsOf(demo(), "DeleteObject", "old/granted.csv")).toHaveLength(3);
    const granted = outcomesOf(await entriesOf(demo())).filter(({ approval }) => approval?.byGrant === true);
    expect(granted.map(({ status }) => status)).toEqual([204, 204]);
    const since = demo().cloud.catchers.mails.length;
    const held = failureOf(remove("old/granted.csv"));
    expect(await cancelled(demo(), await linkAbout(demo(), "old/granted.csv", { since }))).toBe(200);
    expect((await held).message).toBe("this call was cancelled by its requester");
    expect(executionsOf(demo(), "DeleteObject", "old/granted.csv")).toHaveLength(3);
  });
});

describe("the pages", () => {
  const LOOKS = [
    ["light", { colorScheme: "light", viewport: { width: 1100, height: 800 } }],
    ["dark", { colorScheme: "dark", viewport: { width: 1100, height: 800 } }],
    ["phone", { colorScheme: "dark", viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ] as const;
  const screens = screenshotFolder();
  afterAll(() => screens.remove());
  const KEY = `old/${"a-long-name-".repeat(12)}<b>&\u202egnp.csv`;

  test.each(LOOKS)(
    "fit the window without a script and show what is asked as text: %s",
    async (look, options) => {
      const since = demo().cloud.catchers.mails.length;
      const waiting = failureOf(remove(KEY));
      const link = await linkAbout(demo(), "a-long-name-", { since });
      const person = await visit(browser(), "Ana Approver", { ...options, javaScriptEnabled: false });
      const { page } = person;
      const seen = async (name: string) => {
        await page.screenshot({ path: join(screens.folder, `${name}-${look}.png`), fullPage: true });
        const [wide, window] = await page.evaluate<[number, number]>(
          "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
        );
        expect(wide, `${name} is wider than its window`).toBeLessThanOrEqual(window);
      };
      await page.goto(link);
      await seen("sign-in");
      await person.open(link);
      expect(await page.locator("main b").count()).toBe(0);
      await page.getByText("Also allow further calls").click();
      await seen("pending");
      await page.goto(new URL("/approvals", link).href);
      await seen("inbox");
      await person.reject(link, "not these: they are <b>kept</b>");
      await waiting;
      await seen("rejected");
      await person.leave();
    },
  );
});

describe("an unmodified client", () => {
  test("waits over its own retries for longer than a connection may, and attaches to the one approval", async () => {
    const link = await linkAbout(demo(), "old/long.csv");
    await new Promise((resolve) => setTimeout(resolve, longWait.since + 34_000 - Date.now()));
    const mails = demo().cloud.catchers.mails.filter(({ text }) => text.includes("old/long.csv"));
    expect(new Set(mails.map(({ text }) => /approvals\/(\w{26})/.exec(text)?.[1]))).toEqual(
      new Set([idOf(link)]),
    );
    await ana.approve(link);
    expect(await longWait.answer).toBe(2);
    expect(executionsOf(demo(), "DeleteObject", "old/long.csv")).toHaveLength(1);
  }, 60_000);
});
