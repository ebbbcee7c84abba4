// Compares what a client was given with what was recognised, types considered: every place where they are not the same.

import type { NumberText, ParameterTree, ParameterValue } from "../../lambdas/model/aws-call.ts";
import type { Given, GivenTree } from "./sample.ts";

export interface Difference {
  /** Member names, `[]` for elements of lists, `{}` for values of maps: `Tags[].Key`. */
  readonly path: string;
  /** `missing`: given, not recognised. `added`: recognised, not given. `differs`: another value. */
  readonly kind: "missing" | "added" | "differs";
  readonly given: Given | undefined;
  readonly found: ParameterValue | undefined;
}

export function differences(given: GivenTree, found: ParameterTree): Difference[] {
  return inTree(given, found, "");
}

function inTree(given: GivenTree, found: ParameterTree, path: string): Difference[] {
  const names = new Set([...Object.keys(given), ...Object.keys(found)]);
  return [...names].flatMap((name) => {
    const at = path === "" ? name : `${path}.${name}`;
    const [one, other] = [given[name], found[name]];
    if (one === undefined) return [{ path: at, kind: "added" as const, given: one, found: other }];
    if (other === undefined) return [{ path: at, kind: "missing" as const, given: one, found: other }];
    return inValue(one, other, at);
  });
}

function inValue(given: Given, found: ParameterValue, path: string): Difference[] {
  if (Array.isArray(given) && Array.isArray(found) && given.length === found.length) {
    return given.flatMap((each, index) => inValue(each, found[index] ?? null, `${path}[]`));
  }
  if (isGivenTree(given) && isFoundTree(found)) return inTree(given, found, path);
  return same(given, found) ? [] : [{ path, kind: "differs", given, found }];
}

function same(given: Given, found: ParameterValue): boolean {
  if (given instanceof Uint8Array) return found instanceof Uint8Array && Buffer.compare(given, found) === 0;
  if (given instanceof Date) return found === given.toISOString();
  if (typeof given === "bigint") return digitsOf(found) === String(given);
  if (typeof given === "number") return Number(digitsOf(found)) === given;
  return given === found;
}

function digitsOf(found: ParameterValue): string | undefined {
  if (typeof found === "number") return String(found);
  return isNumberText(found) ? found.text : undefined;
}

function isNumberText(value: ParameterValue): value is NumberText {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "number";
}

function isGivenTree(value: Given): value is GivenTree {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}

function isFoundTree(value: ParameterValue): value is ParameterTree {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    Object.getPrototypeOf(value) === null
  );
}
