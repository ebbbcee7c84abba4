// Takes policies apart, so that Cedar itself can be asked about each part alone: its scope, its scope without the
// principal, and each part of its conditions. Whether a part holds is always Cedar's word, never worked out here.

import type * as cedarWasm from "@cedar-policy/cedar-wasm/nodejs";
import { authorizationOf, type CedarQuestion, type Entity } from "./cedar.ts";
import { isNode, membersIn } from "./expressions.ts";
import type { BundledPolicy } from "./policy-bundle.ts";

export type ExplainEngine = Pick<typeof cedarWasm, "isAuthorized" | "policyToJson" | "policyToText">;

type PolicyJson = cedarWasm.PolicyJson;

/** A part of a `when` that has to hold, or of an `unless` that must not. */
interface ConditionPart {
  readonly kind: "when" | "unless";
  readonly text: string;
  readonly body: PolicyJson["conditions"][number]["body"];
}

export interface PolicyParts {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly scope: PolicyJson;
  readonly conditions: readonly ConditionPart[];
}

interface UnmetPart {
  readonly kind: "when" | "unless";
  /** As Cedar writes it. */
  readonly text: string;
  /** What the request has where the part looks: path and value as JSON; `absent` where there is none. */
  readonly saw: readonly (readonly [path: string, value: string])[];
}

export interface NearMiss {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly unmet: readonly UnmetPart[];
}

export interface Tried {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly outcome: "matched" | "unmet" | "failed" | "for others" | "out of scope";
  readonly nearMiss: NearMiss | null;
}

const ANYTHING = { principal: { op: "All" }, action: { op: "All" }, resource: { op: "All" } } as const;
const NOBODY: Entity = { name: { type: "Countersign::Agent", id: "" }, attributes: {}, parents: [] };

/** Throws when the policy does not parse: synth has parsed it. */
export function partsOf({ id, text, facts }: BundledPolicy, cedar: ExplainEngine): PolicyParts {
  const parsed = cedar.policyToJson(text);
  if (parsed.type === "failure") throw new Error(`the policy \`${id}\` does not parse`);
  const { json } = parsed;
  return {
    id,
    effect: facts.effect,
    scope: { ...json, effect: "permit", conditions: [], annotations: {} },
    conditions: json.conditions.flatMap(({ kind, body }) =>
      // All of a `when` must hold; of an `unless`, none may.
      split(body, kind === "when" ? "&&" : "||").map((part) => ({
        kind,
        body: part,
        text: textOf(part, cedar),
      })),
    ),
  };
}

/** Returns what Cedar says of every policy's parts. */
export function tryPolicies(
  question: CedarQuestion,
  parts: readonly PolicyParts[],
  cedar: ExplainEngine,
): readonly Tried[] {
  const inScope = holding(
    parts.map(({ scope }) => scope),
    question,
    cedar,
  );
  const forAnybody = holding(
    parts.map(({ scope }) => ({ ...scope, principal: { op: "All" } })),
    { ...question, principal: NOBODY },
    cedar,
  );
  return parts.map((policy, position) => {
    const { id, effect } = policy;
    if (inScope[position] === "holds") return tryConditions(question, policy, cedar);
    const outcome = forAnybody[position] === "holds" ? "for others" : "out of scope";
    return { id, effect, outcome, nearMiss: null };
  });
}

function tryConditions(
  question: CedarQuestion,
  { id, effect, conditions }: PolicyParts,
  cedar: ExplainEngine,
): Tried {
  const answers = holding(
    conditions.map(({ body }) => ({ effect: "permit", ...ANYTHING, conditions: [{ kind: "when", body }] })),
    question,
    cedar,
  );
  const outcomes = conditions.map(({ kind }, position) => {
    const answer = answers[position] ?? "fails";
    if (answer === "fails") return "fails";
    return (answer === "holds") === (kind === "when") ? "met" : "unmet";
  });
  // Cedar looks at the parts in order and stops at the first that is not met, so what fails behind it does not matter.
  const [decisive] = outcomes.filter((outcome) => outcome !== "met");
  if (decisive === undefined) return { id, effect, outcome: "matched", nearMiss: null };
  if (decisive === "fails") return { id, effect, outcome: "failed", nearMiss: null };
  const unmet = conditions
    .filter((_, position) => outcomes[position] === "unmet")
    .map(({ kind, text, body }) => ({ kind, text, saw: seen(body, question) }));
  return { id, effect, outcome: "unmet", nearMiss: { id, effect, unmet } };
}

/** Asks Cedar about all policies at once, each under its position. */
function holding(
  policies: readonly PolicyJson[],
  question: CedarQuestion,
  cedar: ExplainEngine,
): readonly ("holds" | "does not" | "fails")[] {
  if (policies.length === 0) return [];
  const staticPolicies = Object.fromEntries(policies.map((policy, position) => [String(position), policy]));
  const answer = cedar.isAuthorized({ ...authorizationOf(question), policies: { staticPolicies } });
  if (answer.type !== "success") return policies.map(() => "fails");
  const { reason, errors } = answer.response.diagnostics;
  const held = new Set(reason);
  const failed = new Set(errors.map(({ policyId }) => policyId));
  return policies.map((_, position) => {
    if (failed.has(String(position))) return "fails";
    return held.has(String(position)) ? "holds" : "does not";
  });
}

function split(body: ConditionPart["body"], operator: "&&" | "||"): readonly ConditionPart["body"][] {
  const operands: unknown = operator in body ? Reflect.get(body, operator) : undefined;
  if (!isNode(operands)) return [body];
  const { left, right } = operands;
  return isExpression(left) && isExpression(right)
    ? [...split(left, operator), ...split(right, operator)]
    : [body];
}

function isExpression(node: unknown): node is ConditionPart["body"] {
  return isNode(node);
}

function textOf(body: ConditionPart["body"], cedar: ExplainEngine): string {
  const written = cedar.policyToText({ effect: "permit", ...ANYTHING, conditions: [{ kind: "when", body }] });
  if (written.type === "failure") throw new Error("a condition of a parsed policy cannot be written");
  return /\bwhen \{ ([\s\S]*) \};$/.exec(written.text)?.[1] ?? written.text;
}

const MOST_CHARACTERS = 200;

function seen(body: unknown, question: CedarQuestion): UnmetPart["saw"] {
  const paths = new Map(membersIn(body).map(({ path }) => [path.join("."), path]));
  return [...paths].flatMap(([text, path]) => {
    if (path.length < 2) return [];
    const value = valueAt(path, question);
    const written = value === undefined ? "absent" : JSON.stringify(value);
    return [[text, written.length > MOST_CHARACTERS ? `${written.slice(0, MOST_CHARACTERS)}...` : written]];
  });
}

function valueAt([variable = "", ...path]: readonly string[], question: CedarQuestion): unknown {
  const roots: Readonly<Record<string, unknown>> = {
    context: question.context,
    principal: question.principal.attributes,
    resource: question.resource.attributes,
  };
  let value: unknown = Object.hasOwn(roots, variable) ? roots[variable] : undefined;
  for (const name of path) {
    if (!isNode(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  // An address or a time, as Cedar's function takes it.
  return isNode(value) && isNode(value.__extn) ? value.__extn.arg : value;
}
