// Reads the XML of an answer by the model into leaves that know their place in the text: wrapped and flattened lists
// and maps, attributes. Which element holds the members is answer-xml.ts's to say. Written back, order, namespaces and
// everything around a changed value stay.

import type { Edit, LeafType } from "../../model/answer.ts";
import { Malformed, shown } from "../malformed.ts";
import type { Member, StructureType, Type } from "../shapes.ts";
import {
  type Findings,
  type Frame,
  type Holder,
  isNumeric,
  Leaf,
  type LeafFacts,
  leafOf,
  memberFrame,
  under,
  unknownFrame,
} from "./leaf.ts";
import { type Span, spliceText } from "./splice.ts";
import type { XmlAttribute, XmlNode } from "./xml-nodes.ts";

type MapType = Extract<Type, { kind: "map" }>;

interface Place {
  readonly start: number;
  readonly end: number;
  /** What goes when the leaf is dropped. */
  readonly cut: { readonly start: number; readonly end: number };
  /** The tag of an element without content, which must get one. */
  readonly tag: string | undefined;
}

class XmlLeaf extends Leaf {
  readonly place: Place;

  constructor(holder: Holder<unknown>, facts: LeafFacts, place: Place) {
    super(holder, facts);
    this.place = place;
  }
}

export class XmlBody implements Holder<string> {
  readonly #text: string;
  readonly #found: Findings;

  constructor(text: string, found: Findings) {
    this.#text = text;
    this.#found = found;
  }

  write(edits: readonly Edit[]): string {
    return spliceText(this.#text, edits.map(spanFor));
  }

  /** The members of a structure; `generic` names elements that no model lists. */
  structure(node: XmlNode, type: StructureType, frame: Frame, generic?: ReadonlySet<string>): void {
    const names = memberNames(type);
    const counts = new Map<Member, number>();
    for (const attribute of node.attributes) this.#attribute(attribute, names, frame);
    if (node.children.length === 0) this.#strayText(node, frame);
    for (const child of node.children) {
      const member = names.get(child.name);
      if (!member || member.xmlAttribute) {
        const inside = under(frame, { kind: "member", name: child.name });
        this.open(child, generic?.has(child.name) ? inside : this.#unknown(inside));
        continue;
      }
      const index = counts.get(member) ?? 0;
      counts.set(member, index + 1);
      this.#member(child, { member, index }, frame);
    }
  }

  /** A value of the model's type; `cut` is what goes when it is dropped, if that is more than the element. */
  value(node: XmlNode, type: Type, frame: Frame, cut: XmlNode = node): void {
    switch (type.kind) {
      case "structure":
        this.structure(node, type, frame);
        return;
      case "list":
        this.#list(node, type.element, frame);
        return;
      case "map":
        this.#strayText(node, frame);
        for (const entry of node.children) this.#entry(entry, type, frame);
        return;
      case "scalar":
        if (node.children.length > 0) {
          this.open(node, this.#unknown(frame));
          return;
        }
        this.#leaf(node, typeOf(type, node.text), { frame, cut });
    }
  }

  /** Elements that no model describes. */
  open(node: XmlNode, frame: Frame): void {
    for (const attribute of node.attributes) this.#attribute(attribute, undefined, frame);
    if (node.children.length === 0) this.#leaf(node, "string", { frame, cut: node });
    for (const child of node.children) this.open(child, under(frame, { kind: "member", name: child.name }));
  }

  #member(child: XmlNode, { member, index }: { member: Member; index: number }, frame: Frame): void {
    const inside = memberFrame(frame, member);
    const { type } = member;
    const flattened =
      type.kind !== "scalar" && type.kind !== "structure" && (type.flattened || member.flattened);
    if (flattened && type.kind === "list") {
      const { element } = type;
      this.value(child, element.type, under(inside, { kind: "item", index }, element.sensitive));
      return;
    }
    if (flattened && type.kind === "map") {
      this.#entry(child, type, inside);
      return;
    }
    if (index > 0) throw new Malformed(`the XML answer has the element ${shown(child.name)} twice`);
    this.value(child, type, inside);
  }

  #list(node: XmlNode, element: Member, frame: Frame): void {
    this.#strayText(node, frame);
    node.children.forEach((item, index) => {
      const inside = under(frame, { kind: "item", index }, element.sensitive);
      const expected = item.name === (element.wire === "" ? "member" : element.wire);
      this.value(item, element.type, expected ? inside : this.#unknown(inside));
    });
  }

  #entry(entry: XmlNode, { key, value }: MapType, frame: Frame): void {
    const named = (name: string): XmlNode[] => entry.children.filter((child) => child.name === name);
    const [keys, values] = [named(key.wire || "key"), named(value.wire || "value")];
    const [keyNode, valueNode] = [keys[0], values[0]];
    if (!keyNode || keys.length > 1 || values.length > 1) {
      throw new Malformed("the XML answer has a map's entry without one key and one value");
    }
    const name = keyNode.text;
    const keyFrame = under(frame, { kind: "key", key: name }, key.sensitive);
    this.#leaf(keyNode, "string", { frame: keyFrame, cut: entry });
    if (valueNode) {
      this.value(valueNode, value.type, under(frame, { kind: "value", key: name }, value.sensitive), entry);
    }
    for (const child of entry.children) {
      if (child === keyNode || child === valueNode) continue;
      this.open(child, this.#unknown(under(frame, { kind: "member", name: child.name })));
    }
  }

  #attribute(attribute: XmlAttribute, names: ReadonlyMap<string, Member> | undefined, frame: Frame): void {
    const { name, value, start, valueStart, end } = attribute;
    if (name === "xmlns" || name.startsWith("xmlns:")) return;
    const member = names?.get(name);
    const inside = member?.xmlAttribute
      ? memberFrame(frame, member)
      : this.#unknown(under(frame, { kind: "member", name }));
    const place = { start: valueStart, end: end - 1, cut: { start, end }, tag: undefined };
    this.#found.leaves.push(new XmlLeaf(this, { type: "string", text: value, frame: inside }, place));
  }

  /** Text where only elements should be: read, so that nothing is hidden there. */
  #strayText(node: XmlNode, frame: Frame): void {
    if (node.text.trim() !== "") this.#leaf(node, "string", { frame: this.#unknown(frame), cut: node });
  }

