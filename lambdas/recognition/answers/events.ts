// A stream of events as one answer: each event's headers and payload by the model, rewritten frame by frame. A frame
// without an edit goes on as it came.

import type { Edit } from "../../model/answer.ts";
import { Malformed } from "../malformed.ts";
import type { Member, StructureType } from "../shapes.ts";
import { asBytes, type BodyOf, type ByteBody, isXml, NO_MEMBERS, readBody } from "./body.ts";
import { CborBody } from "./cbor.ts";
import { BYTES, type EventFrame, type FrameHeader, splitFrames, TEXT, writeFrame } from "./frames.ts";
import { JsonBody } from "./json.ts";
import {
  type Findings,
  type Frame,
  type Holder,
  Leaf,
  type LeafFacts,
  leafOf,
  memberFrame,
  ROOT,
  under,
  unknownFrame,
} from "./leaf.ts";
import { XmlBody } from "./xml.ts";
import { readXml } from "./xml-nodes.ts";

/** A header of an event, or its payload as one value (`header` is then `undefined`). */
class EventLeaf extends Leaf {
  readonly header: FrameHeader | undefined;

  constructor(holder: Holder<unknown>, facts: LeafFacts, header: FrameHeader | undefined) {
    super(holder, facts);
    this.header = header;
  }
}

export function readEvents(bytes: Uint8Array, body: BodyOf, stream: Member, found: Findings): ByteBody {
  const { frames, rest } = splitFrames(bytes);
  if (rest.length > 0) throw new Malformed("the stream of events ends inside an event");
  const events = frames.map((frame, index) => new StreamEvent(frame, { body, stream, index, found }));
  const holder: Holder<Uint8Array> = {
    write: (edits) =>
      new Uint8Array(
        Buffer.concat(
          events.map((event) =>
            event.write(edits.filter(({ leaf }) => event.holds(leafOf({ leaf, kind: "drop" })))),
          ),
        ),
      ),
  };
  return { holder, write: (edits) => holder.write(edits) };
}

interface Reading {
  readonly body: BodyOf;
  readonly stream: Member;
  readonly index: number;
  readonly found: Findings;
}

class StreamEvent implements Holder<Uint8Array> {
  readonly #frame: EventFrame;
  readonly #found: Findings;
  #payload: ByteBody | undefined;

  constructor(frame: EventFrame, { body, stream, index, found }: Reading) {
    this.#frame = frame;
    this.#found = found;
    this.#read({ body, stream, index, found });
  }

  holds(leaf: Leaf): boolean {
    return leaf.holder === this || (this.#payload !== undefined && leaf.holder === this.#payload.holder);
  }

  write(edits: readonly Edit[]): Uint8Array {
    if (edits.length === 0) return this.#frame.bytes;
    const own = edits.filter(({ leaf }) => leaf instanceof EventLeaf);
    const rest = edits.filter(({ leaf }) => !(leaf instanceof EventLeaf));
    let payload = this.#payload && rest.length > 0 ? this.#payload.write(rest) : this.#frame.payload;
    let headers = this.#frame.headers;
    for (const edit of own) {
      const leaf = leafOf(edit);
      const header = leaf instanceof EventLeaf ? leaf.header : undefined;
      if (header) headers = headers.flatMap((each) => (each === header ? changed(edit, each) : [each]));
      else payload = edit.kind === "replace" ? bytesOf(leaf, edit.text) : new Uint8Array();
    }
    return writeFrame(headers, payload);
  }

  #read({ body, stream, index, found }: Reading): void {
    const kind = this.#header(":message-type");
    const name = this.#header(kind === "exception" ? ":exception-type" : ":event-type");
    if (kind === "error") {
      this.#error();
      return;
    }
    if (name === "initial-response") {
      this.#payload = this.#frame.payload.length > 0 ? readBody(this.#frame.payload, body, found) : undefined;
      return;
    }
    const at = under(memberFrame(ROOT, stream), { kind: "item", index });
    const union = stream.type.kind === "structure" ? stream.type : NO_MEMBERS;
    const member = union.members.find((each) => each.wire === name);
    if (member) {
      this.#event(member, memberFrame(at, member), body);
      return;
    }
    const unknown = under(at, { kind: "member", name: name ?? "" });
    found.noteUnknown(unknown);
    this.#value(undefined, unknownFrame(unknown), body);
  }

  #event(member: Member, frame: Frame, body: BodyOf): void {
    const type = member.type.kind === "structure" ? member.type : NO_MEMBERS;
    for (const header of this.#frame.headers) {
      if (header.name.startsWith(":")) continue;
      const known = type.members.find(({ event, wire }) => event === "header" && wire === header.name);
      const inside = known
        ? memberFrame(frame, known)
        : this.#unknown(under(frame, { kind: "member", name: header.name }));
      this.#leaf(
        header.type === TEXT ? "string" : "blob",
        Buffer.from(header.value).toString(header.type === TEXT ? "utf8" : "base64"),
        { frame: inside, header },
      );
    }
    const payload = type.members.find(({ event }) => event === "payload");
    if (!payload) {
      this.#value(type, frame, body);
      return;
    }
    const inside = memberFrame(frame, payload);
    if (payload.type.kind !== "scalar") {
      this.#value(payload.type, inside, body);
      return;
    }
    const blob = payload.type.scalar === "blob";
    const text = Buffer.from(this.#frame.payload).toString(blob ? "base64" : "utf8");
    this.#leaf(blob ? "blob" : "string", text, { frame: inside, header: undefined });
  }

  #error(): void {
    for (const header of this.#frame.headers) {
      if (header.name !== ":error-message") continue;
      const text = Buffer.from(header.value).toString("utf8");
      this.#leaf("string", text, { frame: under(ROOT, { kind: "member", name: "message" }), header });
    }
  }

  #value(type: StructureType | Member["type"] | undefined, frame: Frame, { protocol, failed }: BodyOf): void {
    const { payload } = this.#frame;
    if (payload.length === 0) return;
    if (protocol === "rpc-v2-cbor") {
      const cbor = new CborBody(payload, { type, frame, error: failed }, this.#found);
      this.#payload = { holder: cbor, write: (edits) => cbor.write(edits) };
    } else if (isXml(protocol)) {
      const text = JsonBody.decode(payload);
      const xml = new XmlBody(text, this.#found);
      if (type) xml.value(readXml(text), type, frame);
      else xml.open(readXml(text), frame);
      this.#payload = asBytes(xml);
    } else {
      this.#payload = asBytes(
        new JsonBody(JsonBody.decode(payload), { type, frame, error: false }, this.#found),
      );
    }
  }

  #header(name: string): string | undefined {
    const header = this.#frame.headers.find((each) => each.name === name && each.type === TEXT);
    return header && Buffer.from(header.value).toString("utf8");
  }

  #unknown(frame: Frame): Frame {
    this.#found.noteUnknown(frame);
    return unknownFrame(frame);
  }

  #leaf(
    type: "string" | "blob",
    text: string,
    { frame, header }: { frame: Frame; header: FrameHeader | undefined },
  ): void {
    this.#found.leaves.push(new EventLeaf(this, { type, text, frame }, header));
  }
}

function changed(edit: Edit, header: FrameHeader): FrameHeader[] {
  if (edit.kind !== "replace") return [];
  const bytes = Buffer.from(edit.text, edit.leaf.type === "blob" ? "base64" : "utf8");
  return [{ ...header, type: header.type === TEXT ? TEXT : BYTES, value: bytes }];
}

function bytesOf(leaf: Leaf, text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, leaf.type === "blob" ? "base64" : "utf8"));
}
