// A pattern stands for every resource below it. The property is checked by brute force: over a small alphabet every
// concrete resource is asked about by itself, and exact questions are compared with Cedar's plain, stateless call.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ResourceSetConfig } from "../../lambdas/model/deployment.ts";
import { createPolicy } from "../../lambdas/policy/policy.ts";
import {
  bundleOf,
  CONTEXT,
  callOf,
  cedar,
  DEPLOYMENT,
  decide,
  ISSUER,
  policyOf,
  USE_ROLES,
} from "./fixtures.ts";

const BUCKETS = "arn:aws:s3:::";
const get = (...literals: string[]) => callOf({ actions: { "s3:GetObject": [literals] } });
const PERMIT_ALL = `@id("all") permit(principal, action, resource is AWS::Resource);`;

describe("a pattern", () => {
  it.each([
    ["an unconstrained permit", PERMIT_ALL],
    [
      "a set whose prefix covers it",
      `permit(principal, action, resource in Countersign::ResourceSet::"public");`,
    ],
    [
      "either of two sets",
      `permit(principal, action, resource is AWS::Resource) when { resource in Countersign::ResourceSet::"critical" || resource in Countersign::ResourceSet::"public" };`,
    ],
    [
      "a condition on what all below it share",
      `permit(principal, action, resource is AWS::Resource) when { resource.service == "s3" && resource.account == "" };`,
    ],
  ])("is permitted by %s", (_, text) => {
    expect(decide(policyOf(text), get(`${BUCKETS}site/`, "")).kind).toBe("permit");
  });

  it.each([
    ["an exact ARN below it", `permit(principal, action, resource == AWS::Resource::"arn:aws:s3:::site/a");`],
    [
      "an ARN that is spelt like the pattern",
      `permit(principal, action, resource == AWS::Resource::"arn:aws:s3:::site/*");`,
    ],
    [
      "the id it has inside",
      `permit(principal, action, resource == AWS::Resource::"unnamed:arn:aws:s3:::site/*");`,
    ],
    [
      "a list of ARNs in a condition",
      `permit(principal, action, resource) when { [AWS::Resource::"arn:aws:s3:::site/a"].contains(resource) };`,
    ],
    [
      "a set that covers a part of it",
      `permit(principal, action, resource in Countersign::ResourceSet::"critical");`,
    ],
    [
      "everything but one ARN below it",
      `permit(principal, action, resource is AWS::Resource) unless { resource == AWS::Resource::"arn:aws:s3:::site/a" };`,
    ],
    [
      "complete resources only",
      `permit(principal, action, resource is AWS::Resource) when { resource.complete };`,
    ],
  ])("is not permitted by %s", (_, text) => {
    expect(decide(policyOf(text), get(`${BUCKETS}site/`, ""))).toMatchObject({
      kind: "deny",
      reason: "no_policy",
    });
  });

  it.each([
    ["one ARN below it", `resource == AWS::Resource::"arn:aws:s3:::ledger/secret"`, ""],
    ["a set below it", `resource in Countersign::ResourceSet::"critical"`, ""],
    [
      "a list of ARNs in a condition",
      "resource is AWS::Resource",
      `when { [AWS::Resource::"arn:aws:s3:::ledger/secret"].contains(resource) }`,
    ],
    [
      "all but one below it",
      "resource is AWS::Resource",
      `unless { resource == AWS::Resource::"arn:aws:s3:::ledger/secret" }`,
    ],
    ["what is not complete", "resource is AWS::Resource", "unless { resource.complete }"],
  ])("is forbidden by a forbid on %s", (_, scope, condition) => {
    const policy = policyOf(PERMIT_ALL, `@id("no") forbid(principal, action, ${scope}) ${condition};`);
    expect(decide(policy, get(`${BUCKETS}`, ""))).toMatchObject({
      kind: "deny",
      reason: "forbidden",
      policies: ["no"],
    });
    expect(decide(policy, get("", ""))).toMatchObject({ kind: "deny", reason: "forbidden" });
  });

  it("is not forbidden by what lies beside it, or by a forbid of other actions", () => {
    const policy = policyOf(
      PERMIT_ALL,
      `forbid(principal, action, resource == AWS::Resource::"arn:aws:s3:::ledger/b-old");`,
      `forbid(principal, action == AWS::Action::"s3:PutObject", resource);`,
      `forbid(principal, action, resource in Countersign::ResourceSet::"public");`,
    );
    expect(decide(policy, get(`${BUCKETS}ledger/`, "-new")).kind).toBe("permit");
  });

  it("is not forbidden by a set whose one member below it the forbid excepts by name", () => {
    const table = "arn:aws:dynamodb:eu-west-1:111122223333:table/";
    const policy = policyOf(
      PERMIT_ALL,
      `forbid(principal, action, resource in Countersign::ResourceSet::"critical") unless { resource == AWS::Resource::"${table}Ledger" };`,
    );
    expect(decide(policy, get(`${table}Led`, "")).kind).toBe("permit");
  });

  it("with an open account is refused where a policy reads the account", () => {
    const policy = policyOf(
      PERMIT_ALL,
      `@id("far") forbid(principal, action, resource is AWS::Resource) when { resource.account == "999999999999" };`,
    );
    expect(decide(policy, get("", ""))).toMatchObject({
      kind: "deny",
      reason: "policy_error",
      policies: ["far"],
    });
    expect(decide(policy, get(BUCKETS, "")).kind).toBe("permit");
  });

  it("says in its denial that the call names no single resource", () => {
    expect(decide(policyOf(), get(BUCKETS, ""))).toMatchObject({
      message: expect.stringContaining("does not name one resource"),
    });
  });
});

