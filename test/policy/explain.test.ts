import { describe, expect, it } from "vitest";
import type { Decision } from "../../lambdas/model/decision.ts";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import { createExplain, type Explanation } from "../../lambdas/policy/explain.ts";
import { type CallQuestion, createPolicy } from "../../lambdas/policy/policy.ts";
import { ruleOf } from "./emergency-rules.ts";
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
import { deploymentOfWorld } from "./naive-deployment.ts";
import { cedarText } from "./naive-policy.ts";
import { NAIVE_ROLES, randomFrom, randomRequest, randomWorld } from "./naive-world.ts";

const READS = `@id("reads") permit(principal, action, resource is AWS::Resource);`;
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
  // Its policies permit it, and nobody could approve it.
  if (kind === "obligation_unsupported") return kind;
  const sum = sumOf(explanation);
  const missing = kind === "no_policy" || kind === "role_not_permitted";
  expect(sum.kind).toBe(missing ? "unpermitted" : kind === "hold" ? "permit" : kind);
  expect(sum.policies).toEqual(decision.policies);
  return kind;
}

describe("an explanation", () => {
  it(`of ${REQUESTS} random requests tells the live decision, and its questions add up to it`, {
    timeout: 120_000,
  }, () => {
    const random = randomFrom(7);
    const kinds = new Set<string>();
    for (let asked = 0; asked < REQUESTS; ) {
      const world = randomWorld(random);
      const { live, explain } = explainer(world.policies.map(cedarText), deploymentOfWorld(world));
      for (let each = 0; each < PER_WORLD; each += 1, asked += 1) {
        const question = questionOf(random);
        kinds.add(checked(explain(question), live.decideCall(question), question));
      }
    }
    expect([...kinds].sort()).toEqual([
      "credential_vending",
      "forbidden",
      "hold",
      "no_policy",
      "obligation_unsupported",
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

  it("of what an emergency rule forbids is that denial, and tells what the policies alone would say", () => {
    const { explain } = explainer([USE_ROLES, READS], DEPLOYMENT);
    const rule = ruleOf({ id: "stop", action: "s3:*" });
    const { decision, withoutEmergency } = explain(question({}), { kind: "rules", rules: [rule] });
    expect(decision).toMatchObject({ kind: "deny", reason: "forbidden", policies: ["emergency:stop"] });
    expect(withoutEmergency).toMatchObject({ kind: "permit" });
    const other = ruleOf({ id: "stop", action: "iam:*" });
    expect(explain(question({}), { kind: "rules", rules: [other] })).toMatchObject({
      decision: { kind: "permit" },
      withoutEmergency: null,
    });
  });

  it("tells the masks that meet the operation, what is always hidden, and what is shown", () => {
    const bundle = bundleOf(
      USE_ROLES,
      `@mask("Body, SecretString") @detect("jwt") @unmask("Metadata.x") @reason("r") ${READS}`,
    );
    const policy = createPolicy(bundle, DEPLOYMENT, cedar);
    const explain = createExplain(policy, bundle, DEPLOYMENT, cedar, {
      meets: (_, path) => !path.startsWith("Secret"),
      defaults: ({ operation }) => [`${operation}.Always`],
    });
    expect(explain(question({})).masks).toEqual({
      masks: [{ path: "Body", style: "fixed" }],
      shown: ["Metadata.x"],
      detectors: ["jwt"],
      defaults: ["GetObject.Always"],
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
  const {
    issuer,
    subject,
    groups,
    claims,
    sourceIp,
    userAgent,
    now,
    openedAt,
    call,
    approvedSession,
    ...rest
  } = randomRequest(random);
  const principal = { issuer, subject, groups, claims };
  const role = rest.role as RoleArn;
  const session = { ...sessionOf(principal, role), openedAt };
  const context = { sourceIp, userAgent, now, sessionOpenedAt: openedAt };
  return { principal, role, session, call, context, approvedSession };
}
