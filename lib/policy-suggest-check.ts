// Proves a suggestion before it is shown: replayed against it no covered call is denied, and without any one of its
// statements at least one is (or is no longer held for people as it was). What turns out to be superfluous goes. Cedar is
// asked by the gateway's own decision function; IAM by the local cloud's evaluator, which knows nothing of the gateway.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { withinScope } from "../lambdas/flow/decide.ts";
import type { AwsCall, AwsResource } from "../lambdas/model/aws-call.ts";
import type { Decision } from "../lambdas/model/decision.ts";
import type { Deployment } from "../lambdas/model/deployment.ts";
import { createPolicy } from "../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { dependentGrantsOf } from "../lambdas/upstream/dependent-actions.ts";
import { type AccessRequest, evaluate } from "./local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "./local/aws/iam-policy.ts";
import { bundlePolicies } from "./policy-bundle.ts";
import { rememberingEngine } from "./policy-memo.ts";
import type { CoveredCall } from "./policy-suggest-calls.ts";
import type { SuggestedPolicy } from "./policy-suggest-cedar.ts";
import { type IamStatement, iamDocument } from "./policy-suggest-iam.ts";

/** Packs them as synth would. @throws Error that lists what synth would refuse: a fault of ours */
export function bundleSuggested(policies: readonly SuggestedPolicy[], deployment: Deployment): PolicyBundle {
  const directory = mkdtempSync(join(tmpdir(), "countersign-suggest-"));
  try {
    writeFileSync(join(directory, "suggested.cedar"), policies.map(({ text }) => `${text}\n`).join("\n"));
    return bundlePolicies(directory, withSets(deployment, policies));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The configuration with the sets that the suggested policies name. */
export function withSets(deployment: Deployment, policies: readonly SuggestedPolicy[]): Deployment {
  const sets = policies.flatMap(({ set }) => set ?? []);
  return { ...deployment, resourceSets: [...deployment.resourceSets, ...sets] };
}

/** What a bundle decides about each call. */
export function decideAll(
  bundle: PolicyBundle,
  deployment: Deployment,
  calls: readonly CoveredCall[],
): readonly Decision[] {
  const policy = createPolicy(bundle, deployment, rememberingEngine(bundle, cedar));
  return calls.map(({ question }) => withinScope(policy.decideCall(question), question));
}

/** `undefined` where the call is let through as it was: what people approved must still be held. */
export function failureOf({ held }: CoveredCall, decision: Decision): string | undefined {
  if (decision.kind === "deny") return `the suggested policies deny it (${decision.reason})`;
  return held && decision.kind !== "hold"
    ? "held and approved, and no present policy says by whom"
    : undefined;
}

/** The ids of the policies without which no call would be denied or less held. `decisions` are of the whole bundle. */
export function superfluousPolicies(
  bundle: PolicyBundle,
  deployment: Deployment,
  calls: readonly CoveredCall[],
): ReadonlySet<string> {
  const gone = new Set<string>();
  let kept = bundle;
  let decisions = decideAll(bundle, deployment, calls);
  for (const { id } of bundle.policies.toReversed()) {
    // Policies that did not decide a call change nothing about it by going: all of them are permits.
    const deciding = calls.flatMap((call, index) => {
      const before = decisions[index];
      return before?.policies.includes(id) ? [{ call, before }] : [];
    });
    const without = { ...kept, policies: kept.policies.filter((each) => each.id !== id) };
    const after = decideAll(
      without,
      deployment,
      deciding.map(({ call }) => call),
    );
    if (deciding.some(({ call, before }, index) => isLost(call, before, after[index]))) continue;
    gone.add(id);
    kept = without;
    decisions = decideAll(kept, deployment, calls);
  }
  return gone;
}

function isLost(call: CoveredCall, before: Decision, after: Decision | undefined): boolean {
  if (after === undefined || after.kind === "deny") return true;
  if (before.kind !== "hold" || after.kind !== "hold") return before.kind !== after.kind;
  return call.held && JSON.stringify(before.approval) !== JSON.stringify(after.approval);
}

export interface IamCheck {
  /** Requests that no statement allows. */
  readonly denied: readonly AccessRequest[];
  /** The statements that are needed. */
  readonly kept: readonly IamStatement[];
}

/** What AWS would ask about the calls, asked of each statement. */
export function checkIam(statements: readonly IamStatement[], calls: readonly AwsCall[]): IamCheck {
  const requests = calls.flatMap(accessRequests);
  const alone = statements.map((statement) => parseIdentityPolicy(iamDocument([statement])));
  const allowing = requests.map((request) => {
    const allows = alone.map(
      (identity) => evaluate({ identity, session: undefined }, request).kind === "allowed",
    );
    return new Set(allows.flatMap((isAllowed, index) => (isAllowed ? [index] : [])));
  });
  const gone = new Set<number>();
  for (const index of statements.keys()) {
    const isNeeded = allowing.some(
      (set) => set.has(index) && [...set].every((each) => each === index || gone.has(each)),
    );
    if (!isNeeded) gone.add(index);
  }
  return {
    denied: requests.filter((_, index) => allowing[index]?.size === 0),
    kept: statements.filter((_, index) => !gone.has(index)),
  };
}

const ANY_NAME = "recorded-name"; // where a call leaves a part of the name open
const SECRET_SUFFIX = "AbCdEf"; // AWS ends each secret's ARN in six characters

export function accessRequests(call: AwsCall): readonly AccessRequest[] {
  const own = call.actions.flatMap(({ action, resources }) =>
    resources.map((resource) => ({ action, resource: nameOf(resource), context: new Map() })),
  );
  const key = `arn:${call.partition}:kms:${call.region}:${call.account}:key/${ANY_NAME}`;
  const dependent = dependentGrantsOf(call).flatMap(({ actions, viaService }) =>
    actions.map((action) => ({
      action,
      resource: key,
      context: new Map([["kms:viaservice", [viaService]]]),
    })),
  );
  return [...own, ...dependent];
}

function nameOf({ literals, service }: AwsResource): string {
  if (literals.join("") === "") return "*";
  return literals.join(service === "secretsmanager" ? SECRET_SUFFIX : ANY_NAME);
}
