// Decides whether a name matches an IAM pattern: `*` any characters, `?` exactly one, `${*}`, `${?}`, `${$}` those
// characters themselves. Pure and linear in time for each star. Throws on a policy variable it does not know.

type Token =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "one" }
  | { readonly kind: "any" };

export type Pattern = readonly Token[];

/** A pattern of six parts as AWS compares ARNs: part by part, so that no star reaches over a colon before the sixth. */
export type ArnPattern =
  | { readonly kind: "everything" }
  | { readonly kind: "arn"; readonly parts: readonly Pattern[] };

const ARN_PARTS = 6;
const ESCAPED = new Set(["*", "?", "$"]);

/** Compiles a pattern. Throws an Error on `${...}` that is not one of the three escapes. */
export function parsePattern(text: string): Pattern {
  const tokens: Token[] = [];
  const characters = [...text];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? "";
    if (character === "$" && characters[at + 1] === "{") {
      tokens.push({ kind: "literal", text: escapedCharacter(characters, at, text) });
      at += 3;
    } else if (character === "*") tokens.push({ kind: "any" });
    else if (character === "?") tokens.push({ kind: "one" });
    else tokens.push({ kind: "literal", text: character });
  }
  return tokens;
}

/** The text itself with its escapes resolved, for operators in which stars mean stars. Throws as `parsePattern`. */
export function parseLiteral(text: string): string {
  const characters = [...text];
  let literal = "";
  for (let at = 0; at < characters.length; at += 1) {
    if (characters[at] === "$" && characters[at + 1] === "{") {
      literal += escapedCharacter(characters, at, text);
      at += 3;
    } else literal += characters[at];
  }
  return literal;
}

function escapedCharacter(characters: readonly string[], at: number, text: string): string {
  const character = characters[at + 2] ?? "";
  if (ESCAPED.has(character) && characters[at + 3] === "}") return character;
  throw new Error(`the local IAM evaluator does not know the policy variable in \`${text}\``);
}

/** True when the whole name matches. A character is a Unicode code point. */
export function matchesPattern(pattern: Pattern, name: string): boolean {
  const characters = [...name];
  let position = 0;
  let token = 0;
  let star = -1;
  let retryAt = 0;
  while (position < characters.length) {
    const current = pattern[token];
    if (current?.kind === "any") {
      star = token;
      retryAt = position;
      token += 1;
    } else if (current !== undefined && matchesOne(current, characters[position] ?? "")) {
      position += 1;
      token += 1;
    } else if (star >= 0) {
      // only the last star can need to take more: an earlier one already matched as little as it could
      token = star + 1;
      retryAt += 1;
      position = retryAt;
    } else return false;
  }
  return pattern.slice(token).every(({ kind }) => kind === "any");
}

function matchesOne(token: Token, character: string): boolean {
  return token.kind === "one" || (token.kind === "literal" && token.text === character);
}

/** Compiles a Resource. Throws on anything but `*` or an ARN of six parts that names its first two. */
export function parseArnPattern(text: string): ArnPattern {
  if (text === "*") return { kind: "everything" };
  const parts = arnParts(text);
  if (parts === undefined || parts[0] !== "arn") {
    throw new Error(`the local IAM evaluator wants \`*\` or an ARN of six parts, not \`${text}\``);
  }
  return { kind: "arn", parts: parts.map(parsePattern) };
}

/** True when the ARN matches part by part. `*` as a name (an action without resource) matches only `*`. */
export function matchesArn(pattern: ArnPattern, arn: string): boolean {
  if (pattern.kind === "everything") return true;
  const parts = arnParts(arn);
  if (parts === undefined) return false;
  return pattern.parts.every((part, index) => matchesPattern(part, parts[index] ?? ""));
}

function arnParts(text: string): string[] | undefined {
  const pieces = text.split(":");
  if (pieces.length < ARN_PARTS) return undefined;
  return [...pieces.slice(0, ARN_PARTS - 1), pieces.slice(ARN_PARTS - 1).join(":")];
}