const letters = (length: number): string[] =>
  length === 0
    ? [""]
    : ["", ...["a", "b", "/"].flatMap((letter) => letters(length - 1).map((rest) => letter + rest))];
const FILLINGS = [...new Set(letters(2))];
const name = fc.stringMatching(/^[ab/]{0,3}$/);
const arn = name.map((each) => `${BUCKETS}${each}`);
const sets = fc.array(
  fc.array(
    fc.tuple(arn, fc.boolean()).map(([text, open]) => (open ? `${text}*` : text)),
    { minLength: 1, maxLength: 3 },
  ),
  { minLength: 2, maxLength: 2 },
);
const atom = fc.oneof(
  arn.map((text) => `resource == AWS::Resource::"${text}"`),
  fc.constantFrom("s0", "s1").map((set) => `resource in Countersign::ResourceSet::"${set}"`),
  fc
    .array(arn, { minLength: 1, maxLength: 2 })
    .map((texts) => `[${texts.map((text) => `AWS::Resource::"${text}"`).join(", ")}].contains(resource)`),
  fc.constantFrom(
    `resource.account == ""`,
    `resource.service == "s3"`,
    "context.params.missing == 1",
    "true",
  ),
);
const condition = fc
  .tuple(atom, atom, fc.constantFrom("&&", "||", "only"), fc.boolean())
  .map(([left, right, operator, negated]) => {
    const text = operator === "only" ? left : `${left} ${operator} ${right}`;
    return negated ? `!(${text})` : text;
  });
const scope = fc.oneof(
  fc.constant("resource is AWS::Resource"),
  arn.map((text) => `resource == AWS::Resource::"${text}"`),
  fc.constant(`resource in Countersign::ResourceSet::"s0"`),
);
const policyText = fc
  .tuple(
    fc.constantFrom("permit", "permit", "forbid"),
    scope,
    fc.option(condition),
    fc.constantFrom("when", "unless"),
  )
  .map(
    ([effect, resource, body, word]) =>
      `${effect}(principal, action in AWS::Action::"s3:*", ${resource})${body === null ? "" : ` ${word} { ${body} }`};`,
  );
const world = fc.record({
  texts: fc.array(policyText, { minLength: 1, maxLength: 4 }),
  sets,
  literals: fc.array(name, { minLength: 2, maxLength: 3 }),
});

