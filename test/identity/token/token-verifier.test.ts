// The token check, attack by attack (SECURITY.md, section 1; RFC 8725; RFC 7519).

import { describe, expect, it } from "vitest";
import { createTokenVerifier } from "../../../lambdas/identity/token/token-verifier.ts";
import {
  CLAIMS,
  documentOf,
  goodToken,
  ISSUER,
  ISSUER_CONFIG,
  NOW,
  withClaims,
  withClaimsText,
} from "./issue.ts";
import { ACCEPTED, issuersOf, judge, VECTORS } from "./vectors.ts";

const verifier = createTokenVerifier({
  issuers: [ISSUER_CONFIG],
  fetcher: { fetch: async (uri) => documentOf(uri) },
  now: () => NOW,
});

const verdictOf = judge(createTokenVerifier);

describe("refuses", () => {
  it.each(VECTORS.map((vector) => [vector.attack, vector] as const))("%s", async (_, vector) => {
    expect(await verdictOf(vector.token, issuersOf(vector))).toBe(vector.code);
  });

  it("has more than 300 attacks, each named once", () => {
    const names = VECTORS.map(({ attack }) => attack);
    expect(names.length).toBeGreaterThan(300);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe("accepts", () => {
  it.each(ACCEPTED.map((good) => [good.what, good] as const))("%s", async (_, { token, issuer }) => {
    expect(await verdictOf(token, [issuer])).toBe("verified");
  });
});

describe("a verified token", () => {
  it("gives issuer, subject, groups without repetition, only the chosen claims, and the expiry", async () => {
    const token = withClaims({
      groups: ["a", "b", "a"],
      level: 3,
      email: "a@example.com",
      email_verified: true,
    });
    const verified = await verifier.verify(token);
    expect(verified).toEqual({
      kind: "verified",
      principal: {
        issuer: ISSUER,
        subject: CLAIMS.sub,
        groups: ["a", "b"],
        claims: { team: "payments", level: 3, email: "a@example.com" },
      },
      expiresAt: CLAIMS.exp,
    });
  });

  it("keeps claims off every prototype, whatever they are called", async () => {
    const verified = await verifier.verify(withClaimsText(',"constructor":"c","__proto__":"p"}'));
    const claims = verified.kind === "verified" ? verified.principal.claims : {};
    expect(Object.getPrototypeOf(claims)).toBeNull();
    expect(Object.keys(claims).sort()).toEqual(["__proto__", "constructor", "team"]);
  });

  it("has no groups when the token has no groups claim", async () => {
    const verified = await verifier.verify(withClaims({ groups: undefined }));
    expect(verified).toMatchObject({ kind: "verified", principal: { groups: [] } });
  });

  it("splits groups at spaces where the issuer is configured so", async () => {
    const rules = {
      type: null,
      audienceClaim: null,
      authorizedParties: null,
      subjects: null,
      requiredClaims: null,
    };
    const issuer = { ...ISSUER_CONFIG, token: { ...rules, groupsForm: "spaces" as const } };
    const options = {
      issuers: [issuer],
      fetcher: { fetch: async () => documentOf(issuer.jwksUri) },
      now: () => NOW,
    };
    const verified = await createTokenVerifier(options).verify(withClaims({ groups: "readers payments" }));
    expect(verified).toMatchObject({ principal: { groups: ["readers", "payments"] } });
  });
});

describe("a refusal", () => {
  it("never repeats token text or a claim's value", async () => {
    const canary = "canary-8d1f";
    for (const vector of VECTORS) {
      const token = vector.token.length < 15_000 ? vector.token : "";
      const verdict = await createTokenVerifier({
        issuers: issuersOf(vector),
        fetcher: { fetch: async (uri) => documentOf(uri) },
        now: () => NOW,
      }).verify(token);
      const message = verdict.kind === "refused" ? verdict.message : "verified";
      for (const part of token.split(".").filter((text) => text.length > 7)) {
        expect(message).not.toContain(part.slice(0, 8));
      }
      expect(message).not.toMatch(/agent-7f3a|c0ffee|payments|evil/);
    }
    const wrong = await verifier.verify(withClaims({ aud: canary, sub: canary, azp: canary, jti: canary }));
    expect(JSON.stringify(wrong)).not.toContain(canary);
  });

  it("says which audience to request", async () => {
    const verdict = await verifier.verify(withClaims({ aud: "sts.amazonaws.com" }));
    expect(verdict).toMatchObject({
      code: "InvalidIdentityToken",
      message: expect.stringContaining("`countersign`"),
    });
  });

  it("is the answer to every change of one character", async () => {
    const token = goodToken();
    const positions = Array.from({ length: 200 }, (_, index) => Math.floor((index * token.length) / 200));
    for (const at of positions) {
      const replacement = token[at] === "A" ? "B" : "A";
      const verdict = await verifier.verify(token.slice(0, at) + replacement + token.slice(at + 1));
      expect([at, verdict.kind]).toEqual([at, "refused"]);
    }
  });
});

describe("the configuration", () => {
  it("must not name one issuer twice", () => {
    const options = {
      issuers: [ISSUER_CONFIG, ISSUER_CONFIG],
      fetcher: { fetch: async () => Buffer.alloc(0) },
    };
    expect(() => createTokenVerifier({ ...options, now: () => NOW })).toThrow("twice");
  });
});
