// Guesses the types of the open records (`context.params`, `context.claims`, `resource.tags`) from how one policy uses
// them, so that Cedar's validator can check the rest. Every member is optional: a policy has to test with `has` first.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { isNode, type Node, pathOf, testedPathOf } from "../lambdas/policy/expressions.ts";

/** A type in Cedar's JSON schema. */
type CedarType =
  | { readonly type: "String" | "Long" | "Boolean" }
  | { readonly type: "Set"; readonly element: CedarType }
  | RecordType;
export interface RecordType {
  readonly type: "Record";
  readonly attributes: Readonly<Record<string, CedarType & { readonly required: boolean }>>;
}

interface Guess {
  type: CedarType | null;
  readonly members: Map<string, Guess>;
}

const STRING: CedarType = { type: "String" };
const LONG: CedarType = { type: "Long" };
const BOOLEAN: CedarType = { type: "Boolean" };

const COMPARISONS = new Set(["==", "!="]);
const ARITHMETIC = new Set(["<", "<=", ">", ">=", "+", "-", "*", "neg"]);
const SETS = new Set(["contains", "containsAll", "containsAny", "isEmpty"]);
const LOGIC = new Set(["&&", "||", "!"]);

/** A member and the type that its use asks for, e.g. `context.params.MaxCount <= 2`: a number. */
export interface TypedUse {
  readonly path: readonly string[];
  readonly type: CedarType;
}

/** Returns each use of a member that asks for a certain type. */
export function typedUses(policy: PolicyJson): readonly TypedUse[] {
  const uses: TypedUse[] = [];
  for (const { body } of policy.conditions) {
    visit(body, BOOLEAN, (path, type) => {
      if (path !== null && type !== null) uses.push({ path, type });
    });
  }
  return uses;
}

/** The types of everything below one record, e.g. `["context", "params"]`. */
export function guessRecord(policy: PolicyJson, root: readonly string[]): RecordType {
  const guess: Guess = { type: null, members: new Map() };
  const note = (path: readonly string[] | null, type: CedarType | null) => {
    if (path !== null && root.every((name, index) => path[index] === name)) {
      place(guess, path.slice(root.length), type);
    }
  };
  for (const clause of policy.conditions) visit(clause.body, BOOLEAN, note);
  return recordOf(guess);
}

type Note = (path: readonly string[] | null, type: CedarType | null) => void;

function visit(node: unknown, expected: CedarType | null, note: Note): void {
  if (Array.isArray(node)) {
    for (const each of node) visit(each, null, note);
    return;
  }
  if (!isNode(node)) return;
  note(testedPathOf(node), null);
  const path = pathOf(node);
  note(path, expected);
  if (path !== null || testedPathOf(node) !== null) return;
  for (const [operator, operands] of Object.entries(node)) {
    if (isNode(operands)) visitOperands(operator, operands, note);
    else visit(operands, null, note);
  }
}

function visitOperands(operator: string, operands: Node, note: Note): void {
  for (const [side, operand] of Object.entries(operands)) {
    const other = side === "left" ? operands.right : operands.left;
    visit(operand, expectedType(operator, side, other), note);
  }
}

function expectedType(operator: string, side: string, other: unknown): CedarType | null {
  if (operator === "like") return STRING;
  if (ARITHMETIC.has(operator)) return LONG;
  if (LOGIC.has(operator) || (operator === "if-then-else" && side === "if")) return BOOLEAN;
  if (COMPARISONS.has(operator)) return literalType(other);
  if (!SETS.has(operator)) return null;
  const otherType = literalType(other);
  if (operator === "contains") {
    return side === "left" ? { type: "Set", element: otherType ?? STRING } : elementOf(otherType);
  }
  return otherType ?? { type: "Set", element: STRING };
}

function literalType(node: unknown): CedarType | null {
  if (!isNode(node)) return null;
  if (Array.isArray(node.Set)) return { type: "Set", element: literalType(node.Set[0]) ?? STRING };
  return valueType(node.Value);
}

function valueType(value: unknown): CedarType | null {
  if (typeof value === "string") return STRING;
  if (typeof value === "number") return LONG;
  if (typeof value === "boolean") return BOOLEAN;
  return Array.isArray(value) ? { type: "Set", element: valueType(value[0]) ?? STRING } : null;
}

function elementOf(type: CedarType | null): CedarType | null {
  return type?.type === "Set" ? type.element : null;
}

function place(guess: Guess, path: readonly string[], type: CedarType | null): void {
  const [name, ...rest] = path;
  if (name === undefined) {
    guess.type ??= type;
    return;
  }
  const member = guess.members.get(name) ?? { type: null, members: new Map() };
  guess.members.set(name, member);
  place(member, rest, type);
}

function recordOf({ members }: Guess): RecordType {
  const attributes = [...members].map(
    ([name, member]) => [name, { ...typeOf(member), required: false }] as const,
  );
  return { type: "Record", attributes: Object.fromEntries(attributes) };
}

function typeOf(guess: Guess): CedarType {
  return guess.members.size > 0 ? recordOf(guess) : (guess.type ?? STRING);
}
