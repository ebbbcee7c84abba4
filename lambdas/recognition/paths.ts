// Reads parameters by path: `TableName`, `Delete.Objects[].Key`, `RequestItems{}` (the keys of a map).

import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";

/** The values at a path, in order; none when a step is absent or `null`. */
export function valuesAt(tree: ParameterTree, path: string): ParameterValue[] {
  let found: ParameterValue[] = [tree];
  for (const step of path.split(".")) found = found.flatMap((value) => stepInto(value, step));
  return found;
}

function stepInto(value: ParameterValue, step: string): readonly ParameterValue[] {
  const name = step.replace(/(?:\[\]|\{\})$/, "");
  if (!isTree(value) || !Object.hasOwn(value, name)) return [];
  const inner = value[name];
  if (inner === undefined || inner === null) return [];
  if (step.endsWith("[]")) return Array.isArray(inner) ? inner : [];
  if (step.endsWith("{}")) return isTree(inner) ? Object.keys(inner) : [];
  return [inner];
}

function isTree(value: ParameterValue): value is ParameterTree {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
