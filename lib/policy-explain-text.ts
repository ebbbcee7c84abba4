// Writes an explanation for people. What agents or their tokens chose is written with control characters made visible.

import { type AwsCall, displayArn } from "../lambdas/model/aws-call.ts";
import type { Decision } from "../lambdas/model/decision.ts";
import type { ExplainedQuestion } from "../lambdas/policy/explain.ts";
import type { NearMiss } from "../lambdas/policy/explain-parts.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { orchestratorIn } from "../lambdas/upstream/orchestrators.ts";
import type { Explained } from "./policy-explain.ts";
import { demandLines, maskLines, obligationLines } from "./policy-obligation-text.ts";

/** The explanation as lines of text. */
export function explanationText(explained: Explained): string {
  if (explained.kind === "unrecognised") {
    return ["DENY: not recognised, so no policy is asked", `  ${visible(explained.message)}`].join("\n");
  }
  const { question, call, explanation, bundle } = explained;
  const { principal, role } = question;
  const { decision, withoutEmergency, questions } = explanation;
  const all = [explanation.role, ...questions];
  // What nearly matched, or would for others, helps where something is missing: not beside a permit that matched.
  const lacking = all.filter(({ permits }) => permits.length === 0);
  return [
    headline(decision),
    ...(decision.kind === "deny" ? [`  the agent is told: ${visible(decision.message)}`] : []),
    ...(withoutEmergency === null ? [] : [`  without the emergency rules: ${headline(withoutEmergency)}`]),
    "",
    `asked by   ${visible(`${principal.subject} of ${principal.issuer}`)}`,
    `  groups   ${visible(principal.groups.join(", ")) || "none"}`,
    `  role     ${visible(role)}`,
    `recognised ${call.service}:${call.operation}${call.vendsCredentials ? ", whose answer can hold credentials or signed URLs" : ""}`,
    ...call.actions.flatMap(({ action, accessLevel, resources }) =>
      resources.map(
        (resource) => `  needs    ${action} (${accessLevel}) on ${visible(displayArn(resource) || "*")}`,
      ),
    ),
    ...section("decides", deciding(all, bundle)),
    ...section("fails", failing(all, bundle)),
    ...section("nearly: the scope matches, a condition does not", nearMisses(lacking, bundle)),
    ...section(
      "matches for other agents",
      [...new Set(lacking.flatMap(({ forOthers }) => forOthers))].map((id) => placed(id, bundle)),
    ),
    ...section("held for people", demandLines(decision)),
    ...section("obliges", obligationLines(decision)),
    ...section("hidden in the answer", maskLines(explanation)),
    ...section("beyond the policies", beyond(call, decision)),
    "",
    `policies   ${decision.policyVersion.slice(0, 16)}`,
  ].join("\n");
}

function headline(decision: Decision): string {
  const by = decision.policies.length === 0 ? "" : ` by ${decision.policies.join(", ")}`;
  return decision.kind === "deny" ? `DENY: ${decision.reason}${by}` : `${decision.kind.toUpperCase()}${by}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function deciding(questions: readonly ExplainedQuestion[], bundle: PolicyBundle): readonly string[] {
  const entries = questions.flatMap((question) => {
    const ids = [...question.forbids, ...question.permits];
    const names = ids.length === 0 ? ["no policy"] : ids.map((id) => placed(id, bundle));
    return names.map((name): Entry => ({ name, question, below: [] }));
  });
  return entryLines(entries);
}

function failing(questions: readonly ExplainedQuestion[], bundle: PolicyBundle): readonly string[] {
  const below = [
    "a condition cannot be evaluated: a member is absent, test it with `has`, or is of another type",
  ];
  return entryLines(
    questions.flatMap((question) =>
      question.failed.map((id): Entry => ({ name: placed(id, bundle), question, below })),
    ),
  );
}

function nearMisses(questions: readonly ExplainedQuestion[], bundle: PolicyBundle): readonly string[] {
  return entryLines(
    questions.flatMap((question) =>
      question.nearMisses.map(
        (miss): Entry => ({ name: placed(miss.id, bundle), question, below: unmetLines(miss) }),
      ),
    ),
  );
}

/** What a policy says to one question, and the lines that tell more. */
interface Entry {
  readonly name: string;
  readonly question: ExplainedQuestion;
  readonly below: readonly string[];
}

/** Equal words about several resources are said once. */
function entryLines(entries: readonly Entry[]): readonly string[] {
  const groups = Map.groupBy(entries, ({ name, question, below }) =>
    [name, question.action, question.operation, ...below].join("\n"),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const many = group.length > 1 ? ` and ${group.length - 1} more` : "";
    return [`${first.name}: ${subject(first.question)}${many}`, ...first.below.map((line) => `  ${line}`)];
  });
}

function unmetLines({ unmet }: NearMiss): readonly string[] {
  return unmet.flatMap(({ kind, text, saw }) => [
    `${kind} { ${text} } is ${kind === "when" ? "false" : "true"}`,
    ...saw.map(([path, value]) => `  ${path} is ${visible(value)}`),
  ]);
}

/** What the policies do not decide, and the state of the gateway may. */
function beyond(call: AwsCall, decision: Decision): readonly string[] {
  if (decision.kind === "deny") return [];
  const operation = decision.obligations.scope === "role" ? undefined : orchestratorIn(call);
  const limits = decision.obligations.limits ?? [];
  return [
    ...(operation === undefined
      ? []
      : [`${operation} works in the caller's name: refused (scope_too_narrow) without \`@scope("role")\``]),
    ...(limits.length === 0 ? [] : ["the budgets above are counted for each agent, and may be used up"]),
  ];
}

function subject({ action, operation, resource, sets }: ExplainedQuestion): string {
  const within = sets.length === 0 ? "" : ` (in ${sets.join(", ")})`;
  const of = operation === "" || action.endsWith(`:${operation}`) ? "" : ` for ${operation}`;
  return `${action}${of} on ${visible(resource) || "*"}${within}`;
}

function placed(id: string, { policies }: PolicyBundle): string {
  const policy = policies.find((each) => each.id === id);
  return policy === undefined ? id : `${policy.facts.effect} ${id} (${policy.file})`;
}

function visible(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
