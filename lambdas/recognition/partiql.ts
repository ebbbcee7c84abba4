// DynamoDB's PartiQL: the verb decides the action, the table name the ARN. Only statements whose first words are certain
// are understood (one table, plain or quoted, with an optional index); everything else is refused. No joins, no
// subqueries: DynamoDB has none, and a statement that looks like one is refused rather than half understood.

import type { ParameterValue, RequiredAction } from "../model/aws-call.ts";
import { Malformed } from "./malformed.ts";
import { type ArnContext, resourcesOf } from "./plan.ts";

/** Text literals, quoted names, words, numbers, then single characters. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|\s+|--|\/\*|[\s\S]/g;
const QUOTED_NAME = /^"([A-Za-z0-9_.:/-]{1,1024})"$/;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]{2,254}$/;
const QUERY_WORDS = new Set([
  "select",
  "from",
  "join",
  "into",
  "union",
  "insert",
  "update",
  "delete",
  "exists",
]);

interface Form {
  readonly action: string;
  /** The words before the table's name, `*` for anything but another query. */
  readonly before: readonly string[];
  /** The words that may follow the name. */
  readonly after: readonly string[];
}

const FORMS: readonly Form[] = [
  { action: "PartiQLSelect", before: ["select", "*", "from"], after: ["where", "order"] },
  { action: "PartiQLInsert", before: ["insert", "into"], after: ["value"] },
  { action: "PartiQLUpdate", before: ["update"], after: ["set", "remove"] },
  { action: "PartiQLDelete", before: ["delete", "from"], after: ["where", "returning"] },
];

export function partiqlActions(statements: readonly ParameterValue[], context: ArnContext): RequiredAction[] {
  return statements.map((statement) => {
    if (typeof statement !== "string") throw uncertain();
    const tokens = withoutExists(tokensOf(statement));
    const form = FORMS.find(({ before: [verb] }) => verb === tokens[0]);
    if (!form) throw uncertain();
    const nameAt = afterWords(tokens, form.before);
    return required(form, tokens, nameAt, context);
  });
}

/** Tokens with words in lower case; a comment, a second statement and an unfinished literal are refused. */
function tokensOf(statement: string): string[] {
  const tokens = (statement.match(TOKEN) ?? [])
    .filter((token) => token.trim() !== "")
    .map((token) => (QUERY_WORDS.has(token.toLowerCase()) ? token.toLowerCase() : token));
  if (tokens.at(-1) === ";") tokens.pop();
  if (tokens.some((token) => /^(?:--|\/\*|;|'|"|`)$/.test(token))) throw uncertain();
  return tokens;
}

/** A transaction may ask `EXISTS(SELECT ...)`: the read inside is what counts. */
function withoutExists(tokens: string[]): string[] {
  if (tokens[0] !== "exists") return tokens;
  if (tokens[1] !== "(" || tokens.at(-1) !== ")") throw uncertain();
  return tokens.slice(2, -1);
}

/** The position behind the form's words; any further word that begins a query is refused. */
function afterWords(tokens: readonly string[], before: readonly string[]): number {
  const wanted = before.filter((word) => word !== "*");
  const found = tokens.flatMap((token, index) => (QUERY_WORDS.has(token) ? [index] : []));
  if (found.length !== wanted.length || !found.every((index, at) => tokens[index] === wanted[at])) {
    throw uncertain();
  }
  const last = found.at(-1) ?? 0;
  if (!before.includes("*") && last !== wanted.length - 1) throw uncertain();
  return last + 1;
}

function required(
  form: Form,
  tokens: readonly string[],
  nameAt: number,
  context: ArnContext,
): RequiredAction {
  const table = nameOf(tokens[nameAt]);
  const hasIndex = tokens[nameAt + 1] === ".";
  const next = tokens[nameAt + (hasIndex ? 3 : 1)];
  if (next !== undefined && !form.after.includes(next.toLowerCase())) throw uncertain();
  if (next === undefined && form.action !== "PartiQLSelect") throw uncertain();
  const tree = { Table: table, ...(hasIndex && { Index: nameOf(tokens[nameAt + 2]) }) };
  const [first, ...rest] = resourcesOf([hasIndex ? "index Table Index" : "table Table"], tree, context);
  if (!first) throw uncertain();
  const accessLevel = form.action === "PartiQLSelect" ? "read" : "write";
  return { action: `dynamodb:${form.action}`, accessLevel, resources: [first, ...rest] };
}

function nameOf(token: string | undefined): string {
  if (token === undefined) throw uncertain();
  const name = QUOTED_NAME.exec(token)?.[1] ?? (PLAIN_NAME.test(token) ? token : undefined);
  if (name === undefined) throw uncertain();
  return name;
}

function uncertain(): Malformed {
  return new Malformed(
    "the PartiQL statement is not one of the plain forms that can be decided: one SELECT, INSERT, UPDATE or DELETE on " +
      "one table",
  );
}