  #leaf(node: XmlNode, type: LeafType, { frame, cut }: { frame: Frame; cut: XmlNode }): void {
    const place = {
      start: node.inside,
      end: node.selfClosed ? node.end : node.insideEnd,
      cut,
      tag: node.selfClosed ? node.tag : undefined,
    };
    this.#found.leaves.push(new XmlLeaf(this, { type, text: node.text, frame }, place));
  }

  #unknown(frame: Frame): Frame {
    this.#found.noteUnknown(frame);
    return unknownFrame(frame);
  }
}

const tables = new WeakMap<StructureType, ReadonlyMap<string, Member>>();

/** Members by element name: a flattened list goes by its own name or, in older models, by that of its elements. */
function memberNames(type: StructureType): ReadonlyMap<string, Member> {
  const known = tables.get(type);
  if (known) return known;
  const made = new Map<string, Member>();
  const body = type.members.filter(({ location }) => location === "body");
  for (const member of body) {
    const name = elementName(member);
    if (name !== undefined) made.set(name, member);
  }
  // singles first: where two members share a name (an old `Event` beside `Events`), the list reads what both would
  for (const member of body.toSorted((one, other) => Number(isList(one)) - Number(isList(other)))) {
    if (elementName(member) === undefined) made.set(member.wire, member);
  }
  tables.set(type, made);
  return made;
}

function elementName({ type, flattened }: Member): string | undefined {
  const named = type.kind === "list" && (type.flattened || flattened) && type.element.wire !== "";
  return named ? type.element.wire : undefined;
}

function isList({ type }: Member): boolean {
  return type.kind === "list";
}

function typeOf(type: Extract<Type, { kind: "scalar" }>, text: string): LeafType {
  switch (type.scalar) {
    case "blob":
      return "blob";
    case "boolean":
      return text === "true" || text === "false" ? "boolean" : "string";
    case "integer":
    case "float":
      return isNumeric(text.trim()) ? "number" : "string";
    case "timestamp":
      return "timestamp";
    default:
      return "string";
  }
}

function spanFor(edit: Edit): Span<string> {
  const leaf = leafOf(edit);
  if (!(leaf instanceof XmlLeaf)) throw new Error("a leaf of another body was given to an XML body");
  const { start, end, cut, tag } = leaf.place;
  if (edit.kind !== "replace") return { start: cut.start, end: cut.end, by: "" };
  const text = escapeXml(edit.text);
  return { start, end, by: tag === undefined ? text : `>${text}</${tag}>` };
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\r": "&#xD;",
};

function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot carry them in any form
      .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
      .replaceAll(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? character)
  );
}
