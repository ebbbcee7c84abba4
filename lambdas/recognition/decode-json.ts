// From a JSON document to parameters by the model. Unknown members are refused by name (R1): a member that the model
// lacks is one that policy could not see.

import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";
import type { JsonValue } from "./json.ts";
import { Malformed, shown } from "./malformed.ts";
import { scalarFromJson, wrong } from "./scalars.ts";
import type { StructureType, Type } from "./shapes.ts";

/** The members of an input structure (or of a payload member) that travel in the body. */
export function treeFromJson(value: JsonValue, type: StructureType, path: string): ParameterTree {
  if (!(value instanceof Map)) throw wrong(path || "the body", "an object");
  const wires = type.byWire("plain");
  const tree: Record<string, ParameterValue> = Object.create(null);
  for (const [wire, inner] of value) {
    const member = wires.get(wire);
    const at = path === "" ? wire : `${path}.${wire}`;
    if (!member) throw unknownMember(at);
    tree[member.name] = valueFromJson(inner, member.type, at);
  }
  return tree;
}

export function unknownMember(path: string): Malformed {
  return new Malformed(
    `the model of this operation has no member ${shown(path)}; if it is newer than the model, run \`npm run models\``,
    "UnknownOperation",
  );
}

function valueFromJson(value: JsonValue, type: Type, path: string): ParameterValue {
  if (value === null) return null;
  switch (type.kind) {
    case "structure":
      return treeFromJson(value, type, path);
    case "list":
      if (!Array.isArray(value)) throw wrong(path, "a list");
      return value.map((element) => valueFromJson(element, type.element.type, `${path}[]`));
    case "map":
      return mapFromJson(value, type, path);
    case "scalar":
      return type.scalar === "document" ? documentFromJson(value) : scalarFromJson(value, type, path);
  }
}

function mapFromJson(value: JsonValue, type: Extract<Type, { kind: "map" }>, path: string): ParameterTree {
  if (!(value instanceof Map)) throw wrong(path, "an object");
  const tree: Record<string, ParameterValue> = Object.create(null);
  for (const [key, inner] of value) tree[key] = valueFromJson(inner, type.value.type, `${path}{}`);
  return tree;
}

/** A document has no model: it is kept as it is. */
export function documentFromJson(value: JsonValue): ParameterValue {
  if (Array.isArray(value)) return value.map(documentFromJson);
  if (value instanceof Map) {
    const tree: Record<string, ParameterValue> = Object.create(null);
    for (const [key, inner] of value) tree[key] = documentFromJson(inner);
    return tree;
  }
  return value;
}
