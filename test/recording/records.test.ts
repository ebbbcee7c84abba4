// A record says who, what, why and how it ended, within bounds that a hostile call cannot break.

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { maskParameters } from "../../lambdas/masking/mask-parameters.ts";
import type { ParameterTree } from "../../lambdas/model/aws-call.ts";
import type { RecordLevel } from "../../lambdas/model/decision.ts";
import { callerOf, intentOf } from "../../lambdas/recording/records.ts";
import { callWith, required, resource } from "../upstream/calls.ts";
import { callerIn, factsWith, intent, opening, outcome, refusal } from "./facts.ts";

const HELD = {
  groups: ["ops"] as [string],
  quorum: 1,
  withinSeconds: 60,
  otherwise: "reject" as const,
  run: "attended" as const,
};

function decidedAt(record: RecordLevel | undefined) {
  const obligations = { scope: "call" as const, ...(record !== undefined && { record }) };
  return { kind: "permit" as const, policies: ["p"], obligations, policyVersion: "v1" };
}

describe("an intent", () => {
  it("says who, what, why and when", () => {
    expect(intent()).toEqual({
      version: 1,
      phase: "INTENT",
      at: "2026-01-02T03:04:05.006Z",
      caller: callerIn(factsWith().caller?.session ?? null),
      role: null,
      call: {
        service: "s3",
        operation: "GetObject",
        candidates: [{ service: "s3", operation: "GetObject" }],
        actions: [
          {
            action: "s3:GetObject",
            accessLevel: "read",
            resources: ["arn:aws:s3:::bucket/key"],
            resourcesOmitted: 0,
          },
        ],
        account: "111122223333",
        region: "eu-west-1",
        parameters: '{"Bucket":"bucket","Key":"key"}',
        parametersDigest: createHash("sha256").update('{"Bucket":"bucket","Key":"key"}').digest("hex"),
        parametersBytes: 31,
      },
      decision: { decision: "permit", reason: null, policies: ["p"], policyVersion: "v1", enforced: true },
      requestDigest: "d".repeat(64),
      gatewayRequestId: "r-1",
    });
  });

  it("holds parameters of 8,192 bytes, and only the digest of larger ones", () => {
    const withText = (length: number) =>
      intent({ call: { call: callWith({}), maskedParameters: "é".repeat((length - 2) / 2) } }).call;
    expect(withText(8_192)?.parameters).toHaveLength(8_190 / 2 + 2);
    expect(withText(8_194)?.parameters).toBeNull();
    expect(withText(8_194)?.parametersDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(["full", "parameters", undefined] as const)("holds the parameters at the level %s", (record) => {
    expect(intent({ decision: decidedAt(record) }).call?.parameters).toBe('{"Bucket":"bucket","Key":"key"}');
  });

  it("holds only the digest of the parameters at the level metadata, also of a held call", () => {
    const held = {
      ...decidedAt("metadata"),
      kind: "hold" as const,
      approval: HELD,
      holdsSession: false,
    };
    for (const decision of [decidedAt("metadata"), held]) {
      expect(intent({ decision }).call).toMatchObject({
        operation: "GetObject",
        parameters: null,
        parametersDigest: intent().call?.parametersDigest,
      });
      expect(JSON.stringify(outcome({}, { decision }))).not.toContain('\\"Key\\"');
    }
  });

  it("takes 16,384 characters of resources and counts the others", () => {
    const named = (length: number) => resource([`${"x".repeat(length)}`]);
    const call = callWith({
      actions: [
        required("s3:DeleteObject", named(16_000), named(384), named(1)),
        required("s3:GetObject", named(5)),
      ],
    });
    const recorded = intentOf(factsWith({ call: { call, maskedParameters: {} } })).call;
    expect(
      recorded?.actions.map(({ resources, resourcesOmitted }) => [resources.length, resourcesOmitted]),
    ).toEqual([
      [2, 1],
      [0, 1],
    ]);
  });

  it("takes none of the upstream request: neither headers nor body", () => {
    const { upstream } = callWith({});
    const call = callWith({
      upstream: { ...upstream, headers: [["x-amz-a", "canary-1"]], body: Buffer.from("canary-2") },
    });
    const text = JSON.stringify(intent({ call: { call, maskedParameters: {} } }));
    expect(text).not.toMatch(/canary|Y2FuYXJ5/);
  });
});

describe("secrets", () => {
  const canary = "canary-7c1d";
  const forms = [canary, Buffer.from(canary).toString("base64"), Buffer.from(canary).toString("hex")];

  it.each<[string, ParameterTree, string[]]>([
    ["a member", { SecretString: canary, SecretId: "db" }, ["SecretString"]],
    ["a blob", { SecretBinary: Buffer.from(canary) }, ["SecretBinary"]],
    ["a map", { Environment: { Variables: { [canary]: canary } } }, ["Environment.Variables"]],
    ["a list of another shape", { Users: canary }, ["Users[].Password"]],
  ])("in %s are in no record of the call, in no form", (_where, parameters, paths) => {
    const call = callWith({ parameters, sensitiveParameters: paths });
    const facts = { call: { call, maskedParameters: maskParameters(parameters, paths) } };
    const texts = [intent(facts), outcome({}, facts), refusal(facts), opening(facts)].map((r) =>
      JSON.stringify(r),
    );
    for (const form of forms) expect(texts.join()).not.toContain(form);
  });
});

describe("an outcome", () => {
  it("adds how it ended to the same facts", () => {
    const { phase: _phase, ...same } = intent();
    expect(outcome()).toMatchObject({
      ...same,
      phase: "OUTCOME",
      ending: "answered",
      status: 200,
      awsRequestId: "A-1",
    });
  });

  it("of a denial says the reason", () => {
    const denied = refusal({
      decision: { kind: "deny", reason: "forbidden", policies: ["f"], message: "m", policyVersion: "v1" },
    });
    expect(denied.decision).toEqual({
      decision: "deny",
      reason: "forbidden",
      policies: ["f"],
      policyVersion: "v1",
      enforced: true,
    });
  });

  it("of a refusal before recognition has no call and no decision", () => {
    expect(refusal({ caller: null, call: null, decision: null })).toMatchObject({
      caller: null,
      call: null,
      decision: null,
    });
  });
});

describe("an opening", () => {
  it("says when the session ends", () => {
    expect(opening()).toMatchObject({ phase: "OPEN", expires: "2027-01-15T08:00:00.000Z" });
  });
});

describe("the caller", () => {
  const principal = {
    issuer: "https://idp.example",
    subject: "agent-9",
    groups: [],
    claims: { email: "canary" },
  };
  const facts = { principal, agent: undefined, session: null, sourceIdentity: "s", sourceIp: "i" };

  it("is named by the subject where the configuration has no entry", () => {
    expect(callerOf({ ...facts, userAgent: "" })).toMatchObject({ agent: "agent-9", owner: null });
  });

  it("has no claims and a bounded user agent", () => {
    const caller = callerOf({ ...facts, userAgent: "u".repeat(9_000) });
    expect(JSON.stringify(caller)).not.toContain("canary");
    expect(caller.userAgent).toHaveLength(1_024);
  });
});
