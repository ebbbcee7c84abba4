// CloudTrail must name the agent, in characters that AWS takes, whatever the agent is called.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Principal, Session } from "../../lambdas/model/principal.ts";
import { sessionTagsOf, sourceIdentityOf } from "../../lambdas/upstream/source-identity.ts";

const principal: Principal = { issuer: "https://idp.example", subject: "agent-1", groups: [], claims: {} };
const session = { id: "A".repeat(26), principal } as Session;

describe("the source identity", () => {
  it("is the agent's name and 16 hex of sha256(issuer|subject)", () => {
    // printf 'https://idp.example|agent-1' | sha256sum
    expect(sourceIdentityOf("billing bot", principal)).toBe("billing-bot-561bf9b29ef5701c");
  });

  it("is of AWS's form for any name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 90 }), fc.string(), (name, subject) => {
        const identity = sourceIdentityOf(name, { ...principal, subject });
        expect(identity).toMatch(/^[A-Za-z0-9_+=,.@-]{2,64}$/);
        expect(identity).toMatch(/^.{1,40}-[0-9a-f]{16}$/);
      }),
    );
  });

  it("differs for two agents of one name, by subject and by issuer", () => {
    const first = sourceIdentityOf("bot", principal);
    expect(sourceIdentityOf("bot", { ...principal, subject: "agent-2" })).not.toBe(first);
    expect(sourceIdentityOf("bot", { ...principal, issuer: "https://idp.example/" })).not.toBe(first);
  });

  it("does not change with groups or claims", () => {
    expect(sourceIdentityOf("bot", { ...principal, groups: ["g"], claims: { a: 1 } })).toBe(
      sourceIdentityOf("bot", principal),
    );
  });
});

describe("the session tags", () => {
  it("are agent and session, of AWS's form for any name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 90 }), (name) => {
        const tags = sessionTagsOf(name, session);
        expect(tags.map(({ Key }) => Key)).toEqual(["agent", "session"]);
        for (const { Value } of tags) expect(Value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u);
      }),
    );
  });

  it("leave out the comma, which a tag value may not hold", () => {
    expect(sessionTagsOf("a,b", session)[0]?.Value).toBe("a-b-561bf9b29ef5701c");
  });

  // Broke: `agent` was the name alone, so a policy on `aws:PrincipalTag/agent` in a target account took any agent whose
  // subject reads like another's name.
  it("differ for two agents whose names read alike", () => {
    const named = (name: string, subject: string) =>
      sessionTagsOf(name, { ...session, principal: { ...principal, subject } })[0]?.Value;
    expect(named("Reports MCP server", "mcp-reports")).not.toBe(
      named("Reports-MCP-server", "Reports-MCP-server"),
    );
    expect(named("repo:org/a:ref:refs/heads/main/and/so/on/1", "1")).not.toBe(
      named("repo:org/a:ref:refs/heads/main/and/so/on/2", "2"),
    );
  });
});
