// The elements of an XML answer with their places. Strict: no DTD, comments, processing instructions or own entities,
// no text between elements; depth and number of elements are bounded. Throws Malformed.

import { Malformed, shown } from "../malformed.ts";
import { MAX_DEPTH } from "./leaf.ts";

export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
  /** With the space before it. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

export interface XmlNode {
  /** Without a namespace prefix. */
  readonly name: string;
  /** As written. */
  readonly tag: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  /** Decoded; `""` where there are children. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Between the tags; for `<a/>` both stand before the `/`. */
  readonly inside: number;
  readonly insideEnd: number;
  readonly selfClosed: boolean;
}

const MAX_ELEMENTS = 500_000; // of a buffered answer of a few megabytes
const NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y;
const ATTRIBUTE = /[ \t\r\n]+([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)[ \t]*=[ \t]*(?:"([^"<]*)"|'([^'<]*)')/y;
const DECLARATION =
  /^<\?xml[ \t\r\n]+version=["']1\.0["'](?:[ \t\r\n]+encoding=["'](?:UTF|utf)-8["'])?(?:[ \t\r\n]+standalone=["'](?:yes|no)["'])?[ \t\r\n]*\?>/;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const ENTITY = /&(?:([a-z]{2,4})|#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7}));/y;
const CDATA = "<![CDATA[";
const NO_ATTRIBUTES: readonly XmlAttribute[] = [];
const NO_CHILDREN: readonly XmlNode[] = [];

/** The root element of a text that is valid UTF-8. */
export function readXml(text: string): XmlNode {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids exactly these, and so do we
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ufeff]/.test(text)) {
    throw new Malformed("the XML answer holds a character that XML does not allow, or a byte order mark");
  }
  return new XmlTokens(text).document();
}

class XmlTokens {
  readonly #text: string;
  #at = 0;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
    this.#at = DECLARATION.exec(text)?.[0].length ?? 0;
  }

  document(): XmlNode {
    this.#space();
    const root = this.#element(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#broken("goes on after its root element");
    return root;
  }

  #element(depth: number): XmlNode {
    if (depth > MAX_DEPTH) throw this.#broken(`is nested deeper than ${MAX_DEPTH}`);
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) throw this.#broken(`has more than ${MAX_ELEMENTS} elements`);
    const start = this.#at;
    this.#expect("<");
    const tag = this.#name();
    const attributes = this.#attributes();
    this.#space();
    const node = { name: tag.slice(tag.indexOf(":") + 1), tag, attributes, start };
    if (this.#text.startsWith("/>", this.#at)) {
      const inside = this.#at;
      this.#at += 2;
      const places = { end: this.#at, inside, insideEnd: inside, selfClosed: true };
      return { ...node, children: NO_CHILDREN, text: "", ...places };
    }
    this.#expect(">");
    const inside = this.#at;
    const { children, text } = this.#content(depth);
    const insideEnd = this.#at;
    this.#at += 2;
    if (this.#name() !== tag) throw this.#broken("closes another element than it opened");
    this.#space();
    this.#expect(">");
    return { ...node, children, text, end: this.#at, inside, insideEnd, selfClosed: false };
  }

  #content(depth: number): { children: readonly XmlNode[]; text: string } {
    let children: XmlNode[] | undefined;
    let text = "";
    for (;;) {
      const open = this.#text.indexOf("<", this.#at);
      if (open < 0) throw this.#broken("ends inside an element");
      if (open > this.#at) text += this.#decode(this.#text.slice(this.#at, open));
      this.#at = open;
      if (this.#text.charCodeAt(open + 1) === 0x2f) break;
      if (this.#text.startsWith(CDATA, open)) text += this.#characters();
      else {
        children ??= [];
        children.push(this.#element(depth + 1));
      }
    }
    if (!children) return { children: NO_CHILDREN, text };
    if (text.trim() !== "") throw this.#broken("mixes text and elements");
    return { children, text: "" };
  }

  #characters(): string {
    const end = this.#text.indexOf("]]>", this.#at);
    if (end < 0) throw this.#broken("has an unfinished section of characters");
    const text = this.#text.slice(this.#at + CDATA.length, end);
    this.#at = end + 3;
    return text;
  }

  #attributes(): readonly XmlAttribute[] {
    if (this.#text.charCodeAt(this.#at) === 0x3e) return NO_ATTRIBUTES;
    const attributes: XmlAttribute[] = [];
    for (;;) {
      ATTRIBUTE.lastIndex = this.#at;
      const found = ATTRIBUTE.exec(this.#text);
      if (!found) return attributes;
      const [whole, name = "", double, single] = found;
      if (attributes.some((other) => other.name === name)) {
        throw this.#broken(`names the attribute ${shown(name)} twice`);
      }
      const raw = double ?? single ?? "";
      const end = this.#at + whole.length;
      const valueStart = end - 1 - raw.length;
      attributes.push({ name, value: this.#decode(raw), start: this.#at, valueStart, end });
      this.#at = end;
    }
  }

  /** Text with entities decoded. Carriage returns are normalised by some readers only: told apart they are not. */
  #decode(text: string): string {
    let at = text.indexOf("&");
    if (at < 0) return text;
    let decoded = "";
    let from = 0;
    for (; at >= 0; at = text.indexOf("&", from)) {
      ENTITY.lastIndex = at;
      const [whole, name, hex, decimal] = ENTITY.exec(text) ?? [];
      if (whole === undefined) throw this.#broken("has an entity other than the five of XML");
      decoded += text.slice(from, at) + this.#entity(name, hex, decimal);
      from = at + whole.length;
    }
    return decoded + text.slice(from);
  }

  #entity(name: string | undefined, hex: string | undefined, decimal: string | undefined): string {
    const plain = name !== undefined && Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (plain !== undefined) return plain;
    const code = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
    const valid = (code > 0 && code < 0xd800) || (code > 0xdfff && code <= 0x10ffff);
    if (!valid) throw this.#broken("has an entity other than the five of XML");
    return String.fromCodePoint(code);
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw this.#broken("has something other than a plain element");
    this.#at += name.length;
    return name;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#broken("is not well-formed");
    this.#at += 1;
  }

  #broken(what: string): Malformed {
    return new Malformed(`the XML answer ${what}, near character ${this.#at}`);
  }
}
