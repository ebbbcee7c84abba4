// What DESIGN.md says of one call, worked out from the naive reading of policies: every action on every resource of every
// operation must be permitted; a pattern stands for each resource below it, tried one by one.

import type { AwsCall, AwsResource, ParameterTree, ParameterValue } from "../../lambdas/model/aws-call.ts";
import type { DenyReason, Scope } from "../../lambdas/model/decision.ts";
import { type NaivePolicy, type NaiveQuestion, verdict } from "./naive-policy.ts";

interface NaiveSet {
  readonly name: string;
  /** A `*` at the end means "everything that begins with this". */
  readonly arns: readonly string[];
}

export interface NaiveWorld {
  readonly policies: readonly NaivePolicy[];
  readonly sets: readonly NaiveSet[];
  readonly roles: readonly string[];
  /** Groups that can approve; `null`: nobody can. */
  readonly approvers: readonly string[] | null;
}

export interface NaiveRequest {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
  readonly role: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly now: number;
  readonly openedAt: number;
  readonly call: AwsCall;
  readonly approvedSession: boolean;
}

export interface NaiveDecision {
  readonly outcome: "permit" | "hold" | DenyReason;
  readonly policies: readonly string[];
  readonly scope: Scope | null;
  readonly hold: NaiveHold | null;
}

/** Who has to approve, in one line; and whether for the session. */
export interface NaiveHold {
  readonly demand: string;
  readonly holdsSession: boolean;
}

interface Answer {
  readonly question: NaiveQuestion;
  readonly permits: readonly NaivePolicy[];
  readonly forbids: readonly NaivePolicy[];
  readonly failed: readonly NaivePolicy[];
}

export function naiveDecision(world: NaiveWorld, request: NaiveRequest): NaiveDecision {
  const roleAnswer = ask(world, roleQuestion(request));
  const role = world.roles.includes(request.role)
    ? denialOf([roleAnswer], "role_not_permitted")
    : deny("role_not_permitted", []);
  if (role !== null) return role;
  const ofRole = unapprovable(world, roleAnswer.permits);
  if (ofRole.length > 0) return deny("obligation_unsupported", ofRole);
  const answers = questionsOf(world, request).map((question) => ask(world, question));
  const denial = denialOf(answers, "no_policy", request.call.vendsCredentials);
  if (denial !== null) return denial;
  const permits = answers.flatMap((answer) => answer.permits);
  const ofCall = unapprovable(world, permits);
  if (ofCall.length > 0) return deny("obligation_unsupported", ofCall);
  const forSession = request.approvedSession ? null : demandOf(roleAnswer.permits);
  const demand = forSession ?? demandOf(permits);
  const isWide = permits.every(({ scopeOfCredential }) => scopeOfCredential === "role");
  return {
    outcome: demand === null ? "permit" : "hold",
    policies: ids([...permits, ...roleAnswer.permits]),
    scope: isWide ? "role" : "call",
    hold: demand === null ? null : { demand, holdsSession: forSession !== null },
  };
}

/** All permits that ask for an approval, where one of them asks somebody who cannot give it. */
function unapprovable({ approvers }: NaiveWorld, permits: readonly NaivePolicy[]): readonly NaivePolicy[] {
  const asking = permits.filter(({ approve }) => approve !== null);
  const isLost = asking.some(({ approve }) => approvers?.includes(approve?.group ?? "") !== true);
  return isLost ? asking : [];
}

function demandOf(permits: readonly NaivePolicy[]): string | null {
  const terms = permits.flatMap(({ approve }) => approve ?? []);
  if (terms.length === 0) return null;
  let quorum = 1;
  let minutes = Number.POSITIVE_INFINITY;
  let otherwise = "queue";
  let run = "stored";
  for (const each of terms) {
    quorum = Math.max(quorum, each.quorum ?? 1);
    minutes = Math.min(minutes, each.minutes ?? 60);
    if (each.otherwise !== "queue") otherwise = "reject";
    if (each.run !== "stored") run = "attended";
  }
  const groups = [...new Set(terms.map(({ group }) => group))].sort();
  return [groups.join("+"), quorum, minutes * 60, otherwise, run].join(" ");
}

function denialOf(
  answers: readonly Answer[],
  missing: "no_policy" | "role_not_permitted",
  vends = false,
): NaiveDecision | null {
  const failed = answers.flatMap((answer) => answer.failed);
  if (failed.length > 0) return deny("policy_error", failed);
  const forbids = answers.flatMap((answer) => answer.forbids);
  if (forbids.length > 0) return deny("forbidden", forbids);
  const unnamed = answers.some(
    ({ permits, question }) => !permits.some(({ actions }) => actions?.includes(question.action[0] ?? "")),
  );
  if (vends && unnamed) {
    return deny(
      "credential_vending",
      answers.flatMap(({ permits }) => permits),
    );
  }
  return answers.some(({ permits }) => permits.length === 0) ? deny(missing, []) : null;
}

