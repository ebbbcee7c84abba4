// Reads a JSON answer, or an event's JSON, by the model into leaves that know their place in the text. Strict, since a
// client must not read another tree than we do: duplicate names, lone surrogates, bytes after the value are refused.
// The answer is AWS's, but what stands in it may be anyone's.

import type { AnswerStep, Edit, LeafType } from "../../model/answer.ts";
import { decodeUtf8 } from "../json.ts";
import { Malformed, shown } from "../malformed.ts";
import type { Member, StructureType, Type } from "../shapes.ts";
import { JsonTokens } from "./json-tokens.ts";
import {
  type Findings,
  type Frame,
  type Holder,
  isNumeric,
  Leaf,
  type LeafFacts,
  leafOf,
  MAX_DEPTH,
  memberFrame,
  under,
  unknownFrame,
} from "./leaf.ts";
import { cutsOf, type Entries, type Span, spliceText } from "./splice.ts";

/** Members of errors, at the top of the body, that no model lists. */
const GENERIC = new Set([
  "__type",
  "code",
  "Code",
  "message",
  "Message",
  "type",
  "Type",
  "requestId",
  "RequestId",
]);

class JsonLeaf extends Leaf {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  readonly entries: Entries | undefined;
  readonly at: number;

  constructor(holder: Holder<unknown>, facts: LeafFacts, place: Place & { quoted: boolean }) {
    super(holder, facts);
    this.start = place.start;
    this.end = place.end;
    this.quoted = place.quoted;
    this.entries = place.slot?.entries;
    this.at = place.slot?.at ?? 0;
  }
}

/** An entry of the object or list that a value stands in. */
interface Slot {
  readonly entries: Entries;
  readonly at: number;
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly slot: Slot | undefined;
}

export interface JsonRoot {
  /** `undefined` reads names as they stand: a document (`known`) or something that no model describes. */
  readonly type: Type | undefined;
  readonly frame: Frame;
  readonly error: boolean;
}

export class JsonBody implements Holder<string> {
  readonly #text: string;
  readonly #tokens: JsonTokens;
  readonly #found: Findings;
  #error = false;

  /** Reads all of `text`; throws Malformed. */
  constructor(text: string, root: JsonRoot, found: Findings) {
    this.#text = text;
    this.#tokens = new JsonTokens(text);
    this.#found = found;
    this.#error = root.error;
    this.#tokens.space();
    this.#value(root.type, root.frame, undefined);
    this.#tokens.end();
  }

  static decode(bytes: Uint8Array): string {
    const text = decodeUtf8(bytes, "JSON answer");
    if (text.charCodeAt(0) === 0xfeff) throw new Malformed("the JSON answer begins with a byte order mark");
    return text;
  }

  write(edits: readonly Edit[]): string {
    const spans: Span<string>[] = [];
    const dropped = new Map<Entries, Set<number>>();
    for (const edit of edits) {
      const leaf = leafOf(edit);
      if (!(leaf instanceof JsonLeaf)) throw new Error("a leaf of another body was given to a JSON body");
      if (edit.kind === "drop" && leaf.entries) {
        const set = dropped.get(leaf.entries) ?? new Set();
        dropped.set(leaf.entries, set.add(leaf.at));
      } else spans.push({ start: leaf.start, end: leaf.end, by: tokenFor(edit, leaf) });
    }
    for (const [entries, set] of dropped) spans.push(...cutsOf(entries, set));
    return spliceText(this.#text, spans);
  }

  #value(type: Type | undefined, frame: Frame, slot: Slot | undefined): void {
    const first = this.#tokens.peek();
    if (first === OPEN_BRACE || first === OPEN_BRACKET) this.#compound(type, frame, first);
    else this.#scalar(type, frame, slot);
  }

