import { describe, expect, it } from "vitest";
import { ask } from "../../lambdas/flow/ask.ts";
import type { ApprovalStatus } from "../../lambdas/model/approval.ts";
import { APPROVALS, approvalOf, ID, NOW, URL } from "../approval/approvals.ts";
import { type AskWorld, askWorld, EVENT } from "./ask-world.ts";

const asks = (world: AskWorld, step: string, taskToken = EVENT.taskToken) =>
  ask({ ...EVENT, step, taskToken }, world.dependencies);

const told = (world: AskWorld) => ({
  mails: world.mails.map(({ to }) => to).toSorted(),
  channels: world.posts.map(({ channel }) => channel).toSorted(),
});

describe("ask: the token", () => {
  it("is stored sealed for this approval, and stands in no message", async () => {
    const world = askWorld();
    expect(await asks(world, "ask", "secret-token")).toEqual({ status: "pending" });
    expect(world.sealedToken).toBe(`sealed task-token ${ID} ${Buffer.from("secret-token").toString("hex")}`);
    expect(JSON.stringify([world.mails, world.posts, world.approval])).not.toContain("secret-token");
    expect(world.resumed).toEqual([]);
  });

  it.each<ApprovalStatus>([
    "approved",
    "rejected",
    "cancelled",
    "expired",
    "running",
    "done",
    "failed",
    "in_doubt",
  ])("completes itself when the approval is %s already, and tells nobody", async (status) => {
    const world = askWorld();
    world.approval = approvalOf({ status });
    expect(await asks(world, "remind")).toEqual({ status });
    expect(world.resumed).toEqual([{ token: "task-token-1", status }]);
    expect(told(world)).toEqual({ mails: [], channels: [] });
  });

  it.each(["seal", "putToken"])(
    "completes itself when a vote lands between two tokens, just before `%s`",
    async (moment) => {
      const world = askWorld();
      world.before = (name) => {
        if (name === moment) world.approval = approvalOf({ status: "approved" });
      };
      await asks(world, "remind");
      expect(world.resumed).toEqual([{ token: "task-token-1", status: "approved" }]);
      expect(told(world)).toEqual({ mails: [], channels: [] });
    },
  );

  it("completes itself as expired when there is no such approval", async () => {
    const world = askWorld();
    world.approval = undefined;
    await asks(world, "ask");
    expect(world.resumed).toEqual([{ token: "task-token-1", status: "expired" }]);
  });

  it.each([
    { step: "ask" },
    { step: "vote", taskToken: "t", approvalId: ID },
    { step: "ask", approvalId: ID },
    { step: "ask", approvalId: "../x", taskToken: "t" },
    null,
  ])("refuses an event that is no step: %j", async (event) => {
    await expect(ask(event, askWorld().dependencies)).rejects.toMatchObject({ code: "internal" });
  });
});

