// A strict JSON reader (RFC 8259) for bodies that go on byte for byte: whatever two readers could understand
// differently is refused (duplicate names, also by escapes; BOM; lone surrogates; bytes after the value; deep or wide
// documents). Numbers keep every digit. The caller controls every byte.

import type { NumberText } from "../model/aws-call.ts";
import { Malformed, shown } from "./malformed.ts";

export type JsonValue = string | number | boolean | null | NumberText | JsonValue[] | Map<string, JsonValue>;

const MAX_DEPTH = 64;
const MAX_MEMBERS = 10_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes UTF-8, refusing bytes that are not. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) throw new Malformed(`the ${what} is not UTF-8`);
    throw cause;
  }
}

export function parseJson(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes, "JSON body");
  if (text.charCodeAt(0) === 0xfeff) throw new Malformed("the JSON body begins with a byte order mark");
  return new JsonReader(text).document();
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class JsonReader {
  readonly #text: string;
  #at = 0;
  #members = 0;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    this.#space();
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#broken("holds more than one value");
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw this.#broken(`is nested deeper than ${MAX_DEPTH}`);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): Map<string, JsonValue> {
    const members = new Map<string, JsonValue>();
    this.#at += 1;
    this.#space();
    if (this.#take("}")) return members;
    for (;;) {
      if (this.#text[this.#at] !== '"') throw this.#broken("has a member without a quoted name");
      const name = this.#string();
      if (members.has(name)) throw this.#broken(`names ${shown(name)} twice`);
      this.#members += 1;
      if (this.#members > MAX_MEMBERS) throw this.#broken(`has more than ${MAX_MEMBERS} members`);
      this.#space();
      if (!this.#take(":")) throw this.#broken("misses a colon");
      this.#space();
      members.set(name, this.#value(depth + 1));
      this.#space();
      if (this.#take("}")) return members;
      if (!this.#take(",")) throw this.#broken("misses a comma or brace");
      this.#space();
    }
  }

  #array(depth: number): JsonValue[] {
    const elements: JsonValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take("]")) return elements;
    for (;;) {
      this.#elements += 1;
      if (this.#elements > MAX_MEMBERS) throw this.#broken(`has more than ${MAX_MEMBERS} elements`);
      elements.push(this.#value(depth + 1));
      this.#space();
      if (this.#take("]")) return elements;
      if (!this.#take(",")) throw this.#broken("misses a comma or bracket");
      this.#space();
    }
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) break;
      if (code === 0x5c) return this.#escaped(start, at);
      if (code < 0x20 || Number.isNaN(code))
        throw this.#broken("has an unfinished string or a control character");
      at += 1;
    }
    this.#at = at + 1;
    return text.slice(start, at);
  }

  /** A string with escapes: the plain runs between them are taken as they are. */
  #escaped(start: number, firstEscape: number): string {
    let value = this.#text.slice(start, firstEscape);
    this.#at = firstEscape;
    while (this.#text[this.#at] !== '"') {
      if (this.#take("\\")) value += this.#escape();
      else value += this.#plainRun();
    }
    this.#at += 1;
    if (!value.isWellFormed()) throw this.#broken("has a lone surrogate");
    return value;
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? "";
    this.#at += 1;
    const simple = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (simple !== undefined) return simple;
    const hex = this.#text.slice(this.#at, this.#at + 4);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#broken("has an unknown escape");
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #plainRun(): string {
    const start = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22 || code === 0x5c) return this.#text.slice(start, this.#at);
      if (code < 0x20 || Number.isNaN(code)) {
        throw this.#broken("has an unfinished string or a control character");
      }
      this.#at += 1;
    }
  }

  #number(): number | NumberText {
    NUMBER.lastIndex = this.#at;
    const [digits] = NUMBER.exec(this.#text) ?? [];
    if (digits === undefined) throw this.#broken("has something that is no JSON value");
    this.#at += digits.length;
    return exactNumber(digits);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#broken("has something that is no JSON value");
    this.#at += word.length;
    return value;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #broken(what: string): Malformed {
    return new Malformed(`the JSON body ${what}, near character ${this.#at}`);
  }
}

/** A double where it holds the number exactly as written (15 significant digits always fit), else its digits. */
export function exactNumber(digits: string): number | NumberText {
  const value = Number(digits);
  const short = digits.length <= 15 && !/e/i.test(digits);
  return short || String(value) === digits ? value : { kind: "number", text: digits };
}
