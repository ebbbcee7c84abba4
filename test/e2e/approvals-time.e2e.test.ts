// What becomes of a held call that nobody decides about at first, on a cloud whose state machines run 900 times as fast:
// a quarter of an hour is a second. The gateway's own clock is the real one.

import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import {
  approvalThatIs,
  endedRecordsOf,
  executionsOf,
  linkAbout,
  soon,
  useApprovals,
  voterOf,
} from "./approvals.ts";
import { useBrowser, visit } from "./browser.ts";
import { agentClients, failureOf } from "./demo.ts";

const demo = useApprovals({ statesSpeed: 900 });
const browser = useBrowser();

describe("a held call that nobody decides about", () => {
  test("is refused when its time is over, and its records say so", async () => {
    const { secrets } = agentClients(demo());
    const secret = { SecretId: "orders/api", SecretString: "never written" };
    const failure = await failureOf(secrets.send(new PutSecretValueCommand(secret)));
    expect(failure).toMatchObject({ name: "AccessDeniedException", status: 403, attempts: 1 });
    expect(failure.message).toContain("nobody approved this call in time");
    const link = await linkAbout(demo(), "PutSecretValue");
    expect(executionsOf(demo(), "PutSecretValue")).toEqual([]);
    const refused = { phase: "OUTCOME", ending: "refused", mayHaveRun: false, approval: { votes: [] } };
    expect(await endedRecordsOf(demo(), link, 2)).toMatchObject([refused, refused]);
    const late = await visit(browser(), "Ana Approver");
    await late.open(link);
    await late.page.getByText("Nobody decided in time. It will not run.").waitFor();
    expect(await late.page.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
    await late.leave();
  });

  test("goes to the second group, which decides in the first one's place", async () => {
    const waiting = agentClients(demo()).s3.send(
      new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q2.csv" }),
    );
    const link = await linkAbout(demo(), "reports/2026/q2.csv");
    const toOncall = await linkAbout(demo(), "reports/2026/q2.csv", { to: "prod-oncall@example.com" });
    expect(toOncall).toBe(link);
    const eve = await visit(browser(), "Eve Oncall");
    await eve.approve(link);
    expect((await waiting).$metadata.httpStatusCode).toBe(204);
    expect(executionsOf(demo(), "DeleteObject", "reports/2026/q2.csv")).toHaveLength(1);
    await eve.leave();
  });

  test("keeps waiting where the policy says so, is told of again, and runs when somebody approves at last", async () => {
    const parameter = { Name: "/orders/queued", Value: "late", Type: "String" } as const;
    const waiting = agentClients(demo()).ssm.send(new PutParameterCommand(parameter));
    const link = await linkAbout(demo(), "/orders/queued");
    await soon("the daily message", async () => {
      const { notices } = await approvalThatIs(demo(), link, "pending");
      return notices.find(({ step }) => step === "queue");
    });
    expect(executionsOf(demo(), "PutParameter")).toEqual([]);
    const ana = await visit(browser(), "Ana Approver");
    await ana.approve(link);
    expect((await waiting).$metadata.httpStatusCode).toBe(200);
    expect(executionsOf(demo(), "PutParameter")).toHaveLength(1);
    await ana.leave();
  }, 60_000);
});

describe("a vote", () => {
  // Each reminder is a new task token: a vote that comes at that moment must not be lost between the old one and the new.
  test(
    "that is cast while the task token changes is not lost: the call runs once",
    async () => {
      const ben = await voterOf(demo(), "ben");
      const runs = Number(process.env.APPROVAL_RACES ?? "3");
      const ends: string[] = [];
      for (let at = 0; at < runs; at += 1) {
        const key = `between/${at}`;
        const remove = () =>
          agentClients(demo(), { attempts: "once" }).s3.send(
            new DeleteObjectCommand({ Bucket: "reports", Key: key }),
          );
        const waiting = remove();
        const link = await linkAbout(demo(), `reports/${key}`);
        // A reminder is due after one second; 0.9 to 1.2 s is where the tokens change.
        await new Promise((resolve) => setTimeout(resolve, 900 + (at % 10) * 30));
        expect((await ben.vote(link, { choice: "approve" })).status).toBe(200);
        const { $metadata } = await waiting;
        await approvalThatIs(demo(), link, "done");
        ends.push(`${$metadata.httpStatusCode} ${executionsOf(demo(), "DeleteObject", key).length}`);
      }
      await ben.leave();
      expect(new Set(ends)).toEqual(new Set(["204 1"]));
    },
    30_000 + Number(process.env.APPROVAL_RACES ?? "3") * 5_000,
  );
});
