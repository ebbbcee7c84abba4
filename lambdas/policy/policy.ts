// Decides whether an agent may use a role and may make a call. Denies unless policies permit every action on every
// resource of every operation the request may be. Pure: the policies, the engine and the time are arguments.
// Believes recognition for what the call is and identity for who asks. Recording the decision is recording/'s.

import { type AwsCall, type AwsResource, displayArn, isComplete } from "../model/aws-call.ts";
import type { Decision } from "../model/decision.ts";
import type { Deployment } from "../model/deployment.ts";
import type { RoleArn } from "../model/ids.ts";
import type { Principal, Session } from "../model/principal.ts";
import {
  type CallAnswer,
  type CallPart,
  casesOfCall,
  combine,
  MOST_QUESTIONS,
  taggedResources,
} from "./call-answers.ts";
import { type Ask, type CedarEngine, prepareCedar } from "./cedar.ts";
import { deny, quote, quoteAll } from "./denials.ts";
import { type AddedUp, addUp, obligationsOf, withObligationsOfRole } from "./obligations.ts";
import type { BundledPolicy, PolicyBundle } from "./policy-bundle.ts";
import { indexPolicies, type PolicyIndex } from "./policy-index.ts";
import { type RequestContext, roleQuestion } from "./questions.ts";

export type { RequestContext } from "./questions.ts";

interface RoleQuestion {
  readonly principal: Principal;
  readonly role: RoleArn;
  readonly context: RequestContext;
}

export interface CallQuestion extends RoleQuestion {
  readonly session: Session;
  readonly call: AwsCall;
  /** Of the resources that `taggedResources` named. */
  readonly tags?: ReadonlyMap<AwsResource, Readonly<Record<string, string>>>;
  /** True when people have approved that this session uses its role: then only the call's own permits can hold it. */
  readonly approvedSession?: boolean;
}

export interface Policy {
  /** The hash of the bundle. */
  readonly version: string;
  /**
   * May this agent use this role? Asked at the exchange, and again within every `decideCall`. A hold lets the exchange
   * succeed, as clients of STS cannot wait: the first call of the session is what is held.
   */
  decideRole(question: RoleQuestion): Decision;
  /** The resources of the call whose tags have to be looked up before `decideCall` is asked. */
  taggedResources(call: AwsCall): readonly AwsResource[];
  /** May this agent make this call under this role? Never throws: what cannot be decided is denied. */
  decideCall(question: CallQuestion): Decision;
}

interface Parts {
  readonly version: string;
  readonly roles: ReadonlySet<RoleArn>;
  /** Groups that can approve; `null` where nobody can. */
  readonly approvers: ReadonlySet<string> | null;
  readonly index: PolicyIndex;
  readonly ask: Ask;
}

/** Parses the bundle, warms the engine, and returns the policy. Throws when the bundle does not parse. */
export function createPolicy(bundle: PolicyBundle, deployment: Deployment, cedar: CedarEngine): Policy {
  const { version } = bundle;
  const parts: Parts = {
    version,
    roles: new Set(deployment.roles.map(({ arn }) => arn)),
    approvers: deployment.approvals && new Set(deployment.approvals.groups.map(({ name }) => name)),
    index: indexPolicies(bundle, deployment),
    ask: prepareCedar(bundle, cedar),
  };
  return {
    version,
    decideRole: (question) => orDenied(version, () => decideRole(parts, question)),
    taggedResources: (call) => taggedResources(call, parts.index),
    decideCall: (question) => orDenied(version, () => decideCall(parts, question)),
  };
}

function orDenied(version: string, decide: () => Decision): Decision {
  try {
    return decide();
  } catch {
    // Values that Cedar cannot hold at all, or a fault of ours: neither may let a call pass (R7).
    return deny(
      version,
      "policy_error",
      [],
      "the policy could not be asked about this request; it is refused",
    );
  }
}

function decideRole(parts: Parts, question: RoleQuestion): Decision {
  const { version, roles, index, ask } = parts;
  const { principal, role, context } = question;
  // The same answer for a role that is not configured and one that is not permitted: names are not for guessing.
  const unpermitted = deny(
    version,
    "role_not_permitted",
    [],
    `no policy permits this agent to use the role ${quote(role)}; check the role ARN, or ask for a permit on it`,
  );
  if (!roles.has(role)) return unpermitted;
  const answer = ask(roleQuestion(principal, role, context));
  if (answer.kind === "failed") return failed(version, answer.policies, `the use of the role ${quote(role)}`);
  if (answer.forbids.length > 0) {
    const policies = found(index, answer.forbids);
    return deny(
      version,
      "forbidden",
      answer.forbids,
      reasonsOf(policies, `the use of the role ${quote(role)}`),
    );
  }
  if (answer.permits.length === 0) return unpermitted;
  return permit(parts, answer.permits, true);
}

