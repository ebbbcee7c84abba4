import { describe, expect, it } from "vitest";
import type { SlackBlock } from "../../lambdas/approval/notices/ports.ts";
import { slackAction } from "../../lambdas/flow/slack-vote.ts";
import type { Approval } from "../../lambdas/model/approval.ts";
import { APPROVALS, approvalOf, ID, NOW, voteOf } from "../approval/approvals.ts";
import {
  bodyOf,
  pressPayload,
  SIGNING_SECRET,
  signedRequest,
  submissionPayload,
} from "../approval/slack/presses.ts";
import { askWorld, deploymentOf } from "./ask-world.ts";

const NOTICE: Approval["notices"][number] = {
  step: "ask",
  channel: "slack",
  to: "C00PROD",
  outcome: "sent",
  reference: "1000.1",
  at: NOW,
};

function slackWorld(changes: Partial<Approval> = {}, approvals: typeof APPROVALS | null = APPROVALS) {
  const world = askWorld();
  world.approval = approvalOf({ notices: [NOTICE], ...changes });
  world.sealedToken = "sealed";
  const views: { trigger: string; view: SlackBlock }[] = [];
  const seen = new Set<string>();
  const { store, workflow, clock, publicUrl, slack } = world.dependencies;
  const dependencies: Parameters<typeof slackAction>[1] = {
    store,
    workflow,
    clock,
    publicUrl,
    deployment: deploymentOf(approvals),
    sealer: { open: async () => Buffer.from("task-token-9") },
    slackSecret: async () => ({ signingSecret: SIGNING_SECRET }),
    slack: {
      ...slack,
      open: async (trigger, view) => {
        views.push({ trigger, view });
      },
    },
    deliveries: {
      first: async (delivery) => {
        const isFirst = !seen.has(delivery);
        seen.add(delivery);
        return isFirst;
      },
    },
  };
  const send = (payload: unknown, headers: Record<string, string[]> = {}) =>
    slackAction(signedRequest(bodyOf(payload), headers), dependencies);
  return { world, views, dependencies, send, text: () => JSON.stringify(views) };
}

const approve = (user = "U00ADA") =>
  pressPayload("countersign_approve", { user: { id: user, team_id: "T00TEAM" } });

describe("Approve in Slack", () => {
  it("casts the vote of the configured person and wakes the workflow", async () => {
    const { world, send } = slackWorld();
    expect((await send(approve())).status).toBe(200);
    expect(world.approval).toMatchObject({
      status: "approved",
      votes: [
        { person: { id: "Ada", groups: ["prod-approvers"] }, choice: "approve", via: "slack", at: NOW },
      ],
    });
    expect(world.resumed).toEqual([{ token: "task-token-9", status: "approved" }]);
    expect(JSON.stringify(world.updates)).not.toMatch(/countersign_(approve|reject)/);
  });

  it("keeps the buttons, and shows the vote, while more people are needed", async () => {
    const { world, send } = slackWorld({ demand: { ...approvalOf().demand, quorum: 2 } });
    await send(approve());
    expect(world.approval?.status).toBe("pending");
    expect(world.resumed).toEqual([]);
    expect(JSON.stringify(world.updates)).toMatch(/Approved by `Ada`.*countersign_approve/);
    await send(approve("U00BEN"));
    expect(world.approval?.status).toBe("approved");
  });

  it.each([
    ["the owner", "U00OLGA", /owner of the agent/],
    ["somebody of another group", "U00SAM", /none of the groups/],
    ["a member nobody knows", "U00EVE", /not listed as an approver/],
  ])("of %s is not counted, and they are told why", async (_who, user, why) => {
    const { world, send, text } = slackWorld();
    expect((await send(approve(user))).status).toBe(200);
    expect(world.approval).toMatchObject({ status: "pending", votes: [] });
    expect(text()).toMatch(why);
  });

  it("of a person who voted on the page is not counted again", async () => {
    const { world, send, text } = slackWorld({
      demand: { ...approvalOf().demand, quorum: 2 },
      votes: [voteOf("Ada", "approve")],
    });
    await send(approve());
    expect(world.approval?.votes).toHaveLength(1);
    expect(text()).toMatch(/voted already/);
  });

  it("pressed again heals a wake-up that was lost", async () => {
    const { world, send } = slackWorld({ status: "approved", votes: [voteOf("Ada", "approve")] });
    await send(approve());
    expect(world.resumed).toEqual([{ token: "task-token-9", status: "approved" }]);
  });

  it("stands though the workflow and Slack do not answer", async () => {
    const { world, send } = slackWorld();
    world.before = (name) => {
      if (name === "resume" || name === "update") throw new Error("down");
    };
    expect((await send(approve())).status).toBe(200);
    expect(world.approval?.status).toBe("approved");
  });

  it("fails when it is not known whether the vote was stored", async () => {
    const { world, send } = slackWorld();
    world.before = (name) => {
      if (name === "change") throw new Error("down");
    };
    await expect(send(approve())).rejects.toThrow("down");
  });
});

