// DynamoDB's PartiQL: the verb decides the action, the table name the ARN. Only statements whose first words are certain
// are understood (one table, plain or quoted, with an optional index); everything else is refused. No joins, no
// subqueries: DynamoDB has none, and a statement that looks like one is refused rather than half understood.

import type { ParameterValue, RequiredAction } from "../model/aws-call.ts";
import { Malformed } from "./malformed.ts";
import { type ArnContext, resourcesOf } from "./plan.ts";

const NAME = `(?:"([^"]{1,255})"|([A-Za-z_][A-Za-z0-9_]{2,254}))(?:\\."([A-Za-z0-9_.-]{3,255})")?(?=[\\s;(,]|$)`;
const SELECT = new RegExp(`^\\s*select\\s+[^;]*?\\s+from\\s+${NAME}`, "i");
const EXISTS = /^\s*exists\s*\(\s*([^;]*)\)\s*;?\s*$/i;
const WRITES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^\\s*insert\\s+into\\s+${NAME}\\s*value\\s`, "i"), "PartiQLInsert"],
  [new RegExp(`^\\s*update\\s+${NAME}`, "i"), "PartiQLUpdate"],
  [new RegExp(`^\\s*delete\\s+from\\s+${NAME}`, "i"), "PartiQLDelete"],
];

/** Comments, several statements, or words that begin another query: not certain. */
const UNCERTAIN = /--|\/\*|;\s*\S/;
const MANY_QUERIES = /\b(?:select|from|join|into|union)\b/gi;

export function partiqlActions(statements: readonly ParameterValue[], context: ArnContext): RequiredAction[] {
  return statements.map((statement) => {
    if (typeof statement !== "string") throw uncertain();
    return partiqlAction(statement, context);
  });
}

function partiqlAction(statement: string, context: ArnContext): RequiredAction {
  const inner = EXISTS.exec(statement)?.[1] ?? statement;
  const bare = withoutStrings(inner);
  if (UNCERTAIN.test(bare)) throw uncertain();
  for (const [pattern, action] of [[SELECT, "PartiQLSelect"] as const, ...WRITES]) {
    const found = pattern.exec(bare);
    if (!found) continue;
    const words = bare.replaceAll(/"[^"]*"/g, "").match(MANY_QUERIES)?.length ?? 0;
    const expected = { PartiQLSelect: 2, PartiQLInsert: 1, PartiQLDelete: 1, PartiQLUpdate: 0 }[action];
    if (words !== expected) throw uncertain();
    return required(action, found[1] ?? found[2] ?? "", found[3], context);
  }
  throw uncertain();
}

function required(
  name: string,
  table: string,
  index: string | undefined,
  context: ArnContext,
): RequiredAction {
  const tree = { Table: table, ...(index !== undefined && { Index: index }) };
  const plan = index === undefined ? "table Table" : "index Table Index";
  const [first, ...rest] = resourcesOf([plan], tree, context);
  if (!first) throw uncertain();
  const accessLevel = name === "PartiQLSelect" ? "read" : "write";
  return { action: `dynamodb:${name}`, accessLevel, resources: [first, ...rest] };
}

/** String literals emptied, so that words inside them do not count. */
function withoutStrings(statement: string): string {
  const bare = statement.replaceAll(/'(?:[^']|'')*'/g, "''");
  if (bare.replaceAll("''", "").includes("'")) throw uncertain();
  return bare;
}

function uncertain(): Malformed {
  return new Malformed(
    "the PartiQL statement is not one of the plain forms that can be decided: one SELECT, INSERT, UPDATE or DELETE on " +
      "one table",
  );
}
