// What may become of an approval: every event on the states that matter, by table.

import { describe, expect, it } from "vitest";
import {
  type Change,
  cancel,
  claim,
  escalate,
  expire,
  finish,
  giveUp,
  noticed,
  queue,
  release,
  vote,
  waits,
} from "../../lambdas/approval/transitions.ts";
import type { Approval, Notice, Vote } from "../../lambdas/model/approval.ts";
import { APPROVALS, approvalOf, NOW, voteOf } from "./approvals.ts";

const reasonOf = (change: Change): string =>
  change.kind === "keep" ? change.reason : `-> ${change.approval.status}`;
const cast = (approval: Approval, ballot: Vote, now = NOW) => vote(approval, ballot, APPROVALS, now);
const AGENT = { issuer: "https://agents.example.com", subject: "deploy-bot" };
const demand = approvalOf().demand;
const facts = { by: "call", now: NOW, demand, approvals: APPROVALS } as const;
const approved = (changes: Partial<Approval> = {}) =>
  approvalOf({ status: "approved", votes: [voteOf("Ada", "approve")], decidedAt: NOW, ...changes });
const as = (ballot: Vote, person: Partial<Vote["person"]>): Vote => ({
  ...ballot,
  person: { ...ballot.person, ...person },
});

describe("a vote", () => {
  const yes = voteOf("Ada", "approve");
  it.each<[string, string, Approval, Vote, number]>([
    ["that completes the demand approves", "-> approved", approvalOf(), yes, NOW],
    [
      "short of the quorum waits on",
      "-> pending",
      approvalOf({ demand: { ...demand, quorum: 2 } }),
      yes,
      NOW,
    ],
    ["of rejection ends it", "-> rejected", approvalOf(), voteOf("Ada", "reject", "no"), NOW],
    ["of rejection needs a comment", "comment_missing", approvalOf(), voteOf("Ada", "reject"), NOW],
    [
      "of rejection needs more than spaces",
      "comment_missing",
      approvalOf(),
      voteOf("Ada", "reject", " \n"),
      NOW,
    ],
    [
      "has no endless comment",
      "comment_too_long",
      approvalOf(),
      voteOf("Ada", "approve", "x".repeat(1_001)),
      NOW,
    ],
    ["counts in the last second", "-> approved", approvalOf(), yes, NOW + 3_599],
    ["does not count in the first second after", "expired", approvalOf(), yes, NOW + 3_600],
    ["on a decided one does not count", "not_pending", approved(), voteOf("Ben", "approve"), NOW],
    ["of the owner by name", "is_owner", approvalOf(), voteOf("Olga", "approve"), NOW],
    [
      "of the owner in another case",
      "is_owner",
      approvalOf({ owner: " OLGA " }),
      voteOf("Olga", "approve"),
      NOW,
    ],
    [
      "of the owner who is configured by a login",
      "is_owner",
      approvalOf({ owner: "https://login.example.com|Ada" }),
      yes,
      NOW,
    ],
    [
      "of the agent itself",
      "is_agent",
      approvalOf(),
      as(yes, { id: "https://agents.example.com|deploy-bot" }),
      NOW,
    ],
    ["of somebody in no demanded group", "not_approver", approvalOf(), as(yes, { groups: ["seniors"] }), NOW],
    [
      "of the escalation group, once escalated",
      "-> approved",
      approvalOf({ escalated: ["prod-approvers"] }),
      as(yes, { groups: ["seniors"] }),
      NOW,
    ],
    ["cast again is no second one", "already_voted", approved(), yes, NOW],
    [
      "cast again otherwise is no second one",
      "voted_otherwise",
      approved(),
      voteOf("Ada", "reject", "no"),
      NOW,
    ],
    [
      "offers no more than five calls",
      "grant_out_of_bounds",
      approvalOf(),
      { ...yes, grant: { calls: 6, seconds: 60 } },
      NOW,
    ],
    [
      "of rejection offers nothing",
      "grant_out_of_bounds",
      approvalOf(),
      { ...voteOf("Ada", "reject", "no"), grant: { calls: 1, seconds: 60 } },
      NOW,
    ],
  ])("%s", (_sentence, expected, approval, ballot, now) => {
    expect(reasonOf(cast(approval, ballot, now))).toBe(expected);
  });

  it("of the owner does not count when the owner is named by another of their logins", () => {
    const twoLogins = {
      ...APPROVALS,
      people: APPROVALS.people.map((person) =>
        person.name === "Ada"
          ? { ...person, identities: [...person.identities, { ...AGENT, subject: "ada-alias" }] }
          : person,
      ),
    };
    const owned = approvalOf({ owner: "https://agents.example.com|ada-alias" });
    expect(reasonOf(vote(owned, voteOf("Ada", "approve"), twoLogins, NOW))).toBe("is_owner");
  });
});

