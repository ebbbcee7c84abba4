// Cuts a Cedar file into its policies, with the place of each, so that an error can name file and line.
// Trusts nobody: what is not a policy is left for Cedar's own parser to refuse.

export interface PolicyText {
  /** From the first annotation or keyword to the semicolon. */
  readonly text: string;
  /** Where the text begins in the file, in UTF-16 code units. */
  readonly offset: number;
}

/** Strings (a semicolon in one ends nothing), comments (dropped between policies), semicolons, and all other text. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|;|[^";/]+|[\s\S]/gu;

/** Returns the policies in order of appearance; text after the last semicolon comes last and will not parse. */
export function splitPolicies(source: string): readonly PolicyText[] {
  const policies: PolicyText[] = [];
  let start: number | null = null;
  for (const { 0: token, index } of source.matchAll(TOKEN)) {
    if (start === null && !token.startsWith("//") && token.trim() !== "") {
      start = index + (token.length - token.trimStart().length);
    }
    if (token === ";" && start !== null) {
      policies.push({ text: source.slice(start, index + 1), offset: start });
      start = null;
    }
  }
  if (start !== null) policies.push({ text: source.slice(start).trimEnd(), offset: start });
  return policies;
}

/** Line and column, both from 1. */
export function placeOf(source: string, offset: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Cedar counts bytes of UTF-8; we count code units. */
export function codeUnits(text: string, bytes: number): number {
  return Buffer.from(text).subarray(0, bytes).toString("utf8").length;
}
