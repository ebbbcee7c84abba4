// Masks inside a text that holds JSON (a secret's string mostly). What is not masked stays character for character: the
// text is cut and joined, not parsed and written again. Who is not JSON, or too deep, is for the caller to mask whole.

import type { AnswerStep } from "../model/answer.ts";

const MOST_DEPTH = 64;

/** A scalar of the text. */
export interface JsonLeaf {
  /** Its names from the outermost on, items of lists all alike. Changes while the text is read: copy it to keep it. */
  readonly path: readonly AnswerStep[];
  /** Decoded, for strings; as written, for numbers, `true`, `false` and `null`. */
  readonly text: string;
  readonly type: "string" | "number" | "boolean" | "null";
}

/** JSON of the replacement, or `undefined` to leave the value as it is. */
type ReplaceLeaf = (leaf: JsonLeaf) => string | undefined;

const ITEM: AnswerStep = { kind: "item", index: 0 };
const NO_NAME: AnswerStep = { kind: "value", key: "" };
const WORD = /[^\s,\]}]+/y;

/** @returns the text with its leaves replaced, or `undefined` when it is no JSON object or array, or too deep */
export function replaceInJson(text: string, replace: ReplaceLeaf): string | undefined {
  if (!/^\s{0,64}[{[]/.test(text) || !isJson(text)) return undefined;
  const path: AnswerStep[] = [];
  let isKeyNext = false;
  let result = "";
  let written = 0;
  for (let at = 0; at < text.length; ) {
    const mark = text.charAt(at);
    if (isStructure(mark)) {
      isKeyNext = follow(path, mark) ?? isKeyNext;
      if (path.length > MOST_DEPTH) return undefined;
      at += 1;
      continue;
    }
    const end = mark === '"' ? stringEnd(text, at) : wordEnd(text, at);
    const replacement = isKeyNext
      ? named(path, text.slice(at, end))
      : replace(leafOf(path, text.slice(at, end)));
    isKeyNext = false;
    if (replacement !== undefined) {
      result += text.slice(written, at) + replacement;
      written = end;
    }
    at = end;
  }
  return result + text.slice(written);
}

/** Keeps the key; it is not replaced. */
function named(path: AnswerStep[], token: string): undefined {
  path[path.length - 1] = { kind: "value", key: decoded(token) };
}

function isStructure(mark: string): boolean {
  return "{}[],: \n\r\t".includes(mark);
}

/** Goes into a value or out of it; returns whether a key is next, where the mark says so. */
function follow(path: AnswerStep[], mark: string): boolean | undefined {
  switch (mark) {
    case "{":
      path.push(NO_NAME);
      return true;
    case "[":
      path.push(ITEM);
      return false;
    case "}":
    case "]":
      path.pop();
      return false;
    case ",":
      return path.at(-1) !== ITEM;
    default:
      return undefined;
  }
}

/** After the quote that ends the string: one with an even number of backslashes before it. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let from = quote;
    while (text.charAt(from - 1) === "\\") from -= 1;
    if ((quote - from) % 2 === 0) return quote + 1;
  }
  return text.length;
}

function wordEnd(text: string, start: number): number {
  WORD.lastIndex = start;
  return start + (WORD.exec(text)?.[0].length ?? 1);
}

function leafOf(path: readonly AnswerStep[], token: string): JsonLeaf {
  if (token.startsWith('"')) return { path, text: decoded(token), type: "string" };
  if (token === "null") return { path, text: token, type: "null" };
  return { path, text: token, type: token === "true" || token === "false" ? "boolean" : "number" };
}

function decoded(token: string): string {
  if (!token.includes("\\")) return token.slice(1, -1);
  const value: unknown = JSON.parse(token);
  return String(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
