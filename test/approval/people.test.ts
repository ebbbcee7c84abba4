import { describe, expect, it } from "vitest";
import { answersFor, isOwner, personOfLogin } from "../../lambdas/approval/people.ts";
import type { ApprovalsConfig } from "../../lambdas/model/deployment.ts";
import { APPROVALS } from "./approvals.ts";

const IDP = "https://login.example.com";
const login = (subject: string, issuer = IDP) => ({ issuer, subject, groups: [] });
const approvals: ApprovalsConfig = {
  ...APPROVALS,
  people: [
    {
      name: "ana@example.com",
      identities: [
        { issuer: IDP, subject: "00u1a" },
        { issuer: "https://other.example.com", subject: "ana" },
      ],
      slackUser: "U012AB3CD",
      groups: [],
    },
  ],
};

describe("whose agent it is", () => {
  it("is the person's whom the configuration names, by each of their logins", () => {
    expect(answersFor(login("00u1a"), "ana@example.com", approvals)).toBe(true);
    expect(answersFor(login("ana", "https://other.example.com"), "ana@example.com", approvals)).toBe(true);
    expect(answersFor(login("00u1b"), "ana@example.com", approvals)).toBe(false);
    expect(answersFor(login("00u1a", "https://other.example.com"), "ana@example.com", approvals)).toBe(false);
  });

  it("is nobody's who only has the name of a configured person for a subject", () => {
    const impostor = login("ana@example.com");
    expect(answersFor(impostor, "ana@example.com", approvals)).toBe(false);
    // As a voter that login is taken for the owner all the same: there, a doubt refuses.
    expect(isOwner(personOfLogin(impostor, approvals), "ana@example.com", approvals)).toBe(true);
  });

  it("is that login's which the owner names, where nobody is configured", () => {
    for (const known of [null, approvals]) {
      expect(answersFor(login("ben"), "ben", known)).toBe(true);
      expect(answersFor(login("ben"), `${IDP}|ben`, known)).toBe(true);
      expect(answersFor(login("auth0|1"), "auth0|1", known)).toBe(true);
      expect(answersFor(login("ben", `${IDP}/`), `${IDP}|ben`, known)).toBe(false);
      expect(answersFor(login(`${IDP}|ben`), `${IDP}|ben`, known)).toBe(false);
    }
  });

  it.each(["Ben", "ben ", "BEN", "", "be", "ｂｅｎ", "U012AB3CD"])(
    "is not ben's when its owner is `%s`",
    (owner) => {
      expect(answersFor(login("ben"), owner, approvals)).toBe(false);
    },
  );

  it("is not told by what chat calls a person", () => {
    expect(answersFor(login("00u1a"), "U012AB3CD", approvals)).toBe(false);
  });
});