describe("Reject in Slack", () => {
  it("only opens a form for the reason", async () => {
    const { world, views, send } = slackWorld();
    await send(pressPayload("countersign_reject"));
    expect(world.approval).toMatchObject({ status: "pending", votes: [] });
    expect(views).toMatchObject([{ trigger: "1.2.abc", view: { type: "modal", private_metadata: ID } }]);
  });

  it("with a comment ends it", async () => {
    const { world, send } = slackWorld();
    const answer = await send(submissionPayload("not on a Friday"));
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toHaveLength(0);
    expect(world.approval).toMatchObject({
      status: "rejected",
      votes: [{ choice: "reject", comment: "not on a Friday", via: "slack" }],
    });
    expect(world.resumed).toEqual([{ token: "task-token-9", status: "rejected" }]);
  });

  it.each([null, "", "  \n "])("without a comment (%j) is told so in the form", async (comment) => {
    const { world, send } = slackWorld();
    const answer = await send(submissionPayload(comment));
    expect(JSON.parse(String(answer.body))).toMatchObject({
      response_action: "errors",
      errors: { countersign_comment: expect.stringContaining("say why") },
    });
    expect(world.approval?.status).toBe("pending");
  });
});

describe("what does not come from our Slack app", () => {
  it.each([
    ["an unsigned request", { "x-slack-signature": [] }, 401],
    ["a signature of something else", { "x-slack-signature": [`v0=${"0".repeat(64)}`] }, 401],
    ["a repeated timestamp", { "x-slack-request-timestamp": [String(NOW), String(NOW)] }, 401],
  ])("is refused: %s", async (_name, headers, status) => {
    const { world, send } = slackWorld();
    expect((await send(approve(), headers)).status).toBe(status);
    expect(world.approval?.votes).toEqual([]);
  });

  it("is refused when it is older than five minutes", async () => {
    const { world, send } = slackWorld();
    world.nowMs += 301_000;
    expect((await send(approve())).status).toBe(401);
  });

  it.each([{ team: { id: "T99" } }, { api_app_id: "A99" }, { user: { id: "U00ADA", team_id: "T99" } }])(
    "is refused from another workspace or app: %j",
    async (changes) => {
      const { world, send } = slackWorld();
      expect((await send({ ...approve(), ...changes })).status).toBe(403);
      expect(world.approval?.votes).toEqual([]);
    },
  );

  it("is refused the second time", async () => {
    const { send, world } = slackWorld({ demand: { ...approvalOf().demand, quorum: 2 } });
    expect((await send(approve())).status).toBe(200);
    expect((await send(approve())).status).toBe(409);
    expect(world.approval?.votes).toHaveLength(1);
  });

  it("is refused where Slack is not configured", async () => {
    expect((await slackWorld({}, null).send(approve())).status).toBe(404);
    expect((await slackWorld({}, { ...APPROVALS, slack: null }).send(approve())).status).toBe(404);
  });

  it("is refused by any method but POST", async () => {
    const { dependencies, world } = slackWorld();
    const request = { ...signedRequest(bodyOf(approve())), method: "GET" };
    expect((await slackAction(request, dependencies)).status).toBe(405);
    expect(world.approval?.votes).toEqual([]);
  });
});
