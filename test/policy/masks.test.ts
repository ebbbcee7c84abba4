import { describe, expect, it } from "vitest";
import { DETECTORS, parseDetectors, parseMasks, parseUnmasks } from "../../lambdas/policy/mask-terms.ts";
import { createPolicy } from "../../lambdas/policy/policy.ts";
import { bundleOf, callOf, cedar, DEPLOYMENT, decide, policyOf, USE_ROLES } from "./fixtures.ts";

const permit = (annotations: string) =>
  `${annotations} permit(principal, action, resource is AWS::Resource);`;
const call = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::site/1"] } });

function masks(...annotations: readonly string[]) {
  const decision = decide(policyOf(...annotations.map(permit)), call);
  if (decision.kind === "deny") throw new Error(decision.message);
  return decision.obligations.mask;
}

describe("masks", () => {
  it("of one permit are told by path and style, `fixed` without one", () => {
    expect(masks(`@mask("SecretString, Parameters[].Value=last4,Environment.Variables.*=drop")`)).toEqual({
      masks: [
        { path: "Environment.Variables.*", style: "drop" },
        { path: "Parameters[].Value", style: "last4" },
        { path: "SecretString", style: "fixed" },
      ],
      unmasks: [],
      detectors: [],
    });
  });

  it("are united over the permits; on one path the style that tells the least counts", () => {
    expect(
      masks(`@mask("A=last4, B=hash, C=fixed")`, `@mask("A=hash, B, D")`, `@mask("C=drop, D=null")`)?.masks,
    ).toEqual([
      { path: "A", style: "hash" },
      { path: "B", style: "fixed" },
      { path: "C", style: "drop" },
      { path: "D", style: "null" },
    ]);
  });

  it("are absent where no permit says anything", () => expect(masks("", `@record("full")`)).toBeUndefined());

  it.each([
    ["SecretString"],
    ["Parameters[].Value"],
    ["Environment.Variables.*"],
    ["SecretString.password"],
    ["SecretString.users[].api-key"],
    ["Rows[][].Value"],
    ["dynamodb:Table/Orders.card"],
    ["dynamodb:Table/Orders.card.number"],
  ])("take the path %s", (path) => expect(parseMasks(path)).toEqual([{ path, style: "fixed" }]));

  it.each([
    "",
    ",",
    "A,",
    "A;B",
    ".A",
    "A.",
    "A..B",
    "*",
    "A[0]",
    "A[*]",
    "$.A",
    "A B",
    "s3:Bucket/x.y",
    "dynamodb:Table/Orders",
    "dynamodb:Orders.card",
    "A=",
    "A=stars",
    "A=fixed=fixed",
    "A=toString",
  ])("refuse %j", (text) => expect(parseMasks(text)).toMatchObject({ kind: "fault" }));
});

describe("what is shown", () => {
  const shown = `@unmask("SecretString") @reason("rotates it")`;

  it("is shown where every matched permit shows it and says why", () => {
    expect(masks(shown, shown)?.unmasks).toEqual([{ path: "SecretString", style: "fixed" }]);
  });

  it.each([
    ["one permit says nothing", [shown, ""]],
    ["one permit shows another member", [shown, `@unmask("SecretBinary") @reason("r")`]],
    ["one permit does not say why", [shown, `@unmask("SecretString")`]],
  ])("is not where %s", (_, texts) => {
    expect(masks(...texts)?.unmasks ?? []).toEqual([]);
  });

  it("takes a permit of the call: the use of the role shows nothing, and masks at each call", () => {
    const role = `@unmask("A") @reason("r") @mask("B=drop") @detect("jwt") permit(principal, action == Countersign::Action::"AssumeRole", resource);`;
    const decision = decide(
      createPolicy(bundleOf(role, permit(`@mask("B=last4")`)), DEPLOYMENT, cedar),
      call,
    );
    expect(decision).toMatchObject({
      obligations: { mask: { masks: [{ path: "B", style: "drop" }], unmasks: [], detectors: ["jwt"] } },
    });
  });

  it("has no style", () => expect(parseUnmasks("SecretString=last4")).toMatchObject({ kind: "fault" }));
});

describe("detectors", () => {
  it("are united", () => {
    expect(masks(`@detect("jwt, email")`, `@detect("iban,email")`)?.detectors).toEqual([
      "email",
      "iban",
      "jwt",
    ]);
  });

  it("are all known by their names, and no other is", () => {
    expect(parseDetectors(DETECTORS.join(", "))).toEqual(DETECTORS);
    expect(parseDetectors("jwts")).toMatchObject({ kind: "fault", name: "jwts" });
  });
});

describe("a record", () => {
  it.each([
    [["metadata"], "metadata"],
    [["metadata", "parameters"], "parameters"],
    [["metadata", "full"], undefined],
    [["metadata", null], undefined],
  ])("of permits that say %j is %s: the fullest", (levels, expected) => {
    const texts = levels.map((level) => permit(level === null ? "" : `@record("${level}")`));
    const decision = decide(policyOf(...texts), call);
    expect(decision.kind === "permit" && decision.obligations.record).toBe(expected);
  });

  it("of a call is not that of the use of its role", () => {
    const policy = createPolicy(bundleOf(USE_ROLES, permit(`@record("metadata")`)), DEPLOYMENT, cedar);
    expect(decide(policy, call)).toMatchObject({ obligations: { record: "metadata" } });
  });
});
