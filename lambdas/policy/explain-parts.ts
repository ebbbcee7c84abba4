// Takes policies apart, so that Cedar itself can be asked about each part alone: its scope, its scope without the
// principal, and each part of its conditions. Whether a part holds is always Cedar's word, never worked out here.

import type * as cedarWasm from "@cedar-policy/cedar-wasm/nodejs";
import { authorizationOf, type CedarQuestion } from "./cedar.ts";
import { isNode, membersIn } from "./expressions.ts";
import type { BundledPolicy } from "./policy-bundle.ts";

export type ExplainEngine = Pick<
  typeof cedarWasm,
  "policyToJson" | "policyToText" | "preparsePolicySet" | "statefulIsAuthorized"
>;

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
// One id for all, as the engine keeps every policy set it was ever given.
const POLICY_SET = "countersign explanations";
const loaded = new WeakMap<ExplainEngine, readonly PolicyParts[]>();

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
  load(parts, cedar);
  const says = ask(question, cedar);
  return parts.map((policy, position) => {
    const { id, effect } = policy;
    if (says(scopeId(position)) === "holds") return tryConditions(question, policy, position, says);
    const outcome = says(anybodyId(position)) === "holds" ? "for others" : "out of scope";
    return { id, effect, outcome, nearMiss: null };
  });
}

type Says = (part: string) => "holds" | "does not" | "fails";

const scopeId = (policy: number) => `scope ${policy}`;
const anybodyId = (policy: number) => `anybody ${policy}`;
const conditionId = (policy: number, part: number) => `condition ${policy} ${part}`;

/** Every part as a permit of its own, so that one answer names all that hold. */
function load(parts: readonly PolicyParts[], cedar: ExplainEngine): void {
  if (loaded.get(cedar) === parts) return;
  const pieces = parts.flatMap(({ scope, conditions }, policy): [string, PolicyJson][] => [
    [scopeId(policy), scope],
    [anybodyId(policy), { ...scope, principal: { op: "All" } }],
    ...conditions.map(({ body }, part): [string, PolicyJson] => [
      conditionId(policy, part),
      { ...scope, conditions: [{ kind: "when", body }] },
    ]),
  ]);
  const parsed = cedar.preparsePolicySet(POLICY_SET, { staticPolicies: Object.fromEntries(pieces) });
  if (parsed.type !== "success") throw new Error("the parts of the policies do not parse");
  loaded.set(cedar, parts);
}

function ask(question: CedarQuestion, cedar: ExplainEngine): Says {
  const answer = cedar.statefulIsAuthorized({
    ...authorizationOf(question),
    preparsedPolicySetId: POLICY_SET,
  });
  if (answer.type !== "success") return () => "fails";
  const { reason, errors } = answer.response.diagnostics;
  const held = new Set(reason);
  const failed = new Set(errors.map(({ policyId }) => policyId));
  return (part) => {
    if (failed.has(part)) return "fails";
    return held.has(part) ? "holds" : "does not";
  };
}

function tryConditions(
  question: CedarQuestion,
  { id, effect, conditions }: PolicyParts,
  position: number,
  says: Says,
): Tried {
  const outcomes = conditions.map(({ kind }, part) => {
    const answer = says(conditionId(position, part));
    if (answer === "fails") return "fails";
    return (answer === "holds") === (kind === "when") ? "met" : "unmet";
  });
  // Cedar looks at the parts in order and stops at the first that is not met, so what fails behind it does not matter.
  const [decisive] = outcomes.filter((outcome) => outcome !== "met");
  if (decisive === undefined) return { id, effect, outcome: "matched", nearMiss: null };
  if (decisive === "fails") return { id, effect, outcome: "failed", nearMiss: null };
  const unmet = conditions
    .filter((_, part) => outcomes[part] === "unmet")
    .map(({ kind, text, body }) => ({ kind, text, saw: seen(body, question) }));
  return { id, effect, outcome: "unmet", nearMiss: { id, effect, unmet } };
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
