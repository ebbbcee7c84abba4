// Two readings of the same policies: Cedar's through lambdas/policy, and a naive one written for this test. They have to
// agree on every request. NAIVE_REQUESTS sets how many (issue: 200,000), NAIVE_SEED which.

import { describe, expect, it } from "vitest";
import type { Decision } from "../../lambdas/model/decision.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import { createPolicy, type Policy } from "../../lambdas/policy/policy.ts";
import { bundleOf, cedar, ISSUER } from "./fixtures.ts";
import {
  type NaiveDecision,
  type NaiveHold,
  type NaiveRequest,
  type NaiveWorld,
  naiveDecision,
} from "./naive-decide.ts";
import { deploymentOfWorld } from "./naive-deployment.ts";
import { cedarText } from "./naive-policy.ts";
import { randomFrom, randomRequest, randomWorld } from "./naive-world.ts";

const REQUESTS = Number(process.env.NAIVE_REQUESTS ?? 6_000);
const SEED = Number(process.env.NAIVE_SEED ?? 20_260_701);
const PER_WORLD = 40;

function policyOfWorld(world: NaiveWorld): Policy {
  return createPolicy(bundleOf(...world.policies.map(cedarText)), deploymentOfWorld(world), cedar);
}

function decided(policy: Policy, request: NaiveRequest): NaiveDecision {
  const { subject, groups, claims, sourceIp, userAgent, now, openedAt, call, approvedSession } = request;
  const principal = { issuer: ISSUER, subject, groups, claims };
  const role = request.role as RoleArn;
  const session = {
    id: "AAAAAAAAAAAAAAAAAAAAAAAAAA" as never,
    principal,
    role,
    keyArn: "",
    sourceIp: "198.51.100.1",
    userAgent,
    openedAt,
    expiresAt: now + 60,
  };
  const context = { sourceIp, userAgent, now, sessionOpenedAt: openedAt };
  const decision = policy.decideCall({ principal, role, session, call, context, approvedSession });
  const { policies } = decision;
  if (decision.kind === "deny") return { outcome: decision.reason, policies, scope: null, hold: null };
  return { outcome: decision.kind, policies, scope: decision.obligations.scope, hold: holdOf(decision) };
}

function holdOf(decision: Decision): NaiveHold | null {
  if (decision.kind !== "hold") return null;
  const { groups, quorum, withinSeconds, otherwise, run } = decision.approval;
  const demand = [groups.join("+"), quorum, withinSeconds, otherwise, run].join(" ");
  return { demand, holdsSession: decision.holdsSession };
}

describe("the two readings", () => {
  it(
    `agree on ${REQUESTS} random requests`,
    () => {
      const random = randomFrom(SEED);
      const outcomes = new Map<string, number>();
      for (let asked = 0; asked < REQUESTS; ) {
        const world = randomWorld(random);
        const policy = policyOfWorld(world);
        for (let each = 0; each < PER_WORLD && asked < REQUESTS; each += 1, asked += 1) {
          const request = randomRequest(random);
          const naive = naiveDecision(world, request);
          outcomes.set(naive.outcome, (outcomes.get(naive.outcome) ?? 0) + 1);
          const shown = {
            seed: SEED,
            asked,
            policies: world.policies.map(cedarText),
            sets: world.sets,
            request,
          };
          expect(decided(policy, request), JSON.stringify(shown)).toEqual(naive);
        }
      }
      // No outcome may be so rare that agreeing on it shows nothing.
      for (const outcome of [
        "permit",
        "hold",
        "forbidden",
        "no_policy",
        "policy_error",
        "role_not_permitted",
        "credential_vending",
        "obligation_unsupported",
      ]) {
        expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(REQUESTS / 200);
      }
    },
    Math.max(30_000, REQUESTS * 5),
  );
});
