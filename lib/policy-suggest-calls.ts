// Which recorded calls a suggestion has to cover: those of one agent that were carried out. Decides what counts as carried
// out and who is meant; every other call is left out with a reason that is told.

import type { AwsCall } from "../lambdas/model/aws-call.ts";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { Caller, Intent, Outcome, RecordedDecision } from "../lambdas/model/record.ts";
import type { CallQuestion } from "../lambdas/policy/policy.ts";
import { sessionPolicyFor } from "../lambdas/upstream/session-policy.ts";
import type { Lacks } from "./policy-lacks.ts";
import { rebuild } from "./policy-replay.ts";
import type { RecordedCallAt } from "./recorded-calls.ts";

/** Calls that no policy here tells apart, as one. */
export interface CoveredCall {
  readonly question: CallQuestion;
  readonly lacks: Lacks;
  /** What was decided then. */
  readonly then: RecordedDecision;
  /** True where people had to approve it. */
  readonly held: boolean;
  /** How many there were. */
  readonly calls: number;
}

/** Who the suggestion is for: as the latest record names them. */
export interface SuggestedAgent {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export interface PickedCalls {
  readonly agent: SuggestedAgent;
  readonly covered: readonly CoveredCall[];
  /** Why calls are left out, and how many. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Of the covered ones: let through only because the deployment observed. */
  readonly observed: number;
}

/**
 * @param calls of the wanted agent; `role` as ARN or name limits them
 * @throws Error when there are none, or they are of several agents
 */
export function pickCalls(
  calls: readonly RecordedCallAt[],
  role: string | undefined,
  deployment: Deployment,
): PickedCalls {
  const agent = agentOf(calls);
  const leftOut = new Map<string, number>();
  const covered = new Map<string, CoveredCall>();
  let observed = 0;
  for (const call of calls) {
    const taken = take(call, role, deployment);
    if (typeof taken === "string") {
      leftOut.set(taken, (leftOut.get(taken) ?? 0) + 1);
      continue;
    }
    if (!taken.then.enforced && taken.then.decision !== "permit") observed += 1;
    const key = keyOf(taken);
    covered.set(key, { ...taken, calls: (covered.get(key)?.calls ?? 0) + 1 });
  }
  return { agent, covered: [...covered.values()], leftOut, observed };
}

function agentOf(calls: readonly RecordedCallAt[]): SuggestedAgent {
  const callers = calls.flatMap(({ record }) => record.caller ?? []);
  const byName = new Map(callers.map((caller) => [`${caller.issuer}|${caller.subject}`, caller]));
  const [latest, ...others] = [...byName.values()].reverse();
  if (latest === undefined) throw new Error("there are no calls of this agent among the records");
  if (others.length > 0) {
    const names = [...byName.keys()].map((name) => `\`${name}\``).join(", ");
    throw new Error(`the records are of several agents; say which one by \`--agent\`: ${names}`);
  }
  const groups = [...new Set(callers.flatMap((caller: Caller) => caller.groups))];
  return { issuer: latest.issuer, subject: latest.subject, name: latest.agent, groups };
}

function take(call: RecordedCallAt, role: string | undefined, deployment: Deployment): CoveredCall | string {
  const { record } = call;
  if (role !== undefined && record.role !== role && record.role?.endsWith(`/${role}`) !== true) {
    return "under another role";
  }
  const why = whyNotCarriedOut(record);
  if (why !== null) return why;
  const rebuilt = rebuild(call, deployment);
  if (rebuilt.kind === "unknown") return rebuilt.why;
  const { question, lacks } = rebuilt;
  const then = record.decision;
  if (then === null) return "no decision is recorded";
  const unsayable = whyUnsayable(question, deployment);
  if (unsayable !== null) return unsayable;
  return { question, lacks, then, held: then.decision === "hold", calls: 1 };
}

const DENIED = /AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|Forbidden/;

function whyNotCarriedOut(record: Intent | Outcome): string | null {
  if (record.phase === "INTENT") return "no outcome is recorded";
  switch (record.ending) {
    case "refused": {
      if (record.call === null) return "refused before a call was recognised, or at the exchange";
      return record.decision?.decision === "hold" ? "held, and not run" : "refused by the gateway";
    }
    case "in_doubt":
      return "in doubt: no whole answer came back";
    case "answered":
      if (record.status === 403 || DENIED.test(record.code ?? "")) return "denied by AWS";
      return record.mayHaveRun ? null : "not carried out by AWS, which throttled or refused it";
  }
}

const PRINTABLE = /^[\x20-\x7e]*$/;

/** What neither language can say exactly enough, or may say here. */
function whyUnsayable({ call, role }: CallQuestion, { roles }: Deployment): string | null {
  if (!roles.some(({ arn }) => arn === role)) return "the role is none of this configuration";
  if (sessionPolicyFor(call, "call").kind === "refused") {
    return "it names more than one credential can be limited to";
  }
  const resources = call.actions.flatMap((action) => action.resources);
  if (resources.some(({ literals }) => !PRINTABLE.test(literals.join("")))) {
    return "a resource's name holds characters beyond printable ASCII, which the check of policies refuses";
  }
  const exact = resources.filter(({ literals }) => literals.length === 1);
  if (exact.some(({ literals }) => literals[0].endsWith("*"))) {
    return "a resource's name ends in a star, which a policy would read as any";
  }
  return null;
}

function keyOf({ question, then, held }: CoveredCall): string {
  const { call, role } = question;
  return JSON.stringify([role, held, then.policies, identityOf(call)]);
}

function identityOf({ service, operation, region, candidates, actions, parameters }: AwsCall): unknown {
  // SSM's reads need a key only with decryption.
  return [service, operation, region, candidates, actions, parameters.WithDecryption];
}