function decideCall(parts: Parts, question: CallQuestion): Decision {
  const role = decideRole(parts, question);
  // INVARIANT: a call is asked about only under a role that policy permits now, whatever it permitted at the exchange.
  if (role.kind === "deny") return role;
  const cases = casesOfCall(question, parts.index);
  if (cases === "too_many") {
    const limit = `the call names more than ${MOST_QUESTIONS} resources that the policies tell apart`;
    return deny(parts.version, "policy_error", [], `${limit}; split the call`);
  }
  const answer = combine(cases, parts.index, parts.ask);
  const denied = denial(parts, question.call, answer);
  if (denied !== null) return denied;
  const own = permit(parts, answer.permits, false);
  if (own.kind === "deny") return own;
  const policies = [...new Set([...own.policies, ...role.policies])].sort();
  const obligations = withObligationsOfRole(own.obligations, role.obligations);
  // The session before the call: who may not use the role needs no answer about what they would do with it.
  const held = role.kind === "hold" && question.approvedSession !== true ? role : own;
  return { ...held, policies, obligations };
}

/** In the order of certainty: an error first, then what forbids, then what is missing. */
function denial({ version, index }: Parts, call: AwsCall, answer: CallAnswer): Decision | null {
  if (answer.failedAt !== null) return failed(version, answer.failed, describe(answer.failedAt));
  if (answer.forbiddenAt !== null) {
    const message = reasonsOf(found(index, answer.forbids), describe(answer.forbiddenAt));
    return deny(version, "forbidden", answer.forbids, message);
  }
  if (answer.unnamedAt !== null && call.vendsCredentials) {
    const { action } = answer.unnamedAt.required;
    const message = `${quote(action)} can answer with credentials or signed URLs: it needs a permit that names this very action, and no such permit matched`;
    return deny(version, "credential_vending", answer.permits, message);
  }
  if (answer.unpermittedAt !== null) {
    const whole = isComplete(answer.unpermittedAt.resource)
      ? ""
      : "; the call does not name one resource, so a permit has to cover all that it could mean";
    const message = `no policy permits this agent ${describe(answer.unpermittedAt)}${whole}`;
    return deny(version, "no_policy", [], message);
  }
  return null;
}

function permit(parts: Parts, ids: readonly string[], holdsSession: boolean): Decision {
  const { version, index } = parts;
  const permits = found(index, ids);
  if (permits.length === 0 || permits.length !== ids.length) return failed(version, ids, "this request");
  const added = addUp(permits);
  if (added.unsupported.length > 0) {
    const message = `the permit ${quoteAll(added.unsupported)} obliges to something that this gateway cannot carry out yet; ask its author`;
    return deny(version, "obligation_unsupported", added.unsupported, message);
  }
  const policies = [...new Set(ids)].sort();
  const obligations = obligationsOf(added);
  if (added.approval === null) return { kind: "permit", policies, obligations, policyVersion: version };
  const { policies: asking, ...approval } = added.approval;
  const unapprovable = whyUnapprovable(parts, added.approval);
  if (unapprovable !== null) return deny(version, "obligation_unsupported", asking, unapprovable);
  return { kind: "hold", policies, obligations, approval, holdsSession, policyVersion: version };
}

/** A hold that nobody can end would be a denial that takes an hour to say so. */
function whyUnapprovable(
  { approvers }: Parts,
  { groups, policies }: NonNullable<AddedUp["approval"]>,
): string | null {
  const asks = `the permit ${quoteAll(policies)} asks for an approval`;
  if (approvers === null)
    return `${asks}, and this deployment has nobody who approves; ask its administrators`;
  const unknown = groups.filter((group) => !approvers.has(group));
  if (unknown.length === 0) return null;
  return `${asks} by ${quoteAll(unknown)}, which is no approver group of this deployment; ask its administrators`;
}

function failed(version: string, policies: readonly string[], what: string): Decision {
  const which = policies.length > 0 ? `: ${quoteAll(policies)} failed` : "";
  const message = `the policies could not be evaluated for ${what}${which}; ask their author`;
  return deny(version, "policy_error", policies, message);
}

/** The `@reason` texts of the forbids, else a sentence that names them. */
function reasonsOf(forbids: readonly BundledPolicy[], what: string): string {
  const reasons = forbids.flatMap(({ annotations }) => annotations.reason ?? []);
  if (reasons.length > 0) return [...new Set(reasons)].sort().join("; ");
  return `${what} is forbidden by the policy ${quoteAll(forbids.map(({ id }) => id))}`;
}

function found(index: PolicyIndex, ids: readonly string[]): BundledPolicy[] {
  return ids.flatMap((id) => index.policy(id) ?? []);
}

function describe({ required, resource }: CallPart): string {
  return `${quote(required.action)} on ${quote(displayArn(resource))}`;
}
