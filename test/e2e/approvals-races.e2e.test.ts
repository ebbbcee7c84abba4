// Everything that may happen to one approval at the same moment, through the running stack: whatever comes first, the call
// runs once or not at all, and every approval ends. `APPROVAL_RACES=200` runs each race so often; a few serve as a check.
// State machines run 5 times as fast: a minute is twelve seconds, and a function has time enough to answer.

import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  approvalsOf,
  executionsOf,
  idOf,
  linkAbout,
  soon,
  useApprovals,
  type Voter,
  voterOf,
} from "./approvals.ts";
import { type AgentClients, agentClients, failureOf } from "./demo.ts";
import { allItems } from "./ledger.ts";

const RUNS = Number(process.env.APPROVAL_RACES ?? "3");
const AT_ONCE = 10;
const CALLERS = 50;
const TIME = 30_000 + RUNS * 3_000;

const demo = useApprovals({ statesSpeed: 5 });
let ana: Voter;
let ben: Voter;
/** One session for all that is asked; it never waits for long. */
let asking: AgentClients;

beforeAll(async () => {
  ana = await voterOf(demo(), "ana");
  ben = await voterOf(demo(), "ben");
  asking = agentClients(demo(), { attempts: "once" });
  await asking.s3.config.credentials();
});
afterAll(async () => {
  await ana?.leave();
  await ben?.leave();
});

const APPROVE = { choice: "approve" };
const REJECT = { choice: "reject", comment: "no" };

/** Holds a call that the gateway will run by itself. */
async function held(key: string): Promise<string> {
  const call = asking.s3.send(new PutObjectCommand({ Bucket: "reports", Key: key, Body: key }));
  // Most find no place to wait on, and are told so at once; of the others nothing is expected.
  const told = failureOf(call).catch(() => undefined);
  const refused = told.then((failure) =>
    failure === undefined || failure.message.includes("approv") ? new Promise<never>(() => {}) : failure,
  );
  const first = await Promise.race([linkAbout(demo(), `reports/${key}`, { patience: 60_000 }), refused]);
  if (typeof first === "string") return first;
  throw new Error(`${first.name}: ${first.message}`);
}

/** Runs the race so often, a few at a time, and says for each how it ended and how often it was carried out. */
async function race(name: string, run: (link: string) => Promise<unknown>): Promise<readonly string[]> {
  const ends: string[] = [];
  const keys = Array.from({ length: RUNS }, (_, at) => `${name}/${String(at).padStart(3, "0")}`);
  for (let from = 0; from < RUNS; from += AT_ONCE) {
    const batch = keys.slice(from, from + AT_ONCE);
    const links = await Promise.all(
      batch.map(async (key) => {
        const link = await held(key);
        await run(link);
        return link;
      }),
    );
    const final = await ended(links);
    ends.push(...batch.map((key, at) => `${final[at]} ${executionsOf(demo(), "PutObject", key).length}`));
  }
  console.log(
    `${name}: ${[...Map.groupBy(ends, (end) => end)].map(([end, all]) => `${end} x${all.length}`).join(", ")}`,
  );
  return ends;
}

/** The final status of each, once all have one. */
function ended(links: readonly string[]): Promise<readonly string[]> {
  const look = async () => {
    const approvals = await approvalsOf(demo());
    const all = links.map((link) => approvals.get(idOf(link)));
    if (all.some((approval) => approval === undefined || OPEN.has(approval.status))) return undefined;
    return all.map((approval) =>
      approval?.status === "failed" ? `failed: ${approval.ending}` : `${approval?.status}`,
    );
  };
  return soon(`the end of ${links.length} approvals`, look, { patience: 60_000, pause: 500 });
}
const OPEN: ReadonlySet<string> = new Set(["pending", "approved", "running"]);

/** Else the one that is sent first would always win. */
function inAnyOrder(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<unknown> {
  const order = Math.random() < 0.5 ? [one, other] : [other, one];
  return Promise.all(order.map((vote) => vote()));
}

describe("at the same moment", () => {
  test(
    "two people approve: it runs once",
    async () => {
      const both = (link: string) => Promise.all([ana.vote(link, APPROVE), ben.vote(link, APPROVE)]);
      expect(new Set(await race("two-approve", both))).toEqual(new Set(["done 1"]));
    },
    TIME,
  );

  test(
    "one approves and one rejects: it runs once, or it is rejected and never runs",
    async () => {
      const both = (link: string) =>
        inAnyOrder(
          () => ana.vote(link, APPROVE),
          () => ben.vote(link, REJECT),
        );
      const ends = await race("approve-reject", both);
      expect(ends.filter((end) => end !== "done 1" && end !== "rejected 0")).toEqual([]);
    },
    TIME,
  );

  test(
    "one approves and its time ends: it runs once, or it is over and never runs",
    async () => {
      const late = async (link: string) => {
        // A minute less what it took to tell of it; the votes of a batch come around the end.
        await new Promise((resolve) => setTimeout(resolve, 10_800 + Math.random() * 1_500));
        return ana.vote(link, APPROVE);
      };
      const ends = await race("soon", late);
      expect(ends.filter((end) => end !== "done 1" && end !== "expired 0")).toEqual([]);
    },
    TIME,
  );
});

describe("fifty callers of one approval", () => {
  test("attach to it over their own retries: it runs once, and all are told its answer", async () => {
    const call = new DeleteObjectCommand({ Bucket: "reports", Key: "races/many.csv" });
    const { s3 } = agentClients(demo());
    await s3.config.credentials();
    const answers = Array.from({ length: CALLERS }, () =>
      s3.send(call).then(
        ({ $metadata }) => String($metadata.httpStatusCode),
        ({ name, message }) => `${name}: ${message}`,
      ),
    );
    const link = await linkAbout(demo(), "reports/races/many.csv");
    // Whoever asks for the same after its end is a new caller.
    await soon("the last caller", async () => {
      const items = await allItems(demo());
      const attached = items.filter(
        ({ pk, approval }) => pk?.S?.startsWith("ATTACH#") === true && approval?.S === idOf(link),
      );
      return attached.length >= CALLERS ? attached : undefined;
    });
    expect((await ana.vote(link, APPROVE)).status).toBe(200);
    const told = Map.groupBy(await Promise.all(answers), (answer) => answer);
    expect([...told].map(([answer, all]) => [answer, all.length])).toEqual([["204", CALLERS]]);
    expect(executionsOf(demo(), "DeleteObject", "races/many.csv")).toHaveLength(1);
    const about = demo().cloud.catchers.mails.filter(({ text }) => text.includes("races/many.csv"));
    expect(new Set(about.map(({ text }) => /approvals\/(\w{26})/.exec(text)?.[1]))).toEqual(
      new Set([idOf(link)]),
    );
  }, 60_000);
});
