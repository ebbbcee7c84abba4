// A strict reader for the XML bodies of REST services. No DTD, no entities beyond the five and character references,
// no CDATA, comments or processing instructions, no prefixed elements: SDKs write none of them, and each is something
// two readers can see differently. Bounded in depth and size. The caller controls every byte.

import { decodeUtf8 } from "./json.ts";
import { Malformed, shown } from "./malformed.ts";

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly inside; `""` for an element with children, where only white space may stand. */
  readonly text: string;
}

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 10_000;
const NAME = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const ATTRIBUTE =
  /[ \t\r\n]+([A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?)=(?:"([^"<]*)"|'([^'<]*)')/y;
const DECLARATION = /^<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="(?:yes|no)")? ?\?>/;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

export function parseXml(bytes: Uint8Array): XmlElement {
  const text = decodeUtf8(bytes, "XML body");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids exactly these, and so do we
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ufeff]/.test(text)) {
    throw new Malformed("the XML body holds a character that XML does not allow, or a byte order mark");
  }
  return new XmlReader(text).document();
}

class XmlReader {
  readonly #text: string;
  #at = 0;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
    this.#at = DECLARATION.exec(text)?.[0].length ?? 0;
  }

  document(): XmlElement {
    this.#space();
    const root = this.#element(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#broken("goes on after its root element");
    return root;
  }

  #element(depth: number): XmlElement {
    if (depth > MAX_DEPTH) throw this.#broken(`is nested deeper than ${MAX_DEPTH}`);
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) throw this.#broken(`has more than ${MAX_ELEMENTS} elements`);
    this.#expect("<");
    const name = this.#name();
    const attributes = this.#attributes();
    this.#space();
    if (this.#text.startsWith("/>", this.#at)) {
      this.#at += 2;
      return { name, attributes, children: [], text: "" };
    }
    this.#expect(">");
    return { name, attributes, ...this.#content(name, depth) };
  }

  #content(name: string, depth: number): { children: XmlElement[]; text: string } {
    const children: XmlElement[] = [];
    let text = "";
    for (;;) {
      const open = this.#text.indexOf("<", this.#at);
      if (open < 0) throw this.#broken("ends inside an element");
      text += decodeEntities(this.#text.slice(this.#at, open));
      this.#at = open;
      if (this.#text.startsWith("</", open)) break;
      children.push(this.#element(depth + 1));
    }
    this.#at += 2;
    if (this.#name() !== name) throw this.#broken("closes another element than it opened");
    this.#space();
    this.#expect(">");
    if (children.length > 0 && text.trim() !== "") throw this.#broken("mixes text and elements");
    return { children, text: children.length > 0 ? "" : text };
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      ATTRIBUTE.lastIndex = this.#at;
      const found = ATTRIBUTE.exec(this.#text);
      if (!found) return attributes;
      const [whole, name = "", double, single] = found;
      if (attributes.has(name)) throw this.#broken(`names the attribute ${shown(name)} twice`);
      attributes.set(name, decodeEntities(double ?? single ?? ""));
      this.#at += whole.length;
    }
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const [name] = NAME.exec(this.#text) ?? [];
    if (name === undefined) throw this.#broken("has something other than a plain element");
    this.#at += name.length;
    return name;
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at += 1;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#broken("is not well-formed");
    this.#at += 1;
  }

  #broken(what: string): Malformed {
    return new Malformed(`the XML body ${what}, near character ${this.#at}`);
  }
}

const LONGEST_ENTITY = 12; // `#x10FFFF` and a little

/** Entity by entity, and at the first bad one no further: a pattern over the whole text would find all of them first. */
function decodeEntities(text: string): string {
  let decoded = "";
  let from = 0;
  for (let at = text.indexOf("&"); at !== -1; at = text.indexOf("&", from)) {
    const length = text.slice(at + 1, at + 2 + LONGEST_ENTITY).indexOf(";");
    if (length === -1) throw new Malformed("the XML body has an unfinished entity");
    decoded += text.slice(from, at) + entity(text.slice(at + 1, at + 1 + length));
    from = at + 2 + length;
  }
  return decoded + text.slice(from);
}

function entity(name: string): string {
  if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name] ?? "";
  const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
  const code = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
  if (!isXmlCharacter(code)) throw new Malformed("the XML body has an entity other than the five of XML");
  return String.fromCodePoint(code);
}

function isXmlCharacter(code: number): boolean {
  if (code === 0x9 || code === 0xa || code === 0xd) return true;
  return (
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
