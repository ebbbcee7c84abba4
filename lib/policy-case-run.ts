// Runs the cases of policies/tests against the policies, by the engine and the recogniser of the gateway, and compares.

import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Decision } from "../lambdas/model/decision.ts";
import { type Asker, callQuestion, withTags } from "../lambdas/policy/explain-question.ts";
import { createPolicy, type Policy } from "../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { parseAwsCommand } from "./aws-command.ts";
import type { OperationRequest } from "./aws-request.ts";
import { type CountersignConfig, deploymentOf } from "./config.ts";
import { bundlePolicies } from "./policy-bundle.ts";
import { type PolicyCase, readPolicyCases } from "./policy-cases.ts";
import { principalOf, recogniseOperation, roleNamed } from "./policy-question.ts";
import { shellWords } from "./shell-words.ts";

/** What came of one case. `faults` is empty when all is as expected. */
interface CaseResult {
  readonly file: string;
  readonly name: string;
  readonly faults: readonly string[];
}

export interface CaseRun {
  readonly results: readonly CaseResult[];
  readonly bundle: PolicyBundle;
  /** Policies that decide no case, in the order of the bundle. */
  readonly unreached: PolicyBundle["policies"];
}

interface Answer {
  readonly outcome: string;
  readonly by: readonly string[];
  /** With those that permit the role. */
  readonly all: readonly string[];
  readonly message: string;
  /** `null` where the case is refused as unrecognised. */
  readonly decision: Decision | null;
}

// Beside what a case says: a documentation address, a client, a weekday at noon, a session of five minutes.
const DEFAULTS = {
  groups: [],
  role: "mcp-reader",
  subject: "agent-1",
  region: "eu-west-1",
  context: { sourceIp: "192.0.2.7", userAgent: "Boto3/1.40", now: "2026-07-01T12:00:00Z", sessionAge: 300 },
} as const;

/** @throws Error when policies, deployment or cases are not well formed */
export function runPolicyCases(policies: string): CaseRun {
  const { config, files } = readPolicyCases(policies);
  const deployment = deploymentOf(config);
  const bundle = bundlePolicies(policies, deployment);
  const policy = createPolicy(bundle, deployment, cedar);
  const reached = new Set<string>();
  const results = files.flatMap(({ file, cases }) =>
    cases.map((each): CaseResult => {
      const { faults, policies: deciding } = runCase(each, policy, config);
      for (const id of deciding) reached.add(id);
      return { file, name: each.name, faults };
    }),
  );
  return { results, bundle, unreached: bundle.policies.filter(({ id }) => !reached.has(id)) };
}

function runCase(
  policyCase: PolicyCase,
  policy: Policy,
  config: CountersignConfig,
): { readonly faults: readonly string[]; readonly policies: readonly string[] } {
  try {
    const answer = answerOf(policyCase, policy, config);
    return { faults: faultsOf(policyCase, answer), policies: answer.all };
  } catch (cause) {
    return { faults: [cause instanceof Error ? cause.message : String(cause)], policies: [] };
  }
}

function answerOf(policyCase: PolicyCase, policy: Policy, config: CountersignConfig): Answer {
  const asker = askerOf(policyCase, config);
  const ofRole = policy.decideRole(asker);
  if (policyCase.call === undefined) return answerFrom(ofRole, []);
  const found = recogniseOperation(requestOf(policyCase, config), asker.role);
  if (found.kind === "refused") {
    return { outcome: "unrecognised", by: [], all: [], message: found.message, decision: null };
  }
  const question = withTags(callQuestion(asker, found.call), policy, policyCase.tags);
  const { approvedSession = false } = policyCase;
  return answerFrom(
    policy.decideCall({ ...question, approvedSession }),
    ofRole.kind === "deny" ? [] : ofRole.policies,
  );
}

function answerFrom(decision: Decision, ofRole: readonly string[]): Answer {
  const { policies: all } = decision;
  if (decision.kind === "deny") {
    return { outcome: decision.reason, by: all, all, message: decision.message, decision };
  }
  const by = all.filter((id) => !ofRole.includes(id));
  return { outcome: decision.kind, by, all, message: "", decision };
}

function askerOf(policyCase: PolicyCase, config: CountersignConfig): Asker {
  const { groups = DEFAULTS.groups, subject = DEFAULTS.subject, claims = {}, issuer = null } = policyCase;
  const given = policyCase.context ?? {};
  const usual = DEFAULTS.context;
  const now = Date.parse(given.now ?? usual.now) / 1000;
  return {
    principal: principalOf(config, { issuer, subject, groups, claims }),
    role: roleNamed(config, policyCase.role ?? DEFAULTS.role),
    context: {
      sourceIp: given.sourceIp ?? usual.sourceIp,
      userAgent: given.userAgent ?? usual.userAgent,
      now,
      sessionOpenedAt: now - (given.sessionAge ?? usual.sessionAge),
    },
  };
}

function requestOf({ call = "", region: own }: PolicyCase, config: CountersignConfig): OperationRequest {
  const region = own ?? config.region ?? DEFAULTS.region;
  if (typeof call === "string") {
    const parsed = parseAwsCommand(shellWords(call));
    return { ...parsed, region: parsed.region ?? region };
  }
  const [entry, ...more] = Object.entries(call);
  const [service, operation] = entry?.[0].split(":", 2) ?? [];
  if (entry === undefined || service === undefined || operation === undefined || more.length > 0) {
    throw new Error('`call` names one operation, as `{ "dynamodb:GetItem": { ... } }`');
  }
  return { service, operation, params: entry[1], region };
}

function faultsOf(policyCase: PolicyCase, answer: Answer): string[] {
  const { expect, by, says } = policyCase;
  const { outcome, by: decided, message } = answer;
  const faults: string[] = [];
  const told = message === "" ? "" : `: ${message}`;
  if (outcome !== expect) {
    faults.push(`expected ${expect}, got ${outcome} by ${named(decided)}${told}`);
  } else if (by !== undefined && [...by].sort().join() !== [...decided].sort().join()) {
    faults.push(`expected it by ${named(by)}, got it by ${named(decided)}`);
  }
  if (says !== undefined && !message.includes(says)) {
    faults.push(`expected the agent to be told \`${says}\`, got \`${message}\``);
  }
  return [...faults, ...obligationFaults(policyCase, answer)];
}

function obligationFaults(policyCase: PolicyCase, { decision, outcome }: Answer): string[] {
  const hold = decision?.kind === "hold" ? decision : null;
  const masks = decision === null || decision.kind === "deny" ? undefined : decision.obligations.mask?.masks;
  const found: Readonly<Record<string, unknown>> = {
    approvers: hold?.approval.groups,
    quorum: hold?.approval.quorum,
    holdsSession: hold?.holdsSession,
    masks: (masks ?? []).map(({ path }) => path),
  };
  return Object.entries(found).flatMap(([name, value]) => {
    const wanted: unknown = Reflect.get(policyCase, name);
    if (wanted === undefined || text(wanted) === text(value)) return [];
    return [`expected \`${name}\` to be ${text(wanted)}, got ${text(value) ?? outcome}`];
  });
}

function text(value: unknown): string | undefined {
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
}

function named(policies: readonly string[]): string {
  return policies.length === 0 ? "no policy" : policies.map((id) => `\`${id}\``).join(", ");
}
