// The function dies before or after any call it makes, at each step, and the workflow repeats the step with a new token.

import { describe, expect, it } from "vitest";
import { ask } from "../../lambdas/flow/ask.ts";
import type { Approval, NoticeStep } from "../../lambdas/model/approval.ts";
import { approvalOf, NOW, voteOf } from "../approval/approvals.ts";
import { type AskWorld, askWorld, EVENT } from "./ask-world.ts";

class Killed extends Error {}

/** Makes call number `at` the last one, before or after it was carried out. Nothing happens in a dead process any more. */
function killAt(world: AskWorld, at: number, when: "before" | "after"): { killed: boolean } {
  const state = { killed: false };
  let calls = -1;
  const die = (): void => {
    if (state.killed) throw new Killed();
  };
  world.before = () => {
    die();
    calls += 1;
    if (calls === at && when === "before") state.killed = true;
    die();
  };
  world.after = () => {
    if (calls === at && when === "after") state.killed = true;
    die();
  };
  return state;
}

const revive = (world: AskWorld): void => {
  world.before = () => {};
  world.after = () => {};
};

async function withEveryCrash(
  setUp: () => AskWorld,
  event: object,
  check: (world: AskWorld, at: string) => void,
): Promise<number> {
  let crashes = 0;
  for (const when of ["before", "after"] as const) {
    for (let at = 0; ; at += 1) {
      const world = setUp();
      const state = killAt(world, at, when);
      await ask({ ...EVENT, ...event }, world.dependencies).catch(() => {});
      if (!state.killed) break;
      crashes += 1;
      revive(world);
      world.nowMs += 5_000;
      await ask({ ...EVENT, ...event, taskToken: "task-token-2" }, world.dependencies);
      check(world, `${when} call ${at}`);
    }
  }
  return crashes;
}

describe("a step that is repeated after a crash", () => {
  it.each<NoticeStep>(["ask", "remind", "escalate", "queue"])(
    "`%s` leads to the same end, and tells nobody twice but the one whose notice was lost",
    async (step) => {
      const whole = askWorld();
      await ask({ ...EVENT, step }, whole.dependencies);
      const count = await withEveryCrash(
        () => askWorld(),
        { step },
        (world, at) => {
          const names = (list: Approval | undefined) =>
            list?.notices.map(({ channel, to, outcome }) => `${channel} ${to} ${outcome}`).toSorted();
          expect(names(world.approval), at).toEqual(names(whole.approval));
          expect(world.approval?.escalated, at).toEqual(whole.approval?.escalated);
          expect(world.sealedToken, at).toContain(Buffer.from("task-token-2").toString("hex"));
          expect(world.resumed, at).toEqual([]);
          for (const { to } of world.mails) {
            expect(world.mails.filter((mail) => mail.to === to).length, at).toBeLessThanOrEqual(2);
          }
          // at most the four that were on their way when it died
          const extra = world.mails.length + world.posts.length - whole.mails.length - whole.posts.length;
          expect(extra, at).toBeLessThanOrEqual(4);
        },
      );
      expect(count).toBeGreaterThan(10);
    },
  );

  it.each<[string, Partial<Approval>, string]>([
    ["pending", {}, "expired"],
    ["rejected", { status: "rejected", decidedAt: NOW, votes: [voteOf("Ada", "reject", "no")] }, "rejected"],
    ["abandoned", { status: "running", claim: { by: "call", at: NOW - 500 } }, "failed"],
  ])("`close` of one that is %s ends %s, with one record", async (_name, changes, status) => {
    const notices: Approval["notices"] = [
      { step: "ask", channel: "slack", to: "C00PROD", outcome: "sent", reference: "1000.1", at: NOW },
    ];
    const setUp = () => Object.assign(askWorld(), { approval: approvalOf({ ...changes, notices }) });
    const count = await withEveryCrash(setUp, { step: "close", reason: "timeout" }, (world, at) => {
      expect(world.approval?.status, at).toBe(status);
      expect(world.records.size, at).toBe(1);
      expect(world.updates.at(-1)?.reference, at).toBe("1000.1");
    });
    expect(count).toBeGreaterThan(6);
  });
});