  #compound(type: Type | undefined, frame: Frame, first: number): void {
    if (frame.depth > MAX_DEPTH) throw this.#tokens.broken(`is nested deeper than ${MAX_DEPTH}`);
    const open = type === undefined || (type.kind === "scalar" && type.scalar === "document");
    if (first === OPEN_BRACKET) {
      if (type?.kind === "list") {
        this.#list(type.element, frame);
        return;
      }
      this.#list(undefined, open ? frame : this.#unfit(frame));
      return;
    }
    if (type?.kind === "structure") {
      this.#structure(type, frame);
      return;
    }
    if (type?.kind === "map") {
      this.#map(type, frame);
      return;
    }
    this.#map(undefined, open ? frame : this.#unfit(frame));
  }

  /** The value has another form than the model says. */
  #unfit(frame: Frame): Frame {
    this.#found.noteUnknown(frame);
    return unknownFrame(frame);
  }

  #structure(type: StructureType, frame: Frame): void {
    const wires = type.byWire("plain");
    const top = this.#error;
    this.#error = false;
    this.#entries((name, _place, slot) => {
      const member = wires.get(name);
      if (member) return this.#value(member.type, memberFrame(frame, member), slot);
      const inside = under(frame, { kind: "member", name });
      if (name === "__type" || (top && GENERIC.has(name))) return this.#value(undefined, inside, slot);
      this.#value(undefined, this.#unfit(inside), slot);
    });
  }

  #map(type: { readonly key: Member; readonly value: Member } | undefined, frame: Frame): void {
    const sensitive = type?.value.sensitive ?? false;
    this.#entries((key, place, slot) => {
      this.#leaf("string", key, {
        frame: under(frame, { kind: "key", key }, type?.key.sensitive ?? false),
        place: { ...place, slot },
        quoted: true,
      });
      this.#value(type?.value.type, under(frame, { kind: "value", key }, sensitive), slot);
    });
  }

  #entries(take: (name: string, place: { start: number; end: number }, slot: Slot) => void): void {
    const tokens = this.#tokens;
    const names = new Set<string>();
    const entries: Entries = [];
    tokens.list("}", () => {
      const start = tokens.at;
      const name = tokens.name();
      if (names.has(name)) throw tokens.broken(`names ${shown(name)} twice`);
      names.add(name);
      const end = tokens.at;
      tokens.colon();
      const at = entries.length / 2;
      entries.push(start, start);
      take(name, { start, end }, { entries, at });
      entries[at * 2 + 1] = tokens.at;
    });
  }

  #list(element: Member | undefined, frame: Frame): void {
    const tokens = this.#tokens;
    const entries: Entries = [];
    tokens.list("]", () => {
      const at = entries.length / 2;
      entries.push(tokens.at, tokens.at);
      const inside = under(frame, { kind: "item", index: at } as AnswerStep, element?.sensitive ?? false);
      this.#value(element?.type, inside, { entries, at });
      entries[at * 2 + 1] = tokens.at;
    });
  }

  #scalar(type: Type | undefined, frame: Frame, slot: Slot | undefined): void {
    const start = this.#tokens.at;
    const token = this.#tokens.scalar();
    const fits = type === undefined || type.kind === "scalar" || token.type === "null";
    this.#leaf(typeOf(token, type), token.text, {
      frame: fits ? frame : this.#unfit(frame),
      place: { start, end: this.#tokens.at, slot },
      quoted: token.type === "string",
    });
  }

  #leaf(type: LeafType, text: string, at: { frame: Frame; place: Place; quoted: boolean }): void {
    const place = { ...at.place, quoted: at.quoted };
    this.#found.leaves.push(new JsonLeaf(this, { type, text, frame: at.frame }, place));
  }
}

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** The token's own type, told apart further by the model where the token leaves it open. */
function typeOf(
  { type, text }: { readonly type: LeafType; readonly text: string },
  model: Type | undefined,
): LeafType {
  if (model?.kind !== "scalar") return type;
  if (model.scalar === "timestamp" && (type === "number" || type === "string")) return "timestamp";
  if (type !== "string") return type;
  if (model.scalar === "blob") return "blob";
  const number = (model.scalar === "float" || model.scalar === "integer") && isNumeric(text);
  return number ? "number" : "string";
}

const RAW = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/;

function tokenFor(edit: Edit, leaf: JsonLeaf): string {
  if (edit.kind !== "replace") return "null";
  // null becomes what the text says: nothing else tells its type
  const raw = !leaf.quoted && RAW.test(edit.text);
  return raw ? edit.text : JSON.stringify(edit.text);
}