function deny(outcome: DenyReason, policies: readonly NaivePolicy[]): NaiveDecision {
  return { outcome, policies: ids(policies), scope: null, hold: null };
}

function ids(policies: readonly NaivePolicy[]): readonly string[] {
  return [...new Set(policies.map(({ id }) => id))].sort();
}

function ask({ policies }: NaiveWorld, question: NaiveQuestion): Answer {
  const verdicts = policies.map((policy) => ({ policy, verdict: verdict(policy, question) }));
  const those = (wanted: string, effect?: string) =>
    verdicts
      .filter(({ policy, verdict: found }) => found === wanted && (effect ?? policy.effect) === policy.effect)
      .map(({ policy }) => policy);
  const failed = those("fails");
  const forbids = failed.length > 0 ? [] : those("matches", "forbid");
  const permits = failed.length + forbids.length > 0 ? [] : those("matches", "permit");
  return { question, permits, forbids, failed };
}

function roleQuestion(request: NaiveRequest): NaiveQuestion {
  const { role } = request;
  return {
    groups: request.groups,
    action: ["AssumeRole"],
    isRole: true,
    arn: role,
    sets: [],
    members: {
      principal: { issuer: request.issuer, subject: request.subject },
      resource: { account: role.split(":")[4] ?? "", name: role.slice(role.lastIndexOf("/") + 1) },
      context: { ...common(request), session: session(request) },
    },
  };
}

function questionsOf(world: NaiveWorld, request: NaiveRequest): NaiveQuestion[] {
  const { call } = request;
  const operations = [...new Set([call, ...call.candidates].map(({ operation }) => operation))];
  return call.actions.flatMap(({ action, accessLevel, resources }) =>
    resources.flatMap((resource) =>
      concrete(resource, world).flatMap((arn) =>
        operations.map((operation) => ({
          groups: request.groups,
          action: [action, `${action.split(":")[0]}:*`, `level:${accessLevel}`],
          isRole: false,
          arn,
          sets: setsOf(arn, world),
          members: {
            principal: { issuer: request.issuer, subject: request.subject },
            resource: attributes(resource),
            context: {
              ...common(request),
              operation,
              params: record(call.parameters),
              session: { ...session(request), sourceIp: "198.51.100.1" },
            },
          },
        })),
      ),
    ),
  );
}

/** The resource itself; or, of a pattern, one of each that the world's names can tell apart, and one that has no name. */
function concrete({ literals }: AwsResource, { policies, sets }: NaiveWorld): readonly string[] {
  const [head, ...rest] = literals;
  if (rest.length === 0) return [head];
  const tail = rest.at(-1) ?? "";
  const named = [
    ...policies.flatMap(({ resource, when, unless }) => arnsIn([resource, when, unless])),
    ...sets.flatMap(({ arns }) => arns.filter((arn) => !arn.endsWith("*"))),
  ];
  const fitting = named.filter(
    (arn) => arn.startsWith(head) && arn.endsWith(tail) && arn.length >= head.length + tail.length,
  );
  const below = sets
    .flatMap(({ arns }) => arns.filter((arn) => arn.endsWith("*")).map((arn) => arn.slice(0, -1)))
    .filter((prefix) => prefix.startsWith(head));
  return [`${head}~${tail}`, ...below.map((prefix) => `${prefix}~${tail}`), ...fitting];
}

function arnsIn(node: unknown): string[] {
  return [...JSON.stringify(node).matchAll(/"(arn:[^"]*)"/g)].map(([, arn = ""]) => arn);
}

function setsOf(arn: string, { sets }: NaiveWorld): string[] {
  return sets
    .filter(({ arns }) =>
      arns.some((each) => (each.endsWith("*") ? arn.startsWith(each.slice(0, -1)) : arn === each)),
    )
    .map(({ name }) => name);
}

type Members = NaiveQuestion["members"];

function common({ sourceIp, userAgent, now, claims }: NaiveRequest): Members {
  return { sourceIp, userAgent, now, claims };
}

function session({ now, openedAt }: NaiveRequest): Members {
  return { openedAt, age: now - openedAt };
}

function attributes({ service, type, account, region, literals }: AwsResource): Members {
  const colons = literals[0].split(":").length - 1;
  return {
    service,
    type,
    complete: literals.length === 1,
    ...(region !== "" || colons >= 4 ? { region } : {}),
    ...(account !== "" || colons >= 5 ? { account } : {}),
  };
}

function record(tree: ParameterTree): Members {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]) => (value === null ? [] : [[name, naiveValue(value)]])),
  );
}

/** Only the values that the world makes: texts, numbers, truth values, structures of them. */
function naiveValue(value: ParameterValue): Members[string] {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : String(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  return record(value as ParameterTree);
}