describe("ask: who is told", () => {
  it("tells each address and channel of the demanded group once, with the link", async () => {
    const world = askWorld();
    await asks(world, "ask");
    expect(told(world)).toEqual({ mails: ["ada@example.com", "ben@example.com"], channels: ["C00PROD"] });
    for (const { text } of world.mails) expect(text).toContain(`${URL}/approvals/${ID}`);
    expect(world.approval?.notices.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual(
      Array(3).fill("ask sent"),
    );
  });

  it("tells the escalation group too, once it may vote", async () => {
    const world = askWorld();
    await asks(world, "ask");
    world.nowMs += 1_800_000;
    await asks(world, "escalate", "task-token-2");
    expect(world.approval?.escalated).toEqual(["prod-approvers"]);
    expect(told(world)).toEqual({
      mails: ["ada@example.com", "ada@example.com", "ben@example.com", "ben@example.com", "sam@example.com"],
      channels: ["C00PROD", "C00PROD", "C00SENIOR"],
    });
  });

  it("reminds below the first Slack message, so that one message is to be updated", async () => {
    const world = askWorld();
    await asks(world, "ask");
    world.nowMs += 900_000;
    await asks(world, "remind", "task-token-2");
    world.nowMs += 900_000;
    await asks(world, "remind", "task-token-3");
    expect(world.posts.map(({ thread }) => thread)).toEqual([undefined, "1000.1", "1000.1"]);
    expect(world.approval?.notices).toHaveLength(6);
    expect(JSON.stringify(world.posts[1]?.message.blocks)).not.toContain("countersign_approve");
  });

  it.each(["ask", "remind", "escalate", "queue"])(
    "tells nobody twice when `%s` is repeated",
    async (step) => {
      const world = askWorld();
      await asks(world, step);
      const first = told(world);
      world.nowMs += 60_000;
      await asks(world, step, "task-token-2");
      expect(told(world)).toEqual(first);
    },
  );

  it("keeps a queued call waiting for a week at most", async () => {
    const world = askWorld();
    world.approval = approvalOf({ demand: { ...approvalOf().demand, otherwise: "queue" } });
    await asks(world, "queue");
    expect(world.approval?.expiresAt).toBe(NOW + 7 * 86_400);
  });
});

describe("ask: channels that fail", () => {
  it.each([
    ["mail", { mails: [], channels: ["C00PROD"] }],
    ["post", { mails: ["ada@example.com", "ben@example.com"], channels: [] }],
  ])("one that fails (%s) does not stop the other, and is noted", async (failing, expected) => {
    const world = askWorld();
    world.before = (name) => {
      if (name === failing) throw new Error("down");
    };
    expect(await asks(world, "ask")).toEqual({ status: "pending" });
    expect(told(world)).toEqual(expected);
    const channel = failing === "mail" ? "mail" : "slack";
    const noted = world.approval?.notices.map((notice) => [notice.channel === channel, notice.outcome]);
    expect(new Set(noted?.map(String))).toEqual(new Set(["true,failed", "false,sent"]));
    expect(world.resumed).toEqual([]);
  });

  it("one that hangs does not keep the other from being told", async () => {
    const world = askWorld();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.before = (name) => (name === "post" ? held : undefined);
    const asking = asks(world, "ask");
    await expect.poll(() => told(world).mails).toEqual(["ada@example.com", "ben@example.com"]);
    release();
    await asking;
    expect(told(world).channels).toEqual(["C00PROD"]);
  });

  it.each(["ask", "remind", "escalate"])(
    "ends `%s` as unreachable when nobody at all can be told",
    async (step) => {
      const world = askWorld();
      world.before = (name) => {
        if (name === "mail" || name === "post") throw new Error("down");
      };
      expect(await asks(world, step)).toEqual({ status: "unreachable" });
      expect(world.resumed).toEqual([{ token: "task-token-1", status: "unreachable" }]);
    },
  );

  it.each([null, { ...APPROVALS, groups: [APPROVALS.groups[1]] as unknown as typeof APPROVALS.groups }])(
    "ends as unreachable when the configuration has nobody to tell",
    async (config) => {
      const world = askWorld(config);
      expect(await asks(world, "ask")).toEqual({ status: "unreachable" });
    },
  );

  it("is not unreachable when only a reminder fails", async () => {
    const world = askWorld();
    await asks(world, "ask");
    world.nowMs += 900_000;
    world.before = (name) => {
      if (name === "mail" || name === "post") throw new Error("down");
    };
    expect(await asks(world, "remind", "task-token-2")).toEqual({ status: "pending" });
    expect(world.resumed).toEqual([]);
  });

  it("keeps waiting in `queue` though nobody can be told: the next round tries again", async () => {
    const world = askWorld();
    world.before = (name) => {
      if (name === "mail" || name === "post") throw new Error("down");
    };
    expect(await asks(world, "queue")).toEqual({ status: "pending" });
    expect(world.resumed).toEqual([]);
  });
});
