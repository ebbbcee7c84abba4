// When a session ends, and what of the request it keeps.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSession } from "../../lambdas/identity/open-session.ts";
import type { RoleArn, SessionId } from "../../lambdas/model/ids.ts";
import { ISSUER_CONFIG, NOW } from "./token/issue.ts";
import { ROLE, wire } from "./wire.ts";

const VERIFIED = {
  kind: "verified",
  principal: { issuer: ISSUER_CONFIG.issuer, subject: "agent", groups: ["a"], claims: {} },
  expiresAt: NOW + 300,
} as const;

const INPUT = {
  id: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" as SessionId,
  verified: VERIFIED,
  role: ROLE as RoleArn,
  request: wire({ headers: { "user-agent": "Boto3/1.40 md/Botocore#1.40" } }),
  issuer: ISSUER_CONFIG,
  sessionSeconds: 3600,
  durationSeconds: undefined,
  keyArn: "arn:aws:kms:eu-west-1:444455556666:key/0b6f1a52-0000-4000-8000-000000000000",
  now: NOW,
};

function endOf(input: Partial<Parameters<typeof openSession>[0]>): number | string {
  const opened = openSession({ ...INPUT, ...input });
  return opened.kind === "refused" ? opened.code : opened.session.expiresAt - NOW;
}

describe("a session", () => {
  it("holds who, which role, from where, and since when", () => {
    expect(openSession(INPUT)).toEqual({
      kind: "session",
      session: {
        id: INPUT.id,
        principal: VERIFIED.principal,
        role: ROLE,
        keyArn: INPUT.keyArn,
        sourceIp: "203.0.113.9",
        userAgent: "Boto3/1.40 md/Botocore#1.40",
        openedAt: NOW,
        expiresAt: NOW + 3600,
      },
    });
  });

  it("lasts as long as asked, and never longer than the deployment allows", () => {
    expect(endOf({ durationSeconds: 900 })).toBe(900);
    expect(endOf({ durationSeconds: 3600 })).toBe(3600);
    expect(endOf({ durationSeconds: 3601 })).toBe(3600);
    expect(endOf({ durationSeconds: 43_200 })).toBe(3600);
  });

  it("outlives its token, unless the issuer is configured otherwise", () => {
    const issuer = { ...ISSUER_CONFIG, capAtTokenExpiry: true };
    expect(endOf({})).toBe(3600);
    expect(endOf({ issuer })).toBe(300);
    expect(endOf({ issuer, verified: { ...VERIFIED, expiresAt: NOW + 7200 } })).toBe(3600);
    expect(endOf({ issuer, verified: { ...VERIFIED, expiresAt: NOW + 1 } })).toBe(1);
    expect(endOf({ issuer, verified: { ...VERIFIED, expiresAt: NOW } })).toBe("ExpiredTokenException");
  });

  it("keeps one line of at most 512 printable characters as user agent, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 700 }), (text) => {
        const request = wire({ headers: { "user-agent": text } });
        const opened = openSession({ ...INPUT, request });
        expect(opened).toMatchObject({
          session: { userAgent: expect.stringMatching(/^[\x20-\x7e]{0,512}$/) },
        });
      }),
    );
  });

  it("has an empty user agent when the client sent none, or two", () => {
    for (const headers of [{}, { "user-agent": ["a", "b"] }]) {
      expect(openSession({ ...INPUT, request: wire({ headers }) })).toMatchObject({
        session: { userAgent: "" },
      });
    }
  });
});
