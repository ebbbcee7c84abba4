// The tokens of a JSON text, with their places. Strict by RFC 8259; throws Malformed at the first thing that is not.

import type { LeafType } from "../../model/answer.ts";
import { Malformed } from "../malformed.ts";

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class JsonTokens {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The code of the next character, `NaN` at the end. */
  peek(): number {
    return this.#text.charCodeAt(this.at);
  }

  space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  end(): void {
    this.space();
    if (this.at < this.#text.length) throw this.broken("holds more than one value");
  }

  /** Entries between commas up to `close`; `take` reads one. The opening bracket is next. */
  list(close: "}" | "]", take: () => void): void {
    this.at += 1;
    this.space();
    if (this.#take(close)) return;
    for (;;) {
      take();
      this.space();
      if (this.#take(close)) return;
      if (!this.#take(",")) throw this.broken("misses a comma or a bracket");
      this.space();
    }
  }

  name(): string {
    if (this.peek() !== QUOTE) throw this.broken("has a member without a quoted name");
    return this.#string();
  }

  colon(): void {
    this.space();
    if (!this.#take(":")) throw this.broken("misses a colon");
    this.space();
  }

  /** A string decoded, or a number digit for digit, `true`, `false` or `null` as written. */
  scalar(): { readonly type: LeafType; readonly text: string } {
    switch (this.#text[this.at]) {
      case '"':
        return { type: "string", text: this.#string() };
      case "t":
        return this.#word("true", "boolean");
      case "f":
        return this.#word("false", "boolean");
      case "n":
        return this.#word("null", "null");
      default:
        return this.#number();
    }
  }

  broken(what: string): Malformed {
    return new Malformed(`the JSON answer ${what}, near character ${this.at}`);
  }

  #string(): string {
    const text = this.#text;
    const start = this.at;
    let escaped = false;
    let at = start + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code < 0x20 || Number.isNaN(code))
        throw this.broken("has an unfinished string or a control character");
      if (code === BACKSLASH) {
        ESCAPE.lastIndex = at;
        const length = ESCAPE.exec(text)?.[0].length ?? 0;
        if (length === 0) throw this.broken("has an unknown escape");
        escaped = true;
        at += length;
      } else at += 1;
    }
    this.at = at + 1;
    if (!escaped) return text.slice(start + 1, at);
    const decoded: string = JSON.parse(text.slice(start, at + 1));
    if (!decoded.isWellFormed()) throw this.broken("has a lone surrogate");
    return decoded;
  }

  #number(): { readonly type: LeafType; readonly text: string } {
    NUMBER.lastIndex = this.at;
    const digits = NUMBER.exec(this.#text)?.[0];
    if (digits === undefined) throw this.broken("has something that is no JSON value");
    this.at += digits.length;
    return { type: "number", text: digits };
  }

  #word(word: string, type: LeafType): { readonly type: LeafType; readonly text: string } {
    if (!this.#text.startsWith(word, this.at)) throw this.broken("has something that is no JSON value");
    this.at += word.length;
    return { type, text: word };
  }

  #take(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }
}
