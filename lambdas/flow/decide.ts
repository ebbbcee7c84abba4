// Decides one recognised call: what is forbidden in an emergency, what the policies say, whether a budget is left, and
// whether that counts.
// A deployment that observes lets pass what the policies deny about calls, and records the denial. It relaxes nothing else:
// who may use which role, what vends credentials and the emergency forbid stand in every mode, and AWS still gets a session
// policy for this one call.

import type { AwsCall } from "../model/aws-call.ts";
import type { ApprovalDemand, Decision, Obligations } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import type { EmergencyForbid } from "../model/emergency.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { Clock } from "../net/clock.ts";
import { overBudget } from "../policy/budgets.ts";
import { deny, quote } from "../policy/denials.ts";
import { emergencyDenial } from "../policy/emergency.ts";
import type { Policy } from "../policy/policy.ts";
import { orchestratorIn } from "../upstream/orchestrators.ts";
import { type CallTrace, userAgentOf } from "./call-trace.ts";
import type { Budgets } from "./ports.ts";
import type { TagReader } from "./tags.ts";

export interface DecideDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly policy: Policy;
  readonly budgets: Budgets;
  readonly tags: TagReader;
}

export interface DecideQuestion {
  readonly session: Session;
  readonly emergency: EmergencyForbid;
  readonly call: AwsCall;
  /** True when people have approved that this session uses its role. */
  readonly approvedSession?: boolean;
}

export interface Permitted {
  readonly kind: "permitted";
  readonly obligations: Obligations;
}

type HoldDecision = Extract<Decision, { kind: "hold" }>;

/** Permitted once people have approved it. Nothing was taken of a budget yet. */
export interface Held {
  readonly kind: "held";
  readonly decision: HoldDecision;
}

export async function decideCall(
  question: DecideQuestion,
  trace: CallTrace,
  dependencies: DecideDependencies,
): Promise<Permitted | Held | Refusal> {
  const { decision, forbidden } = await askAll(question, trace, dependencies);
  const counted =
    decision.kind === "permit" ? await withinBudgets(decision, question, dependencies) : decision;
  trace.decision = counted;
  trace.enforced = forbidden || isEnforced(counted, question, trace, dependencies);
  if (counted.kind === "permit") return { kind: "permitted", obligations: counted.obligations };
  if (!trace.enforced) return { kind: "permitted", obligations: observed(decision) };
  return counted.kind === "hold"
    ? { kind: "held", decision: counted }
    : refuse("AccessDenied", counted.message);
}

/** What a call that only observing lets pass is held to: the narrowest credential, and what its permits hide. */
function observed(decision: Decision): Obligations {
  const mask = decision.kind === "deny" ? undefined : decision.obligations.mask;
  return { scope: "call", ...(mask !== undefined && { mask }) };
}

/**
 * Decides a call that people have approved, at the moment at which it would run (R6): what the policies say now counts, and
 * a hold permits only where `isMet` says that the approvals given are those that it asks for now.
 */
export async function decideApproved(
  question: DecideQuestion,
  isMet: (demand: ApprovalDemand) => boolean,
  trace: CallTrace,
  dependencies: DecideDependencies,
): Promise<Permitted | Refusal> {
  const { decision } = await askAll(question, trace, dependencies);
  trace.decision = decision;
  if (decision.kind === "deny") return refuse("AccessDenied", decision.message);
  if (decision.kind === "hold" && (decision.holdsSession || !isMet(decision.approval))) {
    return refuse("AccessDenied", "the policies ask for another approval by now: make the call again");
  }
  const counted = await withinBudgets(decision, question, dependencies);
  if (counted.kind !== "deny") return { kind: "permitted", obligations: counted.obligations };
  trace.decision = counted;
  return refuse("AccessDenied", counted.message);
}

/** What is forbidden in an emergency, then the policies, then what their permits oblige. */
async function askAll(
  question: DecideQuestion,
  trace: CallTrace,
  dependencies: DecideDependencies,
): Promise<{ readonly decision: Decision; readonly forbidden: boolean }> {
  // INVARIANT: asked before the policies and in every mode: nothing that they say widens what was forbidden.
  const forbidden = askEmergency(question, dependencies);
  if (forbidden !== null) return { decision: forbidden, forbidden: true };
  return {
    decision: withinScope(await askPolicy(question, trace, dependencies), question),
    forbidden: false,
  };
}

