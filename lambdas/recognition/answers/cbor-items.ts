// The items of a CBOR body (RFC 8949) with their places: what Smithy RPC v2 sends, with lengths known or not. Refused:
// tags other than a point in time, reserved forms, simple values without a meaning, text that is not UTF-8.

import { Malformed } from "../malformed.ts";
import { MAX_DEPTH } from "./leaf.ts";

export type CborItem =
  | { readonly kind: "text" | "integer" | "float" | "boolean" | "null" | "bytes"; readonly text: string }
  | { readonly kind: "time"; readonly text: string }
  | { readonly kind: "map" | "list"; readonly count: number | undefined; readonly headEnd: number };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BREAK = 0xff;

export class CborItems {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  end(): void {
    if (this.at < this.#bytes.length) throw this.broken("goes on after its value");
  }

  /** True, once, at the end of a map or list whose length is not known. */
  takeBreak(): boolean {
    if (this.#byte(this.at) !== BREAK) return false;
    this.at += 1;
    return true;
  }

  next(depth: number): CborItem {
    if (depth > MAX_DEPTH) throw this.broken(`is nested deeper than ${MAX_DEPTH}`);
    const first = this.#byte(this.at);
    const [major, low] = [first >> 5, first & 31];
    this.at += 1;
    switch (major) {
      case 0:
        return { kind: "integer", text: String(this.#argument(low)) };
      case 1:
        return { kind: "integer", text: String(-1n - this.#argument(low)) };
      case 2:
        return { kind: "bytes", text: Buffer.from(this.#run(low, 2)).toString("base64") };
      case 3:
        return { kind: "text", text: this.#text(low) };
      case 4:
      case 5:
        return this.#container(major === 5 ? "map" : "list", low);
      case 6:
        return this.#tagged(low, depth);
      default:
        return this.#simple(low);
    }
  }

  broken(what: string): Malformed {
    return new Malformed(`the CBOR answer ${what}, near byte ${this.at}`);
  }

  #container(kind: "map" | "list", low: number): CborItem {
    const count = low === 31 ? undefined : this.#length(low);
    return { kind, count, headEnd: this.at };
  }

  #tagged(low: number, depth: number): CborItem {
    if (this.#argument(low) !== 1n) throw this.broken("has a tag other than that of a point in time");
    const inner = this.next(depth + 1);
    if (inner.kind !== "integer" && inner.kind !== "float") throw this.broken("has a time that is no number");
    return { kind: "time", text: inner.text };
  }

  #simple(low: number): CborItem {
    switch (low) {
      case 20:
      case 21:
        return { kind: "boolean", text: String(low === 21) };
      case 22:
      case 23:
        return { kind: "null", text: "null" };
      case 25:
        return this.#float(2, (at) => half(this.#view.getUint16(at)));
      case 26:
        return this.#float(4, (at) => this.#view.getFloat32(at));
      case 27:
        return this.#float(8, (at) => this.#view.getFloat64(at));
      default:
        throw this.broken("has a simple value without a meaning");
    }
  }

  #float(size: number, read: (at: number) => number): CborItem {
    const at = this.#skip(size);
    return { kind: "float", text: String(read(at)) };
  }

  #text(low: number): string {
    try {
      return utf8.decode(this.#run(low, 3));
    } catch (cause) {
      if (cause instanceof TypeError) throw this.broken("has text that is not UTF-8");
      throw cause;
    }
  }

  #run(low: number, major: number): Uint8Array {
    if (low !== 31) {
      const size = this.#length(low);
      const at = this.#skip(size);
      return this.#bytes.subarray(at, at + size);
    }
    const parts: Uint8Array[] = [];
    while (!this.takeBreak()) {
      const first = this.#byte(this.at);
      this.at += 1;
      if (first >> 5 !== major || (first & 31) === 31) throw this.broken("has a broken run of parts");
      const size = this.#length(first & 31);
      const at = this.#skip(size);
      parts.push(this.#bytes.subarray(at, at + size));
    }
    return new Uint8Array(Buffer.concat(parts));
  }

  #length(low: number): number {
    const length = this.#argument(low);
    if (length > BigInt(this.#bytes.length)) throw this.broken("ends early");
    return Number(length);
  }

  #argument(low: number): bigint {
    if (low < 24) return BigInt(low);
    if (low > 27) throw this.broken("has a reserved form");
    const size = 2 ** (low - 24);
    const at = this.#skip(size);
    let value = 0n;
    for (let index = 0; index < size; index += 1) value = (value << 8n) | BigInt(this.#byte(at + index));
    return value;
  }

  #skip(size: number): number {
    const at = this.at;
    if (at + size > this.#bytes.length) throw this.broken("ends early");
    this.at = at + size;
    return at;
  }

  #byte(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw this.broken("ends early");
    return byte;
  }
}

function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The head of an item: its major type and a length, count or whole number. */
export function cborHead(major: number, value: bigint): Uint8Array {
  if (value < 24n) return new Uint8Array([(major << 5) | Number(value)]);
  const size = value < 0x100n ? 1 : value < 0x10000n ? 2 : value < 0x100000000n ? 4 : 8;
  const head = new Uint8Array(1 + size);
  head[0] = (major << 5) | (24 + Math.log2(size));
  for (let index = size; index > 0; index -= 1) {
    head[index] = Number((value >> BigInt(8 * (size - index))) & 0xffn);
  }
  return head;
}

export function cborNumber(text: string): Uint8Array {
  const whole = /^-?[0-9]{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (whole !== undefined) return whole < 0n ? cborHead(1, -1n - whole) : cborHead(0, whole);
  const bytes = new Uint8Array(9);
  bytes[0] = 0xfb;
  new DataView(bytes.buffer).setFloat64(1, Number(text));
  return bytes;
}
