// Masks inside a text that holds JSON (a secret's string mostly). What is not masked stays character for character: the
// text is cut and joined, not parsed and written again. Who is not JSON, or too deep, is for the caller to mask whole.

const MOST_DEPTH = 64;

/** A scalar of the text, by the names above it; `undefined` stands for an item of a list. */
export interface JsonLeaf {
  readonly names: readonly (string | undefined)[];
  /** Decoded, for strings; as written, for numbers, `true`, `false` and `null`. */
  readonly text: string;
  readonly type: "string" | "number" | "boolean" | "null";
}

/** JSON of the replacement, or `undefined` to leave the value as it is. */
export type ReplaceLeaf = (leaf: JsonLeaf) => string | undefined;

const TOKEN = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+)/y;

/** @returns the text with its leaves replaced, or `undefined` when it is no JSON object or array, or too deep */
export function replaceInJson(text: string, replace: ReplaceLeaf): string | undefined {
  if (!/^\s{0,64}[{[]/.test(text) || !isJson(text)) return undefined;
  const parts: string[] = [];
  const where = placeInJson();
  let written = 0;
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    const raw = token[1] ?? "";
    if (!where.isLeaf(raw)) {
      if (where.depth() > MOST_DEPTH) return undefined;
      continue;
    }
    const replacement = replace({ names: where.names(), ...leafOf(raw) });
    if (replacement === undefined) continue;
    const end = token.index + token[0].length;
    parts.push(text.slice(written, end - raw.length), replacement);
    written = end;
  }
  return parts.join("") + text.slice(written);
}

/** Follows the tokens of sound JSON; tells which of them are values that hold no others, and under which names. */
function placeInJson() {
  const names: (string | undefined)[] = [];
  const isObject: boolean[] = [];
  let expectsKey = false;

  function follow(mark: string): void {
    const opens = mark === "{" || mark === "[";
    if (opens) {
      names.push(undefined);
      isObject.push(mark === "{");
    } else if (mark === "}" || mark === "]") {
      names.pop();
      isObject.pop();
    }
    expectsKey = mark === "{" || (mark === "," && isObject.at(-1) === true);
  }

  return {
    depth: () => names.length,
    names: () => [...names],
    isLeaf(token: string): boolean {
      if (/^[{}[\],:]$/.test(token)) {
        follow(token);
        return false;
      }
      if (!expectsKey) return true;
      names[names.length - 1] = decoded(token);
      expectsKey = false;
      return false;
    },
  };
}

function leafOf(raw: string): Pick<JsonLeaf, "text" | "type"> {
  if (raw.startsWith('"')) return { text: decoded(raw), type: "string" };
  if (raw === "null") return { text: raw, type: "null" };
  return { text: raw, type: raw === "true" || raw === "false" ? "boolean" : "number" };
}

function decoded(string: string): string {
  const value: unknown = JSON.parse(string);
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
