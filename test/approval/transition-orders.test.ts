// Any order of events: never out of a final state, never two executions, never approved by too few.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escalationsOf, isSatisfied } from "../../lambdas/approval/quorum.ts";
import {
  type Change,
  cancel,
  claim,
  escalate,
  expire,
  finish,
  giveUp,
  isFinal,
  queue,
  vote,
  waits,
} from "../../lambdas/approval/transitions.ts";
import type { Approval, ApprovalStatus, Vote } from "../../lambdas/model/approval.ts";
import { APPROVALS, approvalOf, NOW, voteOf } from "./approvals.ts";

const cast = (approval: Approval, ballot: Vote, now = NOW) => vote(approval, ballot, APPROVALS, now);
const AGENT = { issuer: "https://agents.example.com", subject: "deploy-bot" };
const facts = { by: "call", approvals: APPROVALS } as const;
const as = (ballot: Vote, person: Partial<Vote["person"]>): Vote => ({
  ...ballot,
  person: { ...ballot.person, ...person },
});

type Event = (approval: Approval, now: number) => Change;
const names = ["Ada", "Ben", "Olga", "Sam", "Zed"];
const groups = ["prod-approvers", "seniors", "others"];
const ballot = fc
  .record({
    name: fc.constantFrom(...names),
    groups: fc.subarray(groups),
    choice: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "reject" as const),
    comment: fc.constantFrom(null, "no"),
  })
  .map(({ name, groups: own, choice, comment }) => as(voteOf(name, choice, comment), { groups: own }));
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: ballot.map(
      (cast_): Event =>
        (a, now) =>
          cast(a, cast_, now),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Event>((a, now) => claim(a, { ...facts, demand: a.demand, now })) },
  fc.constantFrom<Event>(
    (a, now) => expire(a, now),
    (a) => cancel(a, AGENT),
    (a) => giveUp(a, "x"),
    (a) => finish(a, "done", null, "x"),
    (a) => finish(a, "failed", null, "x"),
    (a) => finish(a, "in_doubt", null, "x"),
    (a) => escalate(a, "prod-approvers"),
    (a, now) => queue(a, now + 1_000),
    (a, now) => waits(a, now),
  ),
);
const demands = fc.record({
  groups: fc.constantFrom<[string, ...string[]]>(["prod-approvers"], ["prod-approvers", "seniors"]),
  quorum: fc.integer({ min: 1, max: 3 }),
  withinSeconds: fc.constant(3_600),
  otherwise: fc.constantFrom("reject" as const, "queue" as const),
  run: fc.constant("attended" as const),
});

describe("any order of events", () => {
  const follow = (asked: Approval["demand"], events: readonly [Event, number][]): readonly Approval[] => {
    const states = [approvalOf({ demand: asked })];
    let now = NOW;
    for (const [step, seconds] of events) {
      now += seconds;
      const last = states.at(-1) as Approval;
      const change = step(last, now);
      if (change.kind === "change") states.push(change.approval);
    }
    return states;
  };
  const histories = fc
    .tuple(demands, fc.array(fc.tuple(event, fc.constantFrom(0, 1, 600)), { maxLength: 25 }))
    .map(([asked, events]) => follow(asked, events));

  it("never leaves a final state, runs at most once, and approves only what the votes satisfy", () => {
    fc.assert(
      fc.property(histories, (states) => {
        const path = states.map(({ status }) => status).filter((status, at, all) => status !== all[at - 1]);
        expect(path.slice(0, -1).some((status: ApprovalStatus) => isFinal(status))).toBe(false);
        expect(path.filter((status) => status === "running").length).toBeLessThanOrEqual(1);
        for (const state of states.filter(({ status }) => status === "approved" || status === "running")) {
          expect(isSatisfied(state.votes, state.demand, escalationsOf(state, APPROVALS))).toBe(true);
        }
        const voters = (states.at(-1) as Approval).votes.map(({ person }) => person.id);
        expect(new Set(voters).size).toBe(voters.length);
        expect(voters).not.toContain("Olga");
      }),
      { numRuns: 2_000 },
    );
  });

  it("comes to the same state for the same approvals in any order", () => {
    const some = fc
      .uniqueArray(fc.constantFrom("Ada", "Ben", "Sam", "Zed"), { maxLength: 4 })
      .chain((people) =>
        fc.tuple(fc.shuffledSubarray(people, { minLength: people.length }), fc.constant(people)),
      );
    fc.assert(
      fc.property(
        demands,
        some,
        fc.array(fc.subarray(groups), { minLength: 4, maxLength: 4 }),
        (asked, [one, other], own) => {
          const end = (order: readonly string[]): string =>
            (
              follow(
                asked,
                order.map((name) => [
                  (a, now) =>
                    cast(
                      a,
                      as(voteOf(name, "approve"), { groups: own[names.indexOf(name)] ?? own[2] ?? [] }),
                      now,
                    ),
                  0,
                ]),
              ).at(-1) as Approval
            ).status;
          expect(end(one)).toBe(end(other));
        },
      ),
    );
  });
});
