import { describe, expect, it } from "vitest";
import { CountersignError } from "../../lambdas/boundary/errors.ts";
import { ask } from "../../lambdas/flow/ask.ts";
import type { Attempt } from "../../lambdas/flow/ask-close.ts";
import type { Approval, ApprovalStatus } from "../../lambdas/model/approval.ts";
import type { Outcome } from "../../lambdas/model/record.ts";
import { approvalOf, ID, NOW, voteOf } from "../approval/approvals.ts";
import { type AskWorld, askWorld } from "./ask-world.ts";

const LATE = NOW + 3_600;

const outcome = (ending: Outcome["ending"]): Attempt =>
  ({ ...approvalOf().record, phase: "OUTCOME", ending, status: 200, awsRequestId: "aws-1" }) as Outcome;

async function closed(
  changes: Partial<Approval>,
  { at = LATE, reason = "timeout", attempt = "none" as Attempt } = {},
): Promise<{ status: string; world: AskWorld; records: Outcome[] }> {
  const world = askWorld();
  world.approval = approvalOf(changes);
  world.nowMs = at * 1_000;
  world.attempt = attempt;
  const { status } = await ask({ step: "close", approvalId: ID, reason }, world.dependencies);
  return { status, world, records: [...world.records.values()] as Outcome[] };
}

const claim = { by: "call", at: NOW } as const;

describe("close: what becomes of it", () => {
  it.each<[string, Partial<Approval>, Parameters<typeof closed>[1], string]>([
    ["pending past its time", {}, {}, "expired"],
    ["pending a second early by this clock", {}, { at: LATE - 1 }, "expired"],
    ["pending that could be told to nobody", {}, { at: NOW, reason: "unreachable" }, "expired"],
    ["approved past its time", { status: "approved", decidedAt: NOW }, {}, "expired"],
    ["approved in its time", { status: "approved", decidedAt: NOW }, { at: NOW + 9 }, "approved"],
    [
      "approved when the workflow failed",
      { status: "approved" },
      { at: NOW + 9, reason: "failed" },
      "failed",
    ],
    ["approved use of a role", { status: "approved", kind: "session" }, {}, "approved"],
    ["claimed just now", { status: "running", claim }, { at: NOW + 130 }, "running"],
    ["claimed long ago and not sent", { status: "running", claim }, { at: NOW + 131 }, "failed"],
    [
      "claimed long ago and sent",
      { status: "running", claim },
      { at: NOW + 131, attempt: "intent" },
      "in_doubt",
    ],
    ["claimed and answered", { status: "running", claim }, { attempt: outcome("answered") }, "done"],
    ["claimed and refused", { status: "running", claim }, { attempt: outcome("refused") }, "failed"],
    ["claimed and in doubt", { status: "running", claim }, { attempt: outcome("in_doubt") }, "in_doubt"],
  ])("one that is %s", async (_name, changes, how, status) => {
    expect((await closed(changes, how)).status).toBe(status);
  });

  it.each<ApprovalStatus>(["done", "failed", "in_doubt", "rejected", "expired", "cancelled"])(
    "one that is %s stays so",
    async (status) => {
      const { world, status: after } = await closed({ status, ending: "as it ended" });
      expect(after).toBe(status);
      expect(world.approval).toMatchObject({ status, ending: "as it ended" });
    },
  );

  it("says that nobody could be told", async () => {
    const { world } = await closed({}, { reason: "unreachable" });
    expect(world.approval?.ending).toBe("no approver could be told");
  });

  it("is unknown where there is no such approval", async () => {
    const world = askWorld();
    world.approval = undefined;
    expect(await ask({ step: "close", approvalId: ID }, world.dependencies)).toEqual({ status: "unknown" });
    expect(world.records.size).toBe(0);
  });
});

describe("close: the record of the end", () => {
  it("is a refusal of this approval with its votes, made from what was held", async () => {
    const votes = [voteOf("Ada", "reject", "not today")];
    const { records } = await closed({ status: "rejected", votes, decidedAt: NOW + 5 });
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      phase: "OUTCOME",
      ending: "refused",
      mayHaveRun: false,
      gatewayRequestId: `approval-${ID}`,
      requestDigest: "d".repeat(64),
      approval: {
        id: ID,
        byGrant: false,
        votes: [{ person: "Ada", choice: "reject", comment: "not today" }],
      },
    });
  });

  it.each<[string, Partial<Approval>, Attempt, number]>([
    ["expired", { status: "expired" }, "none", 1],
    ["cancelled", { status: "cancelled" }, "none", 1],
    ["failed before anything was written", { status: "failed" }, "none", 1],
    ["failed with an outcome of its own", { status: "failed" }, outcome("refused"), 0],
    // An intent has one end, under its own key: the reconciler's, not a second record here.
    ["in doubt with an intent only", { status: "in_doubt" }, "intent", 0],
    [
      "failed with an intent that was written although the write seemed to fail",
      { status: "failed" },
      "intent",
      0,
    ],
    ["in doubt with an outcome of its own", { status: "in_doubt" }, outcome("in_doubt"), 0],
    ["done", { status: "done" }, outcome("answered"), 0],
    ["running", { status: "running", claim: { by: "call", at: LATE } }, "intent", 0],
    ["approved and in time", { status: "approved", expiresAt: LATE + 60 }, "none", 0],
  ])("of one that is %s", async (_name, changes, attempt, count) => {
    expect((await closed(changes, { attempt })).records).toHaveLength(count);
  });

  it("is the same one however often and late it is repeated", async () => {
    const { world } = await closed({});
    world.nowMs += 7_200_000;
    await ask({ step: "close", approvalId: ID, reason: "timeout" }, world.dependencies);
    expect(world.records.size).toBe(1);
  });

  it("is due: a log that is down fails the step", async () => {
    const world = askWorld();
    world.before = (name) => {
      if (name === "record") throw new CountersignError("internal", "down");
    };
    await expect(ask({ step: "close", approvalId: ID }, world.dependencies)).rejects.toThrow("down");
  });
});

describe("close: the Slack messages", () => {
  const notices: Approval["notices"] = [
    { step: "ask", channel: "slack", to: "C00PROD", outcome: "sent", reference: "1000.1", at: NOW },
    { step: "ask", channel: "mail", to: "ada@example.com", outcome: "sent", reference: null, at: NOW },
    { step: "escalate", channel: "slack", to: "C00SENIOR", outcome: "sent", reference: "1000.2", at: NOW },
  ];

  it("all say how it ended, and have no button that decides", async () => {
    const { world } = await closed({ notices });
    expect(world.updates.map(({ reference }) => reference)).toEqual(["1000.1", "1000.2"]);
    const shown = JSON.stringify(world.updates);
    expect(shown).toContain("Expired: it was not carried out.");
    expect(shown).not.toMatch(/countersign_(approve|reject)/);
  });

  it("that cannot be updated do not keep it open", async () => {
    const world = askWorld();
    world.approval = approvalOf({ notices });
    world.before = (name) => {
      if (name === "update") throw new Error("down");
    };
    const answer = await ask({ step: "close", approvalId: ID }, world.dependencies);
    expect(answer).toEqual({ status: "expired" });
    expect(world.records.size).toBe(1);
  });
});
