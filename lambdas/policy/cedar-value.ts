// Turns parameters and claims into values that Cedar can compare. Every key and string here is caller-controlled.
// What Cedar cannot hold becomes a string; what could be read as something else than it is becomes a string as well.

import type { NumberText, ParameterTree, ParameterValue } from "../model/aws-call.ts";
import type { Claims } from "../model/principal.ts";
import type { CedarValue } from "./cedar.ts";

// Cedar's JSON form reads a record with one of these keys as an entity or a function call: an agent could name a map
// key `__entity` and stand for a group or a resource set.
const ESCAPES = new Set(["__entity", "__extn", "__expr"]);

/**
 * Returns the members that `wanted` names (all when it is `null`) as Cedar values. Members that are `null` are left
 * out, as AWS leaves them out. Lists become sets: order and repetition are lost.
 */
export function cedarParameters(
  parameters: ParameterTree,
  wanted: ReadonlySet<string> | null,
): Record<string, CedarValue> {
  return record(Object.entries(parameters).filter(([name]) => wanted === null || wanted.has(name)));
}

export function cedarClaims(claims: Claims): Record<string, CedarValue> {
  return record(Object.entries(claims));
}

function record(members: readonly (readonly [string, ParameterValue])[]): Record<string, CedarValue> {
  // Without a prototype, so that a member named `__proto__` is a member.
  const result: Record<string, CedarValue> = Object.create(null);
  for (const [name, value] of members) {
    if (ESCAPES.has(name)) throw new Error("a member has a name that Cedar reserves");
    if (value !== null) result[name] = cedarValue(value);
  }
  return result;
}

function cedarValue(value: ParameterValue): CedarValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : String(value);
  if (value === null) return "null";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isList(value)) return value.map(cedarValue);
  if (isNumberText(value)) return value.text;
  const members = Object.entries(value);
  return members.some(([name]) => ESCAPES.has(name)) ? JSON.stringify(members) : record(members);
}

function isList(value: object): value is readonly ParameterValue[] {
  return Array.isArray(value);
}

// The same shape can be a caller's own map `{"kind": "number", "text": "1"}`. Read as a number it becomes a string,
// which is what policy would see of the number: neither can pass for something else.
function isNumberText(value: NumberText | ParameterTree): value is NumberText {
  return value.kind === "number" && typeof value.text === "string" && Object.keys(value).length === 2;
}