describe("the execution", () => {
  it.each<[string, string, Change]>([
    ["is claimed once approved", "-> running", claim(approved(), facts)],
    ["is not claimed before", "not_approved", claim(approvalOf(), facts)],
    ["is not claimed twice", "already_running", claim(approved({ status: "running" }), facts)],
    ["is not claimed after the end", "ended", claim(approved({ status: "done" }), facts)],
    ["is not claimed when it has expired", "expired", claim(approved(), { ...facts, now: NOW + 3_600 })],
    [
      "is not claimed when policy demands more by now",
      "demand_unmet",
      claim(approved(), { ...facts, demand: { ...demand, quorum: 2 } }),
    ],
    [
      "is not claimed when policy demands another group by now",
      "demand_unmet",
      claim(approved(), { ...facts, demand: { ...demand, groups: ["seniors"] } }),
    ],
    ["ends as done", "-> done", finish(approved({ status: "running" }), "done", null, "x")],
    ["is not done without a claim", "not_running", finish(approved(), "done", null, "x")],
    ["may fail without a claim", "-> failed", finish(approved(), "failed", null, "x")],
    ["ends once", "ended", finish(approved({ status: "in_doubt" }), "done", null, "x")],
    ["is given back when it certainly did not run", "-> approved", release(approved({ status: "running" }))],
    ["is not given back after the end", "ended", release(approved({ status: "done" }))],
  ])("%s", (_sentence, expected, change) => {
    expect(reasonOf(change)).toBe(expected);
  });
});

describe("the end and the upkeep", () => {
  const queued = approvalOf({ demand: { ...demand, otherwise: "queue" } });
  const week = NOW + 7 * 86_400;
  it.each<[string, string, Change]>([
    ["expires in its last second", "-> expired", expire(approvalOf(), NOW + 3_600)],
    ["does not expire before", "not_due", expire(approvalOf(), NOW + 3_599)],
    ["expires approved, when nobody came back", "-> expired", expire(approved(), NOW + 3_600)],
    ["does not expire while it runs", "not_open", expire(approved({ status: "running" }), NOW + 9_999)],
    ["keeps the approved use of a role", "not_open", expire(approved({ kind: "session" }), NOW + 9_999)],
    ["is given up when nobody can be told", "-> expired", giveUp(approvalOf(), "x")],
    ["is not given up once approved", "not_pending", giveUp(approved(), "x")],
    ["is cancelled by who asked", "-> cancelled", cancel(approvalOf(), AGENT)],
    ["is not cancelled by another", "not_requester", cancel(approvalOf(), { ...AGENT, subject: "x" })],
    ["is not cancelled while it runs", "not_open", cancel(approved({ status: "running" }), AGENT)],
    ["escalates a demanded group", "-> pending", escalate(approvalOf(), "prod-approvers")],
    ["escalates no other group", "unknown_group", escalate(approvalOf(), "seniors")],
    [
      "escalates once",
      "no_change",
      escalate(approvalOf({ escalated: ["prod-approvers"] }), "prod-approvers"),
    ],
    ["is queued where the policy says so", "-> pending", queue(queued, NOW + 4_000)],
    ["is not queued elsewhere", "not_queued", queue(approvalOf(), NOW + 4_000)],
    ["is not queued beyond a week", "no_change", queue({ ...queued, expiresAt: week }, week + 1)],
    ["notes who waits longer", "-> pending", waits(approvalOf(), NOW + 25)],
    ["notes nobody who waits less long", "no_change", waits(approvalOf({ callerWaitsUntil: NOW + 25 }), NOW)],
  ])("%s", (_sentence, expected, change) => {
    expect(reasonOf(change)).toBe(expected);
  });

  it("replaces the notice of the same step, channel and receiver only", () => {
    const notice: Notice = {
      step: "ask",
      channel: "mail",
      to: "a@example.com",
      outcome: "failed",
      reference: null,
      at: NOW,
    };
    const other: Notice = { ...notice, to: "b@example.com" };
    const sent: Notice = { ...notice, outcome: "sent" };
    const change = noticed(approvalOf({ notices: [notice, other] }), [sent]);
    expect(change).toMatchObject({ approval: { notices: [other, sent] } });
  });
});
