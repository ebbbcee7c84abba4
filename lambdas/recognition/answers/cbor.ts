// Reads a CBOR answer by the model into leaves that know their bytes; every byte that is not changed stays as it is.

import type { Edit, LeafType } from "../../model/answer.ts";
import { shown } from "../malformed.ts";
import type { Member, StructureType, Type } from "../shapes.ts";
import { type CborItem, CborItems, cborHead, cborNumber } from "./cbor-items.ts";
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
import { type Span, spliceBytes } from "./splice.ts";

type Container = Extract<CborItem, { kind: "map" | "list" }>;

/** A map or list that entries may be dropped from: its head then says another count. */
interface Group {
  readonly start: number;
  readonly item: Container;
}

/** Where an entry begins, and the group that counts it. */
interface Slot {
  readonly start: number;
  readonly group: Group;
  /** Known once the entry's value is read. */
  end: number;
}

class CborLeaf extends Leaf {
  readonly start: number;
  readonly end: number;
  readonly slot: Slot | undefined;
  readonly time: boolean;

  constructor(holder: Holder<unknown>, facts: LeafFacts, place: Place) {
    super(holder, facts);
    this.start = place.start;
    this.end = place.end;
    this.slot = place.slot;
    this.time = place.time;
  }
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly slot: Slot | undefined;
  readonly time: boolean;
}

const GENERIC = new Set(["__type", "message", "Message", "code", "Code"]);

export interface CborRoot {
  readonly type: Type | undefined;
  readonly frame: Frame;
  readonly error: boolean;
}

export class CborBody implements Holder<Uint8Array> {
  readonly #bytes: Uint8Array;
  readonly #items: CborItems;
  readonly #found: Findings;
  #error: boolean;

  constructor(bytes: Uint8Array, root: CborRoot, found: Findings) {
    this.#bytes = bytes;
    this.#items = new CborItems(bytes);
    this.#found = found;
    this.#error = root.error;
    this.#value(root.type, root.frame, undefined);
    this.#items.end();
  }

