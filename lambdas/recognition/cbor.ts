// CBOR bodies (Smithy RPC v2): decoded by cborg in its strictest form, then read by the model. Refused: duplicate keys,
// integers and lengths longer than needed, indefinite lengths, undefined, unknown tags, bytes after the value.

import { decode } from "cborg";
import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";
import { unknownMember } from "./decode-json.ts";
import { Malformed } from "./malformed.ts";
import { scalarFromJson, scalarFromText, wrong } from "./scalars.ts";
import type { StructureType, Type } from "./shapes.ts";

const MAX_DEPTH = 64;
const MAX_MEMBERS = 10_000;

/** A point in time as CBOR's tag 1 carries it: seconds since the epoch. */
class EpochSeconds {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type CborValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | EpochSeconds
  | CborValue[]
  | Map<unknown, CborValue>;

export function treeFromCbor(bytes: Uint8Array, type: StructureType): ParameterTree {
  return new CborReader().tree(decodeStrictly(bytes), type, "", 0);
}

function decodeStrictly(bytes: Uint8Array): CborValue {
  refuseDeep(bytes);
  try {
    return decode(bytes, {
      strict: true,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowBigInt: true,
      tags: { 1: (tagged) => new EpochSeconds(String(tagged())) },
    }) as CborValue;
  } catch (cause) {
    // cborg throws plain errors for every malformed input, and nothing else reaches it
    if (cause instanceof Error)
      throw new Malformed("the CBOR body is malformed, or not in its shortest form");
    throw cause;
  }
}

/** cborg recurses without a bound of its own: a run of opening arrays, maps or tags is refused before it starts. */
function refuseDeep(bytes: Uint8Array): void {
  let run = 0;
  for (const byte of bytes) {
    const opens = (byte >= 0x81 && byte <= 0xbf) || (byte >= 0xc0 && byte <= 0xdf);
    run = opens ? run + 1 : 0;
    if (run > 4096) throw new Malformed(`the CBOR body is nested deeper than ${MAX_DEPTH}`);
  }
}

class CborReader {
  #members = 0;

  tree(value: CborValue, type: StructureType, path: string, depth: number): ParameterTree {
    if (!(value instanceof Map)) throw wrong(path || "the body", "a map");
    this.#count(value.size, depth);
    const wires = type.byWire("plain");
    const tree: Record<string, ParameterValue> = Object.create(null);
    for (const [key, inner] of value) {
      if (typeof key !== "string") throw wrong(path || "the body", "a map with names as keys");
      const member = wires.get(key);
      const at = path === "" ? key : `${path}.${key}`;
      if (!member) throw unknownMember(at);
      tree[member.name] = this.#value(inner, member.type, at, depth + 1);
    }
    return tree;
  }

  #value(value: CborValue, type: Type, path: string, depth: number): ParameterValue {
    if (value === null) return null;
    switch (type.kind) {
      case "structure":
        return this.tree(value, type, path, depth);
      case "list":
        if (!Array.isArray(value)) throw wrong(path, "a list");
        this.#count(value.length, depth);
        return value.map((element) => this.#value(element, type.element.type, `${path}[]`, depth + 1));
      case "map":
        return this.#map(value, type, path, depth);
      case "scalar":
        return cborScalar(value, type, path);
    }
  }

  #map(value: CborValue, type: Extract<Type, { kind: "map" }>, path: string, depth: number): ParameterTree {
    if (!(value instanceof Map)) throw wrong(path, "a map");
    this.#count(value.size, depth);
    const tree: Record<string, ParameterValue> = Object.create(null);
    for (const [key, inner] of value) {
      if (typeof key !== "string") throw wrong(path, "a map with texts as keys");
      tree[key] = this.#value(inner, type.value.type, `${path}{}`, depth + 1);
    }
    return tree;
  }

  #count(more: number, depth: number): void {
    this.#members += more;
    if (depth > MAX_DEPTH || this.#members > MAX_MEMBERS) {
      throw new Malformed(
        `the CBOR body has more than ${MAX_MEMBERS} members, or is nested deeper than ${MAX_DEPTH}`,
      );
    }
  }
}

function cborScalar(value: CborValue, type: Extract<Type, { kind: "scalar" }>, path: string): ParameterValue {
  switch (type.scalar) {
    case "document":
      throw wrong(path, "a member that CBOR can carry");
    case "blob":
      if (!(value instanceof Uint8Array)) throw wrong(path, "a byte string");
      return value;
    case "timestamp":
      if (!(value instanceof EpochSeconds)) throw wrong(path, "a tagged timestamp");
      return scalarFromText(value.text, type, path);
    case "float":
      if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
      return plainScalar(value, type, path);
    default:
      return plainScalar(value, type, path);
  }
}

function plainScalar(
  value: CborValue,
  type: Extract<Type, { kind: "scalar" }>,
  path: string,
): ParameterValue {
  if (typeof value === "bigint") return scalarFromText(String(value), type, path);
  if (typeof value === "string" && value.includes("\ufffd")) throw wrong(path, "UTF-8"); // cborg replaces bad bytes
  if (typeof value === "object" && value !== null) throw wrong(path, "a single value");
  return scalarFromJson(value, type, path);
}
