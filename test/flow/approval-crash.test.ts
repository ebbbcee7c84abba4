// What a crash between two writes used to leave behind.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { ask } from "../../lambdas/flow/ask.ts";
import type { Approval } from "../../lambdas/model/approval.ts";
import { approvalOf, ID, NOW } from "../approval/approvals.ts";
import { askWorld } from "./ask-world.ts";
import { started } from "./hold-world.ts";
import { getItem } from "./requests.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

describe("a workflow that was never started", () => {
  it("is started by a retry that was attached already", async () => {
    const starts: string[] = [];
    let dead = true;
    const { world, session } = await started({
      workflow: {
        start: async (id) => {
          if (dead) throw new Error("the function died here");
          starts.push(id);
        },
      },
    });
    const { gateway } = world;
    const request = getItem(gateway, session);
    await gateway.send(request); // opens it, and dies before the start
    dead = false;
    await gateway.send(request); // too soon to tell: it attaches and waits
    expect(starts).toEqual([]);
    await gateway.send(request);
    expect(starts).toEqual([world.only().id]);
  });
});

describe("the workflow's looks at an approved call", () => {
  const notices: Approval["notices"] = [
    { step: "ask", channel: "slack", to: "C00PROD", outcome: "sent", reference: "1000.1", at: NOW },
  ];

  it.each([
    ["at the first one", 150, 1],
    ["not again at those that follow", 300, 0],
  ])("update the messages %s", async (_name, after, updates) => {
    const world = askWorld();
    world.approval = approvalOf({ status: "approved", decidedAt: NOW, notices });
    world.nowMs = (NOW + after) * 1_000;
    const { status } = await ask(
      { step: "close", approvalId: ID, reason: "timeout", taskToken: "" },
      world.dependencies,
    );
    expect([status, world.updates.length, world.records.size]).toEqual(["approved", updates, 0]);
  });
});
