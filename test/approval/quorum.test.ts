// Whether votes are enough: a person of its own for each group, and so many people in all.

import { describe, expect, it } from "vitest";
import { isSatisfied } from "../../lambdas/approval/quorum.ts";
import type { Vote } from "../../lambdas/model/approval.ts";
import { voteOf } from "./approvals.ts";

const NO_ESCALATIONS: ReadonlyMap<string, string> = new Map();
const as = (ballot: Vote, person: Partial<Vote["person"]>): Vote => ({
  ...ballot,
  person: { ...ballot.person, ...person },
});

describe("a quorum", () => {
  const by = (...people: [string, string[]][]) =>
    people.map(([id, own]) => as(voteOf(id, "approve"), { id, groups: own }));
  const both = { groups: ["a", "b"] as [string, string], quorum: 2 };
  it.each<[string, boolean, readonly Vote[], typeof both, ReadonlyMap<string, string>]>([
    [
      "is not met by one person in both groups",
      false,
      by(["x", ["a", "b"]]),
      { ...both, quorum: 1 },
      NO_ESCALATIONS,
    ],
    [
      "is met by two people in both groups",
      true,
      by(["x", ["a", "b"]], ["y", ["a", "b"]]),
      both,
      NO_ESCALATIONS,
    ],
    ["finds who must stand for which group", true, by(["x", ["a", "b"]], ["y", ["a"]]), both, NO_ESCALATIONS],
    ["is not met by two people of one group", false, by(["x", ["a"]], ["y", ["a"]]), both, NO_ESCALATIONS],
    ["is not met by the same person twice", false, by(["x", ["a"]], ["x", ["b"]]), both, NO_ESCALATIONS],
    [
      "counts the escalation group for its group",
      true,
      by(["x", ["a"]], ["y", ["c"]]),
      both,
      new Map([["b", "c"]]),
    ],
    [
      "counts nobody of other groups",
      false,
      by(["x", ["a"]], ["y", ["b"]], ["z", ["q"]]),
      { ...both, quorum: 3 },
      NO_ESCALATIONS,
    ],
    ["is never met by nobody", false, [], { ...both, quorum: 0 }, NO_ESCALATIONS],
  ])("%s", (_sentence, expected, votes, asked, escalations) => {
    expect(isSatisfied(votes, asked, escalations)).toBe(expected);
  });
});