  write(edits: readonly Edit[]): Uint8Array {
    const spans: Span<Uint8Array>[] = [];
    const dropped = new Map<Group, Set<Slot>>();
    for (const edit of edits) {
      const leaf = leafOf(edit);
      if (!(leaf instanceof CborLeaf)) throw new Error("a leaf of another body was given to a CBOR body");
      if (edit.kind === "drop" && leaf.slot) {
        const { group } = leaf.slot;
        dropped.set(group, (dropped.get(group) ?? new Set()).add(leaf.slot));
      } else spans.push({ start: leaf.start, end: leaf.end, by: itemFor(edit, leaf) });
    }
    for (const [{ start, item }, slots] of dropped) {
      for (const slot of slots) spans.push({ start: slot.start, end: slot.end, by: new Uint8Array() });
      if (item.count === undefined) continue;
      const head = cborHead(item.kind === "map" ? 5 : 4, BigInt(item.count - slots.size));
      spans.push({ start, end: item.headEnd, by: head });
    }
    return spliceBytes(this.#bytes, spans);
  }

  #value(type: Type | undefined, frame: Frame, slot: Slot | undefined): void {
    const start = this.#items.at;
    const item = this.#items.next(frame.depth);
    if ("headEnd" in item) {
      this.#compound(type, frame, { start, item });
      return;
    }
    const fits = type === undefined || type.kind === "scalar" || item.kind === "null";
    const place = { start, end: this.#items.at, slot, time: item.kind === "time" };
    const facts = { type: typeOf(item, type), text: item.text, frame: fits ? frame : this.#unfit(frame) };
    this.#found.leaves.push(new CborLeaf(this, facts, place));
  }

  #compound(type: Type | undefined, frame: Frame, group: Group): void {
    const open = type === undefined || (type.kind === "scalar" && type.scalar === "document");
    if (group.item.kind === "list") {
      const list = type?.kind === "list" ? type.element : undefined;
      this.#list(list, list || open ? frame : this.#unfit(frame), group);
      return;
    }
    if (type?.kind === "structure") {
      this.#structure(type, frame, group);
      return;
    }
    if (type?.kind === "map") {
      this.#map(type, frame, group);
      return;
    }
    this.#map(undefined, open ? frame : this.#unfit(frame), group);
  }

  #structure(type: StructureType, frame: Frame, group: Group): void {
    const wires = type.byWire("plain");
    const top = this.#error;
    this.#error = false;
    this.#entries(group, (name, _key, slot) => {
      const member = wires.get(name);
      if (member) return this.#value(member.type, memberFrame(frame, member), slot);
      const inside = under(frame, { kind: "member", name });
      const generic = name === "__type" || (top && GENERIC.has(name));
      this.#value(undefined, generic ? inside : this.#unfit(inside), slot);
    });
  }

  #map(type: { key: Member; value: Member } | undefined, frame: Frame, group: Group): void {
    this.#entries(group, (key, place, slot) => {
      const keyFrame = under(frame, { kind: "key", key }, type?.key.sensitive ?? false);
      const facts = { type: "string", text: key, frame: keyFrame } as const;
      this.#found.leaves.push(new CborLeaf(this, facts, { ...place, slot, time: false }));
      const sensitive = type?.value.sensitive ?? false;
      this.#value(type?.value.type, under(frame, { kind: "value", key }, sensitive), slot);
    });
  }

  #entries(
    group: Group,
    take: (name: string, key: { start: number; end: number }, slot: Slot) => void,
  ): void {
    const names = new Set<string>();
    this.#each(group, (slot) => {
      const { start } = slot;
      const name = this.#items.next(0);
      if (name.kind !== "text") throw this.#items.broken("has a map with keys other than texts");
      if (names.has(name.text)) throw this.#items.broken(`names ${shown(name.text)} twice`);
      names.add(name.text);
      take(name.text, { start, end: this.#items.at }, slot);
    });
  }

  #list(element: Member | undefined, frame: Frame, group: Group): void {
    let index = 0;
    this.#each(group, (slot) => {
      const inside = under(frame, { kind: "item", index }, element?.sensitive ?? false);
      index += 1;
      this.#value(element?.type, inside, slot);
    });
  }

  #each(group: Group, take: (slot: Slot) => void): void {
    const { count } = group.item;
    for (let at = 0; count === undefined ? !this.#items.takeBreak() : at < count; at += 1) {
      const slot = { start: this.#items.at, end: 0, group };
      take(slot);
      slot.end = this.#items.at;
    }
  }

  #unfit(frame: Frame): Frame {
    this.#found.noteUnknown(frame);
    return unknownFrame(frame);
  }
}

function typeOf({ kind, text }: Exclude<CborItem, Container>, model: Type | undefined): LeafType {
  if (kind === "time") return "timestamp";
  if (kind === "bytes") return "blob";
  if (kind === "boolean" || kind === "null") return kind;
  const scalar = model?.kind === "scalar" ? model.scalar : undefined;
  if (scalar === "timestamp") return "timestamp";
  if (kind === "integer" || kind === "float") return "number";
  const number = (scalar === "integer" || scalar === "float") && isNumeric(text);
  return number ? "number" : "string";
}

function itemFor(edit: Edit, leaf: CborLeaf): Uint8Array {
  if (edit.kind !== "replace") return new Uint8Array([0xf6]);
  const { text } = edit;
  if (leaf.time && isNumeric(text)) return new Uint8Array([0xc1, ...cborNumber(text)]);
  if (leaf.type === "number" && isNumeric(text)) return cborNumber(text);
  if (leaf.type === "boolean") return new Uint8Array([text === "true" ? 0xf5 : 0xf4]);
  const blob = leaf.type === "blob";
  const bytes = Buffer.from(text, blob ? "base64" : "utf8");
  return new Uint8Array(Buffer.concat([cborHead(blob ? 2 : 3, BigInt(bytes.length)), bytes]));
}
