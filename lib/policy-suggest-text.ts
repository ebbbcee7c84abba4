// Writes a suggestion for people, and as JSON. Records hold text that agents chose: every value is written with control
// characters made visible; the policies themselves hold escapes of their own.

import { counted } from "./policy-diff-text.ts";
import type { SuggestedRole, Suggestion } from "./policy-suggest.ts";
import type { SuggestedPolicy } from "./policy-suggest-cedar.ts";
import { IAM_CHARACTERS, iamDocument } from "./policy-suggest-iam.ts";
import { visible } from "./session-text.ts";

export function suggestionText(
  suggestion: Suggestion,
  skipped: ReadonlyMap<string, number>,
): readonly string[] {
  const { agent, covered, recorded, observed, policies, roles } = suggestion;
  const held = policies.filter(
    ({ text }) => text.includes("\n@approve(") || text.startsWith("@approve("),
  ).length;
  return [
    `for ${visible(agent.name)} (${visible(`${agent.issuer}|${agent.subject}`)})`,
    `from ${covered} of ${recorded} recorded calls${observed === 0 ? "" : `; ${observed} of them ran only because the gateway observed`}`,
    ...counted("left out", suggestion.leftOut),
    ...counted("lines passed over", skipped),
    "",
    `policies/${fileOf(policies)}.cedar`,
    ...policies.flatMap(policyLines),
    ...setLines(policies),
    ...roles.flatMap(roleLines),
    ...unusedLines(suggestion),
    ...counted(
      "denied by the present forbids, if these permits replace the present ones",
      suggestion.forbidden,
    ),
    "",
    `proved: replayed against these ${policies.length} policies none of the ${covered} calls is denied${held === 0 ? "" : ", and what people approved is held"};`,
    `        without any one of them at least one is${held === 0 ? "" : ", or is held by fewer"}`,
    ...roles.map(({ role, statements, requests }) => roleProof(role, statements.length, requests)),
  ];
}

export function suggestionJson(suggestion: Suggestion, skipped: ReadonlyMap<string, number>): string {
  const { policies, roles, leftOut, forbidden, ...rest } = suggestion;
  return JSON.stringify(
    {
      ...rest,
      leftOut: Object.fromEntries(leftOut),
      skipped: Object.fromEntries(skipped),
      forbidden: Object.fromEntries(forbidden),
      cedar: policies.map(({ text }) => `${text}\n`).join("\n"),
      policies: policies.map(({ id, wider }) => ({ id, wider })),
      resourceSets: policies.flatMap(({ set }) => set ?? []),
      roles: roles.map(({ role, statements, wider }) => ({ role, wider, policy: iamDocument(statements) })),
    },
    null,
    2,
  );
}

function fileOf([first]: readonly SuggestedPolicy[]): string {
  return first?.id.replace(/(-role)?-\d+$/, "") ?? "suggested";
}

function policyLines({ text, wider }: SuggestedPolicy): readonly string[] {
  return ["", ...wider.map((each) => `// wider than the records: ${visible(each)}`), ...text.split("\n")];
}

function setLines(policies: readonly SuggestedPolicy[]): readonly string[] {
  const sets = policies.flatMap(({ set }) => set ?? []);
  if (sets.length === 0) return [];
  return ["", "resourceSets of the configuration get", ...visibleJson(sets)];
}

function roleLines({ role, statements, wider }: SuggestedRole): readonly string[] {
  const document = iamDocument(statements);
  const characters = JSON.stringify(document).length;
  const { inline, managed } = IAM_CHARACTERS;
  return [
    "",
    `the policy of ${visible(role)}`,
    ...wider.map((each) => `// wider than the records: ${visible(each)}`),
    ...visibleJson(document),
    ...(characters > managed
      ? [
          `// ${characters} characters: IAM takes ${managed} in a managed policy, ${inline} in a role's own; \`--generalise\` makes it shorter`,
        ]
      : []),
  ];
}

function unusedLines({ unused, roleActions }: Suggestion): readonly string[] {
  const never = roleActions?.filter(({ usedFor }) => usedFor.length === 0) ?? [];
  const partly =
    roleActions?.filter(({ action, usedFor }) => usedFor.length > 0 && /[*?]/.test(action)) ?? [];
  return [
    ...section("present permits that reach the agent and matched none of these calls", unused.unmatched),
    ...section("matched, and never alone: other permits let the same through", unused.unneeded),
    ...section(
      "actions of the role's present policy that none of these calls used",
      never.map(({ action }) => visible(action)),
    ),
    ...section(
      "used in part",
      partly.map(({ action, usedFor }) => visible(`${action}: ${usedFor.join(", ")}`)),
    ),
  ];
}

function roleProof(role: string, statements: number, requests: number): string {
  const name = visible(role.slice(role.lastIndexOf("/") + 1));
  return `        ${name}: its ${statements} ${statements === 1 ? "statement allows" : "statements allow"} all ${requests} accesses that they need, and none of them can go`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${visible(line)}`)];
}

/** JSON in printable ASCII: the same names, and nothing that draws on a terminal. */
function visibleJson(value: unknown): readonly string[] {
  return JSON.stringify(value, null, 2)
    .replace(/[^\n\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .split("\n");
}
