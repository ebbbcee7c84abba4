// Races for one approval over the DynamoDB adapters: whoever wins, AWS is sent the call once at most, and what the approval
// says is what happened. COUNTERSIGN_RACES=200 runs each as often; the suite runs a few.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { isFinal } from "../../lambdas/approval/transitions.ts";
import { createAnswers } from "../../lambdas/aws/answers.ts";
import { createApprovalStore } from "../../lambdas/aws/approval-store.ts";
import { createAttachments } from "../../lambdas/aws/attachments.ts";
import { createWaitingPlaces } from "../../lambdas/aws/waiting-places.ts";
import { ask } from "../../lambdas/flow/ask.ts";
import { castVote } from "../../lambdas/flow/vote.ts";
import type { Approval } from "../../lambdas/model/approval.ts";
import { newApprovalId, newNonce, random } from "../../lambdas/net/randomness.ts";
import { APPROVALS } from "../approval/approvals.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { askWorld } from "./ask-world.ts";
import { NOW } from "./gateway.ts";
import { started } from "./hold-world.ts";
import { getItem } from "./requests.ts";

const RUNS = Number(process.env.COUNTERSIGN_RACES ?? 3);
const LONG = 600_000;

let tables: DynaliteTables;
beforeAll(async () => {
  tables = await dynaliteTables();
});
afterAll(() => tables.close());
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

let race = 0;

/** One agent that asks for one thing, in tables that it shares with the races before. */
async function ring(quorum = 1) {
  race += 1;
  const clock = { ms: NOW * 1_000, nowMs: () => clock.ms };
  const pause = async (): Promise<void> => {
    await sleep(20);
  };
  const state = { client: tables.client, table: STATE_TABLE, clock };
  const store = createApprovalStore({ ...state, pause, random, newNonce });
  const resumed: string[] = [];
  const workflow = {
    resume: async (token: string) => {
      resumed.push(token);
      return "resumed" as const;
    },
  };
  const sealer = {
    seal: async (_purpose: string, _id: string, plain: Uint8Array) => Buffer.from(plain).toString("hex"),
    open: async (_purpose: string, _id: string, sealed: string) => Buffer.from(sealed, "hex"),
  };
  const made = await started({
    pause,
    approvals: store,
    newApprovalId,
    attachments: createAttachments(state),
    answers: createAnswers({ ...state, sealer, newNonce }),
    places: createWaitingPlaces({ ...state, places: 200, newNonce, random }),
  });
  made.world.demand = { ...made.world.demand, quorum };
  const key = `A-${race}`;
  const { deployment } = made.world.gateway.dependencies;
  const voters = { store, workflow, sealer, clock, deployment: { ...deployment, approvals: APPROVALS } };
  const asking = { ...askWorld().dependencies, store, workflow, sealer, clock };
  const open = async (): Promise<Approval> => {
    for (;;) {
      const input = made.world.gateway.held.started[0];
      const approval = input === undefined ? undefined : await store.find(input.approvalId);
      if (approval !== undefined) return approval;
      await sleep(1);
    }
  };
  return {
    ...{ store, resumed, open, sent: made.sent },
    call: () => made.send(key),
    /** As an SDK does: the same request again, as long as it is told to come again. */
    async caller() {
      const { gateway } = made.world;
      gateway.clock.ms += 1;
      const request = getItem(gateway, made.session, { key });
      for (let attempt = 1; ; attempt += 1) {
        const answer = await gateway.send(request);
        if (answer.status !== 503 || attempt === 50) return answer;
        await sleep(100 + random() * 50);
      }
    },
    now: async () => store.find((await open()).id),
    async vote(name: string, choice: "approve" | "reject" = "approve") {
      const { id } = await open();
      await sleep(random() * 4);
      const person = { id: name, name, groups: ["prod-approvers"] };
      const comment = choice === "reject" ? "no" : null;
      await castVote({ id, vote: { person, choice, comment, via: "page", grant: null } }, voters);
    },
    async step(step: string, taskToken: string) {
      const { id } = await open();
      await sleep(random() * 4);
      return ask({ step, approvalId: id, taskToken, reason: "timeout" }, asking);
    },
  };
}

async function often(run: () => Promise<void>): Promise<void> {
  for (let time = 0; time < RUNS; time += 1) await run();
}

function verdict(approval: Approval | undefined, sent: number): void {
  expect(approval === undefined ? "none" : isFinal(approval.status)).toBe(true);
  expect(sent).toBe(approval?.status === "done" ? 1 : 0);
}

describe("races for one approval", () => {
  it("two approvers at once, where one is enough", { timeout: LONG }, async () => {
    await often(async () => {
      const { call, vote, now, sent } = await ring();
      const [answer] = await Promise.all([call(), vote("Ada"), vote("Ben")]);
      expect(answer.status).toBe(200);
      const approval = await now();
      verdict(approval, sent.length);
      expect(approval?.votes).toHaveLength(1);
    });
  });

  it("two approvers at once, where both are needed", { timeout: LONG }, async () => {
    await often(async () => {
      const { call, vote, now, sent } = await ring(2);
      const [answer] = await Promise.all([call(), vote("Ada"), vote("Ben"), vote("Ada")]);
      expect(answer.status).toBe(200);
      const approval = await now();
      verdict(approval, sent.length);
      expect(approval?.votes.map(({ person }) => person.id).toSorted()).toEqual(["Ada", "Ben"]);
    });
  });

  it("an approval against a rejection", { timeout: LONG }, async () => {
    await often(async () => {
      const { call, vote, now, sent } = await ring();
      const [answer] = await Promise.all([call(), vote("Ada"), vote("Ben", "reject")]);
      const approval = await now();
      verdict(approval, sent.length);
      expect([200, 403, 400]).toContain(answer.status);
      expect(["done", "rejected"]).toContain(approval?.status);
    });
  });

  it("an approval against the end of its time", { timeout: LONG }, async () => {
    await often(async () => {
      const { call, vote, step, now, sent } = await ring();
      await Promise.all([call(), vote("Ada"), step("close", "")]);
      const approval = await now();
      verdict(approval, sent.length);
      expect(["done", "expired"]).toContain(approval?.status);
    });
  });

  it("a vote between two task tokens wakes the one that waits", { timeout: LONG }, async () => {
    await often(async () => {
      const { call, vote, step, now, sent, resumed } = await ring();
      const answered = call();
      await step("ask", "token-1");
      await Promise.all([vote("Ada"), step("remind", "token-2")]);
      await answered;
      verdict(await now(), sent.length);
      expect(resumed).toContain("token-2");
    });
  });

  it("fifty callers that wait for the same", { timeout: LONG }, async () => {
    await often(async () => {
      const { caller, vote, now, sent } = await ring();
      const callers = Promise.all(Array.from({ length: 50 }, () => caller()));
      await sleep(300);
      const [answers] = await Promise.all([callers, vote("Ada")]);
      verdict(await now(), sent.length);
      expect(sent).toHaveLength(1);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    });
  });
});