function policyIn(texts: readonly string[], resourceSets: readonly ResourceSetConfig[]) {
  const bundle = bundleOf(USE_ROLES, ...texts);
  return createPolicy(bundle, { ...DEPLOYMENT, resourceSets }, cedar);
}

describe("an exact ARN", () => {
  it("is below a pattern when the pattern's pieces stand in it in order, without sharing a character", () => {
    const pieces = fc.array(fc.stringMatching(/^[ab]{0,2}$/), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(pieces, fc.stringMatching(/^[ab]{0,6}$/), ([head = "", ...rest], text) => {
        const policy = policyOf(
          PERMIT_ALL,
          `forbid(principal, action, resource == AWS::Resource::"${BUCKETS}${text}");`,
        );
        const below = new RegExp(`^${[head, ...rest].join(".*")}$`).test(text);
        expect(decide(policy, get(BUCKETS + head, ...rest)).kind).toBe(below ? "deny" : "permit");
      }),
      { numRuns: 400 },
    );
  });
});

describe("a random world", () => {
  it("never permits a pattern when some resource under it is forbidden, refused or not permitted", () => {
    let permitted = 0;
    fc.assert(
      fc.property(world, ({ texts, sets: arns, literals }) => {
        const policy = policyIn(
          texts,
          arns.map((each, index) => ({ name: `s${index}`, arns: each })),
        );
        const [head = "", ...rest] = literals;
        if (decide(policy, get(BUCKETS + head, ...rest)).kind !== "permit") return;
        permitted += 1;
        const concrete = rest.reduce(
          (known, piece) => known.flatMap((text) => FILLINGS.map((gap) => text + gap + piece)),
          [BUCKETS + head],
        );
        for (const text of new Set(concrete.filter((_, index) => concrete.length < 200 || index % 7 === 0))) {
          expect(decide(policy, callOf({ actions: { "s3:GetObject": [text] } })), text).toMatchObject({
            kind: "permit",
          });
        }
      }),
      { numRuns: 400 },
    );
    expect(permitted).toBeGreaterThan(25);
  });

  it("answers for an exact ARN as Cedar's plain call does with every set and ARN in view", () => {
    fc.assert(
      fc.property(world, arn, ({ texts, sets: arns }, text) => {
        const policy = policyIn(
          texts,
          arns.map((each, index) => ({ name: `s${index}`, arns: each })),
        );
        const kind = decide(policy, callOf({ actions: { "s3:GetObject": [text] } })).kind;
        expect(kind).toBe(plainly(texts, arns, text));
      }),
      { numRuns: 150 },
    );
  });
});

function plainly(
  texts: readonly string[],
  sets: readonly (readonly string[])[],
  text: string,
): "permit" | "deny" {
  const memberOf = sets.flatMap((arns, index) => {
    const holds = arns.some(
      (each) => each === text || (each.endsWith("*") && text.startsWith(each.slice(0, -1))),
    );
    return holds ? [{ type: "Countersign::ResourceSet", id: `s${index}` }] : [];
  });
  const action = { type: "AWS::Action", id: "s3:GetObject" };
  const answer = cedar.isAuthorized({
    principal: { type: "Countersign::Agent", id: `${ISSUER}|agent-1` },
    action,
    resource: { type: "AWS::Resource", id: text },
    context: { params: {}, userAgent: CONTEXT.userAgent },
    policies: { staticPolicies: texts.join("\n") },
    entities: [
      { uid: { type: "AWS::Resource", id: text }, attrs: { account: "", service: "s3" }, parents: memberOf },
      { uid: action, attrs: {}, parents: [{ type: "AWS::Action", id: "s3:*" }] },
    ],
  });
  if (answer.type === "failure") throw new Error(answer.errors[0]?.message);
  const { decision, diagnostics } = answer.response;
  return decision === "allow" && diagnostics.errors.length === 0 ? "permit" : "deny";
}
