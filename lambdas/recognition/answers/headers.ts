// The members of an answer that lie in its headers, read by the model and written back; and the headers that speak of a
// body, which must go when the body is another.

import type { Edit, LeafType } from "../../model/answer.ts";
import type { Member, StructureType } from "../shapes.ts";
import {
  type Findings,
  type Frame,
  type Holder,
  isNumeric,
  Leaf,
  type LeafFacts,
  leafOf,
  memberFrame,
  ROOT,
  under,
} from "./leaf.ts";

export type Headers = readonly (readonly [name: string, value: string])[];

class HeaderLeaf extends Leaf {
  readonly at: number;
  readonly form: "plain" | "base64" | "name";
  /** The part of the name before a map's key. */
  readonly prefix: string;

  constructor(holder: Holder<unknown>, facts: LeafFacts, place: Omit<Place, "type">) {
    super(holder, facts);
    this.at = place.at;
    this.form = place.form;
    this.prefix = place.prefix;
  }
}

interface Place {
  readonly at: number;
  readonly form: HeaderLeaf["form"];
  readonly prefix: string;
}

/** Errors tell their message in these too. */
const MESSAGES = new Set(["x-amzn-errormessage", "x-amzn-error-message", "x-amz-error-message"]);

export class AnswerHeaders implements Holder<Headers> {
  readonly #headers: Headers;
  readonly #found: Findings;

  constructor(headers: Headers, type: StructureType | undefined, found: Findings) {
    this.#headers = headers;
    this.#found = found;
    headers.forEach(([name, value], at) => {
      const lower = name.toLowerCase();
      const member = type?.members.find(({ location, wire }) => location === "header" && wire === lower);
      if (member) this.#single(member, value, at);
      else if (MESSAGES.has(lower)) this.#message(value, at);
      else this.#prefixed(type, [lower, value], at);
    });
  }

  write(edits: readonly Edit[]): Headers {
    if (edits.length === 0) return this.#headers;
    const changed = new Map<number, Edit[]>();
    for (const edit of edits) {
      const leaf = leafOf(edit);
      if (!(leaf instanceof HeaderLeaf)) throw new Error("a leaf of the body was given to the headers");
      changed.set(leaf.at, [...(changed.get(leaf.at) ?? []), edit]);
    }
    return this.#headers.flatMap((header, at) => written(header, changed.get(at) ?? []));
  }

  #single(member: Member, value: string, at: number): void {
    const frame = memberFrame(ROOT, member);
    const { type } = member;
    if (member.jsonInHeader) {
      const decoded = base64Text(value);
      if (decoded !== undefined) {
        this.#leaf("string", decoded, { frame, place: { at, form: "base64", prefix: "" } });
        return;
      }
    }
    const item =
      type.kind === "list" ? under(frame, { kind: "item", index: 0 }, type.element.sensitive) : frame;
    this.#leaf(typeOf(member, value), value, { frame: item, place: { at, form: "plain", prefix: "" } });
  }

  #prefixed(type: StructureType | undefined, [name, value]: readonly [string, string], at: number): void {
    for (const member of type?.members ?? []) {
      const map = member.type;
      if (member.location !== "headers" || map.kind !== "map" || !name.startsWith(member.wire)) continue;
      const frame = memberFrame(ROOT, member);
      const key = name.slice(member.wire.length);
      const place = { at, prefix: member.wire };
      const keyFrame = under(frame, { kind: "key", key }, map.key.sensitive);
      this.#leaf("string", key, { frame: keyFrame, place: { ...place, form: "name" } });
      const valueFrame = under(frame, { kind: "value", key }, map.value.sensitive);
      this.#leaf("string", value, { frame: valueFrame, place: { ...place, form: "plain" } });
      return;
    }
  }

  #message(value: string, at: number): void {
    const frame = under(ROOT, { kind: "member", name: "message" });
    this.#leaf("string", value, { frame, place: { at, form: "plain", prefix: "" } });
  }

  #leaf(type: LeafType, text: string, { frame, place }: { frame: Frame; place: Place }): void {
    this.#found.leaves.push(new HeaderLeaf(this, { type, text, frame }, place));
  }
}

function typeOf({ type }: Member, value: string): LeafType {
  if (type.kind !== "scalar") return "string";
  if (type.scalar === "timestamp") return "timestamp";
  if (type.scalar === "boolean" && (value === "true" || value === "false")) return "boolean";
  const number = (type.scalar === "integer" || type.scalar === "float") && isNumeric(value);
  return number ? "number" : "string";
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function base64Text(value: string): string | undefined {
  if (value.length % 4 !== 0 || !BASE64.test(value)) return undefined;
  const bytes = Buffer.from(value, "base64");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}

const NAME = /^[A-Za-z0-9!#$%&'*+.^_|~-]+$/;

function written([name, value]: readonly [string, string], edits: readonly Edit[]): Headers {
  let header: readonly [string, string] = [name, value];
  for (const edit of edits) {
    const leaf = leafOf(edit);
    if (edit.kind !== "replace" || !(leaf instanceof HeaderLeaf)) return [];
    if (leaf.form === "name") {
      if (!NAME.test(edit.text)) return []; // what cannot be a header's name goes with its value
      header = [`${leaf.prefix}${edit.text.toLowerCase()}`, header[1]];
    } else {
      const text = leaf.form === "base64" ? Buffer.from(edit.text, "utf8").toString("base64") : edit.text;
      header = [header[0], text.replaceAll(/[^\x20-\x7e]/g, "?")];
    }
  }
  return [header];
}

/**
 * The headers of a body that was changed: digests of the old one are left out and its coding, which was undone. S3's
 * ETag goes too: it is a digest of the object, where other services' are versions that clients send back.
 */
export function headersOfChangedBody(headers: Headers, service: string, length: number | undefined): Headers {
  const kept = headers.filter(([name]) => !describesBody(name.toLowerCase(), service));
  return length === undefined ? kept : [...kept, ["content-length", String(length)]];
}

function describesBody(name: string, service: string): boolean {
  if (name === "content-length" || name === "content-md5" || name === "content-encoding") return true;
  if (name === "x-amz-crc32" || name === "digest" || name.startsWith("x-amz-checksum-")) return true;
  return name === "etag" && service === "s3";
}
