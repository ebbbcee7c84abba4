// What a grant counts for, who somebody is, and what an opened approval shows.

import { describe, expect, it } from "vitest";
import { grantKeyOf, grantOf } from "../../lambdas/approval/grants.ts";
import { heldCallOf, openApproval } from "../../lambdas/approval/open.ts";
import { personOfLogin, personOfSlack } from "../../lambdas/approval/people.ts";
import type { GrantOffer } from "../../lambdas/model/approval.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import { callWith, required, resource } from "../upstream/calls.ts";
import { APPROVALS, approvalOf, NOW, voteOf } from "./approvals.ts";

const role = "arn:aws:iam::111122223333:role/r" as RoleArn;
const base = {
  principal: { issuer: "i", subject: "s" },
  role,
  call: callWith({}),
  demand: approvalOf().demand,
};

describe("a grant's key", () => {
  it("is another for any other principal, role, operation, place, action, resource or demand", () => {
    const call = callWith({});
    const others = [
      base,
      { ...base, principal: { issuer: "is", subject: "" } },
      { ...base, principal: { issuer: "i", subject: "s2" } },
      { ...base, role: `${role}2` as RoleArn },
      ...[
        { service: "s3control" },
        { operation: "PutObject" },
        { region: "us-east-1" },
        { account: "999999999999" },
        { actions: [required("s3:PutObject", resource(["arn:aws:s3:::bucket/key"]))] as const },
        { actions: [required("s3:GetObject", resource(["arn:aws:s3:::bucket/key2"]))] as const },
        {
          actions: [
            call.actions[0],
            required("s3:GetObjectTagging", resource(["arn:aws:s3:::bucket/key"])),
          ] as const,
        },
      ].map((replaced) => ({ ...base, call: callWith(replaced) })),
      { ...base, demand: { ...base.demand, quorum: 2 } },
      { ...base, demand: { ...base.demand, groups: ["prod-approvers", "seniors"] as [string, string] } },
      { ...base, demand: { ...base.demand, run: "stored" as const } },
    ];
    expect(new Set(others.map(grantKeyOf)).size).toBe(others.length);
  });

  it("is the same in any order of resources and whatever the parameters", () => {
    const [a, b] = [resource(["arn:a"]), resource(["arn:b"])];
    const keyOf = (...resources: [typeof a, typeof b]) =>
      grantKeyOf({
        ...base,
        call: callWith({ actions: [required("s3:GetObject", ...resources)], parameters: { x: "y" } }),
      });
    expect(keyOf(a, b)).toBe(keyOf(b, a));
  });

  it("is refused where a resource is only a pattern", () => {
    const call = callWith({ actions: [required("s3:ListBuckets", resource(["arn:aws:s3:::", ""]))] });
    expect(grantKeyOf({ ...base, call })).toBeUndefined();
  });
});

describe("an offered grant", () => {
  const offering = (...offers: (GrantOffer | null)[]) =>
    grantOf({ kind: "call", votes: offers.map((grant, at) => ({ ...voteOf(`p${at}`, "approve"), grant })) });
  it.each<[string, GrantOffer | null, GrantOffer | null]>([
    [
      "is the smallest of each",
      offering({ calls: 5, seconds: 60 }, { calls: 2, seconds: 600 }),
      { calls: 2, seconds: 60 },
    ],
    ["is nothing unless everybody offers", offering({ calls: 5, seconds: 60 }, null), null],
    ["is nothing beyond five calls", offering({ calls: 6, seconds: 60 }), null],
    ["is nothing beyond an hour", offering({ calls: 1, seconds: 3_601 }), null],
    ["is nothing for half a call", offering({ calls: 0.5, seconds: 60 }), null],
    ["is nothing without votes", offering(), null],
  ])("%s", (_sentence, given, expected) => expect(given).toEqual(expected));
});

describe("a person", () => {
  const issuer = "https://login.example.com";
  it("is the same by login and by Slack", () => {
    const login = personOfLogin({ issuer, subject: "Ada", groups: ["seniors", "unknown"] }, APPROVALS);
    expect(login).toEqual({ id: "Ada", name: "Ada", groups: ["prod-approvers", "seniors"] });
    expect(personOfSlack("U00ADA", APPROVALS)).toEqual({
      id: "Ada",
      name: "Ada",
      groups: ["prod-approvers"],
    });
  });

  it("is nobody for Slack's unknown members, and one login's person where none is configured", () => {
    expect(personOfSlack("U00EVE", APPROVALS)).toBeUndefined();
    const person = personOfLogin({ issuer: "https://other", subject: "Ada", groups: ["seniors"] }, APPROVALS);
    expect(person).toEqual({ id: "https://other|Ada", name: "Ada", groups: ["seniors"] });
  });
});

describe("an opened approval", () => {
  const shown = (parameters: unknown) => heldCallOf(callWith({}), parameters, []);
  it("shows parameters by path, in order, with odd names in quotes", () => {
    const { parameters, parametersOmitted } = shown({
      A: { "b.c": "1" },
      L: [{ K: 2 }, true],
      E: {},
      N: null,
    });
    expect(parameters).toEqual([
      { path: 'A["b.c"]', value: "1" },
      { path: "L[0].K", value: "2" },
      { path: "L[1]", value: "true" },
      { path: "E", value: "{}" },
      { path: "N", value: "null" },
    ]);
    expect(parametersOmitted).toBe(0);
  });

  it("counts the rows and characters that it leaves out, and stays small", () => {
    const many = shown({ L: Array.from({ length: 250 }, (_, at) => at) });
    expect([many.parameters.length, many.parametersOmitted]).toEqual([200, 50]);
    expect(shown({ A: "x".repeat(2_001) }).parameters[0]?.value).toMatch(/^x{2000}… \(1 more characters\)$/);
    const hostile = shown(
      Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, "\u0000".repeat(3_000)])),
    );
    expect(JSON.stringify(hostile).length).toBeLessThan(80_000);
    expect(hostile.parameters.length + hostile.parametersOmitted).toBe(300);
  });

  it("ends in the policy's time, or after a week where it is queued", () => {
    const { id, fingerprint, demand, call, record, role: held } = approvalOf();
    const principal = { issuer: "i", subject: "s", groups: [], claims: {} };
    const session = {
      id: approvalOf().session,
      principal,
      role: held,
      keyArn: "",
      sourceIp: "",
      userAgent: "",
      openedAt: 0,
      expiresAt: 0,
    };
    const open = (otherwise: "reject" | "queue") =>
      openApproval({
        ...{
          id,
          kind: "call",
          fingerprint,
          session,
          agent: { name: "a", owner: null },
          sourceIp: "",
          userAgent: "",
        },
        ...{ demand: { ...demand, otherwise }, policies: [], policyVersion: "1", call, record, now: NOW },
      });
    expect(open("reject").expiresAt).toBe(NOW + 3_600);
    expect(open("queue").expiresAt).toBe(NOW + 7 * 86_400);
    expect(open("queue").status).toBe("pending");
  });
});
