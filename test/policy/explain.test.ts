import { describe, expect, it } from "vitest";
import type { Decision } from "../../lambdas/model/decision.ts";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import { createExplain, type Explanation } from "../../lambdas/policy/explain.ts";
import { type CallQuestion, createPolicy } from "../../lambdas/policy/policy.ts";
import {
  agent,
  bundleOf,
  CONTEXT,
  callOf,
  cedar,
  DEPLOYMENT,
  READER,
  sessionOf,
  USE_ROLES,
} from "./fixtures.ts";
import { cedarText } from "./naive-policy.ts";
import { NAIVE_ROLES, randomFrom, randomRequest, randomWorld } from "./naive-world.ts";

const REQUESTS = 1_000;
const PER_WORLD = 20;

function explainer(texts: readonly string[], deployment: Deployment) {
  const bundle = bundleOf(...texts);
  // What runs in the function was written as JSON and read again, and is another Policy than the one that explains.
  const live = createPolicy(JSON.parse(JSON.stringify(bundle)), deployment, cedar);
  const explain = createExplain(createPolicy(bundle, deployment, cedar), bundle, deployment, cedar);
  return { live, explain };
}

/** What the questions of the explanation add up to, by the rules of the decision. */
function sumOf({ role, questions }: Explanation): { kind: string; policies: readonly string[] } {
  const sorted = (ids: readonly string[]) => [...new Set(ids)].sort();
  for (const part of [[role], questions]) {
    const failed = part.flatMap((each) => each.failed);
    if (failed.length > 0) return { kind: "policy_error", policies: sorted(failed) };
    const forbids = part.flatMap((each) => each.forbids);
    if (forbids.length > 0) return { kind: "forbidden", policies: sorted(forbids) };
    if (part.some(({ permits }) => permits.length === 0)) return { kind: "unpermitted", policies: [] };
  }
  return { kind: "permit", policies: sorted([role, ...questions].flatMap(({ permits }) => permits)) };
}

/** Compares, and returns what was decided. */
function checked(explanation: Explanation, decision: Decision, { role }: CallQuestion): string {
  expect(explanation.decision).toEqual(decision);
  const kind = decision.kind === "deny" ? decision.reason : decision.kind;
  // Two refusals are none of the policies': a role that is not configured, and a call that vends credentials.
  if (!NAIVE_ROLES.includes(role) || kind === "credential_vending") return kind;
  const sum = sumOf(explanation);
  expect(sum.kind).toBe(kind === "no_policy" || kind === "role_not_permitted" ? "unpermitted" : kind);
  expect(sum.policies).toEqual(decision.policies);
  return kind;
}

describe("an explanation", () => {
  it(`of ${REQUESTS} random requests tells the live decision, and its questions add up to it`, () => {
    const random = randomFrom(7);
    const kinds = new Set<string>();
    for (let asked = 0; asked < REQUESTS; ) {
      const { policies, sets } = randomWorld(random);
      const [first, ...rest] = NAIVE_ROLES.map((arn) => ({ arn: arn as RoleArn, externalId: "x" }));
      const roles = [first ?? { arn: READER, externalId: "x" }, ...rest] as const;
      const { live, explain } = explainer(policies.map(cedarText), {
        ...DEPLOYMENT,
        roles,
        resourceSets: sets,
      });
      for (let each = 0; each < PER_WORLD; each += 1, asked += 1) {
        const question = questionOf(random);
        kinds.add(checked(explain(question), live.decideCall(question), question));
      }
    }
    expect([...kinds].sort()).toEqual([
      "credential_vending",
      "forbidden",
      "no_policy",
      "permit",
      "policy_error",
      "role_not_permitted",
    ]);
  });

  it("names the parts of a condition that a policy nearly met by, with what they saw", () => {
    const nearly = explained(
      `@id("small") permit(principal, action, resource is AWS::Resource) when { context.params has Type && context.params.Type == "t3.micro" && context.params has Count && context.params.Count <= 2 };`,
      { Type: "m5.large", Count: 3 },
    );
    expect(nearly).toEqual([
      {
        id: "small",
        effect: "permit",
        unmet: [
          {
            kind: "when",
            text: 'context.params.Type == "t3.micro"',
            saw: [["context.params.Type", '"m5.large"']],
          },
          { kind: "when", text: "context.params.Count <= 2", saw: [["context.params.Count", "3"]] },
        ],
      },
    ]);
  });

  it("names the part of an `unless` that held", () => {
    const nearly = explained(
      `@id("not-both") permit(principal, action, resource is AWS::Resource) unless { context.params has Acl || resource in Countersign::ResourceSet::"critical" };`,
      {},
    );
    expect(nearly).toEqual([
      {
        id: "not-both",
        effect: "permit",
        unmet: [{ kind: "unless", text: 'resource in Countersign::ResourceSet::"critical"', saw: [] }],
      },
    ]);
  });

  it("tells an absent member as absent, and one that a test was missing for as a failure", () => {
    const [miss] = explained(
      `@id("a") permit(principal, action, resource is AWS::Resource) when { context.params has Key };`,
      {},
    );
    expect(miss?.unmet).toEqual([
      { kind: "when", text: "context.params has Key", saw: [["context.params.Key", "absent"]] },
    ]);
    const { explain } = explainer(
      [
        USE_ROLES,
        `@id("b") permit(principal, action, resource is AWS::Resource) when { context.params.Key == "x" };`,
      ],
      DEPLOYMENT,
    );
    const { questions, decision } = explain(question({}));
    expect(questions[0]?.failed).toEqual(["b"]);
    expect(decision).toMatchObject({ reason: "policy_error", policies: ["b"] });
  });

  it("says which policies would match for other agents", () => {
    const { explain } = explainer(
      [
        USE_ROLES,
        `@id("writers") permit(principal in Countersign::Group::"writers", action, resource is AWS::Resource);`,
      ],
      DEPLOYMENT,
    );
    expect(explain(question({})).questions[0]).toMatchObject({
      permits: [],
      nearMisses: [],
      forOthers: ["writers"],
    });
  });

  it("says in which sets the resource is", () => {
    const { explain } = explainer(
      [USE_ROLES, `permit(principal, action, resource in Countersign::ResourceSet::"critical");`],
      DEPLOYMENT,
    );
    expect(explain(question({})).questions[0]).toMatchObject({
      sets: ["critical"],
      resource: "arn:aws:s3:::ledger/1",
    });
  });
});

function explained(text: string, parameters: Readonly<Record<string, string | number>>) {
  const { explain } = explainer([USE_ROLES, text], DEPLOYMENT);
  return explain(question(parameters)).questions[0]?.nearMisses ?? [];
}

function question(parameters: Readonly<Record<string, string | number>>): CallQuestion {
  const principal = agent();
  const call = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::ledger/1"] }, parameters });
  return { principal, role: READER, session: sessionOf(principal, READER), call, context: CONTEXT };
}

function questionOf(random: () => number): CallQuestion {
  const { issuer, subject, groups, claims, sourceIp, userAgent, now, openedAt, call, ...rest } =
    randomRequest(random);
  const principal = { issuer, subject, groups, claims };
  const role = rest.role as RoleArn;
  const session = { ...sessionOf(principal, role), openedAt };
  return { principal, role, session, call, context: { sourceIp, userAgent, now, sessionOpenedAt: openedAt } };
}
