// From an XML document to parameters by the model. Unknown elements and attributes are refused by name (R1).

import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";
import { unknownMember } from "./decode-json.ts";
import { Malformed, shown } from "./malformed.ts";
import { scalarFromText, wrong } from "./scalars.ts";
import type { Member, StructureType, Type } from "./shapes.ts";
import type { XmlElement } from "./xml.ts";

export function treeFromXml(element: XmlElement, type: StructureType, path: string): ParameterTree {
  const wires = type.byWire("plain");
  const tree: Record<string, ParameterValue> = Object.create(null);
  readAttributes(element, wires, tree, path);
  if (element.children.length === 0 && element.text.trim() !== "") throw wrong(path, "a structure");
  for (const [wire, elements] of Map.groupBy(element.children, ({ name }) => elementName(name, wires))) {
    const member = wires.get(wire);
    const at = path === "" ? wire : `${path}.${wire}`;
    if (!member || member.xmlAttribute) throw unknownMember(at);
    tree[member.name] = valueFromXml(elements, member, at);
  }
  return tree;
}

/** A flattened list may go by the name of its elements. */
function elementName(name: string, wires: ReadonlyMap<string, Member>): string {
  if (wires.has(name)) return name;
  for (const [wire, { type, flattened }] of wires) {
    if (type.kind === "list" && (flattened || type.flattened) && type.element.wire === name) return wire;
  }
  return name;
}

function readAttributes(
  { attributes }: XmlElement,
  wires: ReadonlyMap<string, Member>,
  tree: Record<string, ParameterValue>,
  path: string,
): void {
  for (const [name, value] of attributes) {
    if (name === "xmlns" || name.startsWith("xmlns:")) continue;
    const member = wires.get(name);
    if (!member?.xmlAttribute || member.type.kind !== "scalar") throw unknownMember(`${path}@${name}`);
    tree[member.name] = scalarFromText(value, member.type, `${path}@${name}`);
  }
}

function valueFromXml(elements: readonly XmlElement[], member: Member, path: string): ParameterValue {
  const { type } = member;
  const flat = member.flattened || ("flattened" in type && type.flattened);
  if (type.kind === "list" && flat) return elements.map((element) => single(element, type.element, path));
  if (type.kind === "map" && flat) return mapFromXml(elements, type, path);
  const [element] = elements;
  if (!element || elements.length > 1) throw new Malformed(`the XML body names ${shown(path)} twice`);
  return single(element, member, path);
}

function single(element: XmlElement, member: Member, path: string): ParameterValue {
  const { type } = member;
  switch (type.kind) {
    case "structure":
      return treeFromXml(element, type, path);
    case "list":
      return listFromXml(element, type, path);
    case "map":
      return mapFromXml(inside(element, "entry", path), type, path);
    case "scalar":
      if (element.children.length > 0) throw wrong(path, "a single value");
      plainOnly(element, path);
      return scalarFromText(element.text, type, path);
  }
}

function listFromXml(
  element: XmlElement,
  type: Extract<Type, { kind: "list" }>,
  path: string,
): ParameterValue {
  return inside(element, type.element.wire || "member", path).map((child) =>
    single(child, type.element, path),
  );
}

function mapFromXml(
  entries: readonly XmlElement[],
  type: Extract<Type, { kind: "map" }>,
  path: string,
): ParameterTree {
  const tree: Record<string, ParameterValue> = Object.create(null);
  for (const { children } of entries) {
    const [key, value] = children;
    const named = key?.name === (type.key.wire || "key") && value?.name === (type.value.wire || "value");
    if (!key || !value || !named || children.length !== 2) throw wrong(path, "a map of entries");
    if (key.text in tree) throw wrong(path, "a map with each key once");
    tree[key.text] = single(value, type.value, `${path}{}`);
  }
  return tree;
}

function inside(element: XmlElement, name: string, path: string): readonly XmlElement[] {
  plainOnly(element, path);
  if (element.text.trim() !== "" || element.children.some((child) => child.name !== name)) {
    throw wrong(path, `a list of \`${name}\``);
  }
  return element.children;
}

function plainOnly({ attributes }: XmlElement, path: string): void {
  for (const name of attributes.keys()) {
    if (name !== "xmlns" && !name.startsWith("xmlns:")) throw unknownMember(`${path}@${name}`);
  }
}