/** AWS would refuse halfway what it does in the caller's name under a session policy for one call. */
export function withinScope(decision: Decision, { call }: Pick<DecideQuestion, "call">): Decision {
  if (decision.kind === "deny" || decision.obligations.scope === "role") return decision;
  const operation = orchestratorIn(call);
  if (operation === undefined) return decision;
  const message = `${quote(operation)} makes aws act on other resources in the caller's name, which a credential for this one call does not allow: every permit that matches it has to say ${quote('@scope("role")')}, or the call has to name a role of its own where it can`;
  return deny(decision.policyVersion, "scope_too_narrow", decision.policies, message);
}

/**
 * Takes one call of every budget that the permits state, last of all, so that no call that fails anyway takes of one. What
 * was taken is not given back when a later budget is used up or the call fails: a budget counts permitted calls, not
 * successes. @throws when a budget cannot be counted: no call then.
 */
async function withinBudgets<Kept extends Exclude<Decision, { kind: "deny" }>>(
  decision: Kept,
  { session }: DecideQuestion,
  { budgets, clock, policy }: DecideDependencies,
): Promise<Kept | Extract<Decision, { kind: "deny" }>> {
  const now = Math.floor(clock.nowMs() / 1_000);
  for (const limit of decision.obligations.limits ?? []) {
    if ((await budgets.spend(session.principal, limit, now)) === "used_up") {
      return overBudget(limit, now, policy.version);
    }
  }
  return decision;
}

function isEnforced(
  decision: Decision,
  { session, call }: DecideQuestion,
  trace: CallTrace,
  { deployment, policy, clock }: DecideDependencies,
): boolean {
  if (deployment.mode === "enforce") return true;
  if (decision.kind === "permit") return false;
  // Whatever denied it, a policy error too: what answers with credentials would outlive the time of observing.
  if (call.vendsCredentials) return true;
  return policy.decideRole(roleQuestion(session, trace, clock)).kind === "deny";
}

function askEmergency(
  { session, emergency, call }: DecideQuestion,
  { policy, clock }: DecideDependencies,
): Decision | null {
  const { principal, role } = session;
  const now = Math.floor(clock.nowMs() / 1_000);
  return emergencyDenial({ emergency, principal, role, call, now, policyVersion: policy.version });
}

async function askPolicy(
  { session, call, approvedSession = false }: DecideQuestion,
  trace: CallTrace,
  { policy, clock, tags: reader }: DecideDependencies,
): Promise<Decision> {
  const asked = { ...roleQuestion(session, trace, clock), session, call, approvedSession };
  const tagged = policy.taggedResources(call);
  if (tagged.length === 0) return policy.decideCall(asked);
  // INVARIANT: nothing is read under a role that the agent may not use.
  const role = policy.decideRole(asked);
  if (role.kind === "deny") return role;
  const read = await reader.tagsOf(tagged, session, call);
  switch (read.kind) {
    case "tags":
      return policy.decideCall({ ...asked, tags: read.tags });
    case "too_many":
      return unread(
        policy,
        "the call names too many resources whose tags the policies ask for; split the call",
      );
    case "unreadable":
      return unread(
        policy,
        `the policies ask for the tags of ${quote(read.subject)}, which could not be read under this role: allow the role ${quote(read.action)}`,
      );
  }
}

/** No tags is a statement about a resource too, so what was not read is never taken for it. */
function unread({ version }: Policy, message: string): Decision {
  return deny(version, "policy_error", [], message);
}

function roleQuestion(
  session: Session,
  { request }: CallTrace,
  clock: Clock,
): Parameters<Policy["decideRole"]>[0] {
  return {
    principal: session.principal,
    role: session.role,
    context: {
      sourceIp: request.viewerIp,
      userAgent: userAgentOf(request),
      now: Math.floor(clock.nowMs() / 1_000),
      sessionOpenedAt: session.openedAt,
    },
  };
}
