// Runs policies/tests/*.json: requests against the policies as shipped, with expected decision and deciding policies.
// A case without `call` asks for the use of the role. Roles are named in account 111122223333; a resource is an ARN,
// or the literals of a pattern.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Decision } from "../../lambdas/model/decision.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import { createPolicy } from "../../lambdas/policy/policy.ts";
import { bundlePolicies } from "../../lib/policy-bundle.ts";
import { agent, type CallText, CONTEXT, callOf, cedar, DEPLOYMENT, decide } from "./fixtures.ts";

interface PolicyCase {
  readonly name: string;
  readonly groups: readonly string[];
  readonly role: string;
  readonly call?: CallText;
  readonly expect: {
    readonly decision: Decision["kind"];
    readonly reason?: string;
    readonly policies: readonly string[];
    readonly message?: string;
  };
}

const POLICIES = join(import.meta.dirname, "../../policies");
const TESTS = join(POLICIES, "tests");
const secrets = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ledger/*";
const resourceSets = DEPLOYMENT.resourceSets.map(({ name, arns }) => ({
  name,
  arns: name === "critical" ? [...arns, secrets] : arns,
}));
const deployment = { ...DEPLOYMENT, resourceSets };
const bundle = bundlePolicies(POLICIES, deployment);
const policy = createPolicy(bundle, deployment, cedar);

const files = readdirSync(TESTS).filter((file) => file.endsWith(".json"));
const cases = files.flatMap((file): PolicyCase[] => JSON.parse(readFileSync(join(TESTS, file), "utf8")));

function decideCase({ groups, role, call }: PolicyCase): Decision {
  const principal = agent(groups);
  const arn = `arn:aws:iam::111122223333:role/${role}` as RoleArn;
  if (call === undefined) return policy.decideRole({ principal, role: arn, context: CONTEXT });
  return decide(policy, callOf(call), { principal, role: arn });
}

describe("the shipped policies", () => {
  it.each(cases.map((each) => [each.name, each] as const))("%s", (_, policyCase) => {
    const { decision, ...rest } = policyCase.expect;
    expect(decideCase(policyCase)).toMatchObject({ kind: decision, ...rest });
  });

  it("are each decisive in some case", () => {
    const decided = new Set(cases.flatMap(({ expect: { policies } }) => policies));
    expect(bundle.policies.map(({ id }) => id).filter((id) => !decided.has(id))).toEqual([]);
  });

  it("give no warning at synth", () => {
    expect(bundle.warnings).toEqual([]);
  });
});
