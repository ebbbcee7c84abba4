// Reads JSON of tokens and key documents so that no other parser can read it differently. Every byte is caller-controlled.
// Refuses: anything that is not UTF-8, a BOM, duplicate keys (also when written with escapes), lone surrogates, numbers
// that a double cannot hold, nesting over the bound, a tail. Objects become Maps, so no key can reach a prototype.

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

// RFC 8259, sections 6 and 7. A string is only cut out here; JSON.parse then checks its escapes and control characters.
const STRING = /"(?:[^"\\]|\\[\s\S])*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const LITERAL = /true|false|null/y;

class NotStrict extends Error {}

interface Cursor {
  readonly text: string;
  readonly maxDepth: number;
  at: number;
}

/** Returns the object that the bytes are, or `undefined` when they are not exactly one strict JSON object. */
export function parseStrictObject(bytes: Uint8Array, maxDepth: number): JsonObject | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const cursor = { text, maxDepth, at: 0 };
    const value = readValue(cursor, 1);
    return cursor.at === text.length && isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof NotStrict || error instanceof SyntaxError || error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** True for an array whose members are all strings. */
export function isStringArray(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === "string");
}

function readValue(cursor: Cursor, depth: number): JsonValue {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  let value: JsonValue;
  if (first === "{") {
    value = readObject(cursor, depth);
  } else if (first === "[") {
    value = readArray(cursor, depth);
  } else if (first === '"') {
    value = readString(cursor);
  } else {
    value = readScalar(cursor);
  }
  skipSpace(cursor);
  return value;
}

function readObject(cursor: Cursor, depth: number): JsonObject {
  const members = new Map<string, JsonValue>();
  readList(cursor, depth, "}", () => {
    skipSpace(cursor);
    const key = readString(cursor);
    skipSpace(cursor);
    if (members.has(key) || !skip(cursor, ":")) {
      throw new NotStrict();
    }
    members.set(key, readValue(cursor, depth + 1));
  });
  return members;
}

function readArray(cursor: Cursor, depth: number): readonly JsonValue[] {
  const members: JsonValue[] = [];
  readList(cursor, depth, "]", () => {
    members.push(readValue(cursor, depth + 1));
  });
  return members;
}

/** Reads `<open> member, member <close>`; the bound on depth stands before any recursion. */
function readList(cursor: Cursor, depth: number, close: "}" | "]", readMember: () => void): void {
  if (depth > cursor.maxDepth) {
    throw new NotStrict();
  }
  cursor.at += 1;
  skipSpace(cursor);
  if (skip(cursor, close)) {
    return;
  }
  do {
    readMember();
  } while (skip(cursor, ","));
  if (!skip(cursor, close)) {
    throw new NotStrict();
  }
}

function readString(cursor: Cursor): string {
  const value: unknown = JSON.parse(take(cursor, STRING));
  if (typeof value !== "string" || !value.isWellFormed()) {
    throw new NotStrict();
  }
  return value;
}

function readScalar(cursor: Cursor): JsonValue {
  const first = cursor.text[cursor.at] ?? "";
  if (first === "t" || first === "f" || first === "n") {
    return LITERALS.get(take(cursor, LITERAL)) ?? null;
  }
  const value = Number(take(cursor, NUMBER));
  if (!Number.isFinite(value)) {
    throw new NotStrict(); // 1e400 is infinity here and a number elsewhere
  }
  return value;
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text)?.[0];
  if (match === undefined) {
    throw new NotStrict();
  }
  cursor.at += match.length;
  return match;
}

function skip(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) {
    return false;
  }
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  take(cursor, SPACE);
}
