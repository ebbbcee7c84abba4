// From the dotted fields of AWS's query protocol, and EC2's variant of it, to parameters by the model.

import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";
import { unknownMember } from "./decode-json.ts";
import { type FormNode, formElements } from "./form.ts";
import { scalarFromText, wrong } from "./scalars.ts";
import type { Member, StructureType, Type } from "./shapes.ts";

type Naming = "query" | "ec2";

export function treeFromForm(
  node: ReadonlyMap<string, FormNode>,
  type: StructureType,
  naming: Naming,
  path: string,
): ParameterTree {
  const wires = type.byWire(naming);
  const tree: Record<string, ParameterValue> = Object.create(null);
  for (const [wire, inner] of node) {
    const member = wires.get(wire);
    const at = path === "" ? wire : `${path}.${wire}`;
    if (!member) throw unknownMember(at);
    tree[member.name] = valueFromForm(inner, member, naming, at);
  }
  return tree;
}

function valueFromForm(node: FormNode, member: Member, naming: Naming, path: string): ParameterValue {
  const { type } = member;
  switch (type.kind) {
    case "structure":
      return treeFromForm(branch(node, path), type, naming, path);
    case "list":
      return listFromForm(node, type, naming, naming === "ec2" || type.flattened || member.flattened, path);
    case "map":
      return mapFromForm(node, type, naming, type.flattened || member.flattened, path);
    case "scalar":
      if (typeof node !== "string") throw wrong(path, "a single value");
      return scalarFromText(node, type, path);
  }
}

function listFromForm(
  node: FormNode,
  type: Extract<Type, { kind: "list" }>,
  naming: Naming,
  flat: boolean,
  path: string,
): ParameterValue {
  if (node === "") return []; // how SDKs write an empty list
  const outer = branch(node, path);
  const inner = flat ? outer : only(outer, type.element.wire || "member", path);
  return formElements(inner, path).map((element) =>
    valueFromForm(element, type.element, naming, `${path}[]`),
  );
}

function mapFromForm(
  node: FormNode,
  type: Extract<Type, { kind: "map" }>,
  naming: Naming,
  flat: boolean,
  path: string,
): ParameterTree {
  const tree: Record<string, ParameterValue> = Object.create(null);
  if (node === "") return tree;
  const outer = branch(node, path);
  const [keyName, valueName] = [type.key.wire || "key", type.value.wire || "value"];
  for (const entry of formElements(flat ? outer : only(outer, "entry", path), path)) {
    const fields = branch(entry, path);
    const key = fields.get(keyName);
    const value = fields.get(valueName);
    if (typeof key !== "string" || value === undefined || fields.size !== 2)
      throw wrong(path, "a map of entries");
    if (key in tree) throw wrong(path, "a map with each key once");
    tree[key] = valueFromForm(value, type.value, naming, `${path}{}`);
  }
  return tree;
}

function branch(node: FormNode, path: string): ReadonlyMap<string, FormNode> {
  if (typeof node === "string") throw wrong(path, "a structure");
  return node;
}

function only(
  node: ReadonlyMap<string, FormNode>,
  name: string,
  path: string,
): ReadonlyMap<string, FormNode> {
  const inner = node.get(name);
  if (inner === undefined || node.size !== 1) throw wrong(path, `a list of \`${name}\``);
  return branch(inner, path);
}
