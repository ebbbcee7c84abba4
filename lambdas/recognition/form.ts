// Strict readers for `application/x-www-form-urlencoded` bodies and for percent-encoding. A name may stand once; list
// indexes are canonical and contiguous from 1; a name is a leaf or a branch, never both. The caller controls every byte.

import { decodeUtf8 } from "./json.ts";
import { Malformed, shown } from "./malformed.ts";

/** Dotted names as a tree: a leaf is text, a branch a Map. */
export type FormNode = string | Map<string, FormNode>;

const MAX_FIELDS = 10_000;
const MAX_DEPTH = 64;

/** The fields of a form body, by name. */
export function parseForm(body: Uint8Array): Map<string, string> {
  const fields = new Map<string, string>();
  const text = decodeUtf8(body, "form body");
  if (text === "") return fields;
  for (const pair of text.split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new Malformed(`the form body has a field without name or value: ${shown(pair)}`);
    const name = decodeFormText(pair.slice(0, equals));
    if (fields.has(name)) throw new Malformed(`the form body names ${shown(name)} twice`);
    if (fields.size >= MAX_FIELDS) throw new Malformed(`the form body has more than ${MAX_FIELDS} fields`);
    fields.set(name, decodeFormText(pair.slice(equals + 1)));
  }
  return fields;
}

function decodeFormText(text: string): string {
  return percentDecode(text.replaceAll("+", " "), "form body");
}

/** Decodes exactly once; a `%` that is no two-digit escape, and bytes that are not UTF-8, are refused. */
export function percentDecode(text: string, what: string): string {
  if (!text.includes("%")) return text;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw new Malformed(`the ${what} has a broken percent escape`);
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) throw new Malformed(`the ${what} is not UTF-8 below its percent-encoding`);
    throw cause;
  }
}

/** Makes the tree of dotted names. */
export function formTree(fields: ReadonlyMap<string, string>): Map<string, FormNode> {
  const root = new Map<string, FormNode>();
  for (const [name, value] of fields) {
    const steps = name.split(".");
    if (steps.length > MAX_DEPTH) throw new Malformed(`the form body is nested deeper than ${MAX_DEPTH}`);
    const last = steps.pop() ?? "";
    let at = root;
    for (const step of steps) {
      const next = at.get(step) ?? new Map<string, FormNode>();
      if (typeof next === "string")
        throw new Malformed(`${shown(name)} stands below a field that has a value`);
      at.set(step, next);
      at = next;
    }
    if (at.has(last)) throw new Malformed(`${shown(name)} has a value and fields below it`);
    at.set(last, value);
  }
  return root;
}

/** The elements of a list in order; indexes other than 1, 2, 3, ... are refused. */
export function formElements(node: ReadonlyMap<string, FormNode>, path: string): FormNode[] {
  return Array.from({ length: node.size }, (_, index) => {
    const element = node.get(String(index + 1));
    if (element === undefined) throw new Malformed(`the indexes of ${shown(path)} are not 1 to ${node.size}`);
    return element;
  });
}
