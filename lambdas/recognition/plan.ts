// Fills ARN templates from parameters. A plan is `<type> <source>...`, one source per part of the type's template:
// a parameter path, with `|transform` where the parameter holds more or less than the name; `-` for a part that no
// parameter tells; `one+two` for several in one, `@text` for text itself; `=<path>` for a parameter that is the whole ARN (with sources
// behind it: for when it is absent); type `*` for "the type that this ARN has"; `?` before
// the type: only when every source has a value. What is not known leaves a gap: the resource is then a pattern.

import type { AwsResource, ParameterTree } from "../model/aws-call.ts";
import { type Identifier, identify, isArn } from "./identifiers.ts";
import { Malformed } from "./malformed.ts";
import { valuesAt } from "./paths.ts";

export interface ArnContext {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly service: string;
  /** Templates by resource type. */
  readonly arns: Readonly<Record<string, string>>;
}

/** Literals under construction: known pieces, a gap between two of them. */
type Pieces = readonly [string, ...string[]];

const MAX_RESOURCES = 1000;

/** The resource `*`: the action has no resource type, or nothing is known of it. */
function anyResource({ account, region, service }: ArnContext): AwsResource {
  return { literals: ["", ""], type: "", service, account, region };
}

export function resourcesOf(
  plans: readonly string[],
  tree: ParameterTree,
  context: ArnContext,
): AwsResource[] {
  const found = plans.flatMap((plan) => fillPlan(plan, tree, context));
  if (found.length > MAX_RESOURCES)
    throw new Malformed(`the call names more than ${MAX_RESOURCES} resources`);
  return found.length === 0 ? [anyResource(context)] : found;
}

function fillPlan(plan: string, tree: ParameterTree, context: ArnContext): AwsResource[] {
  const optional = plan.startsWith("?");
  const [type = "", ...sources] = (optional ? plan.slice(1) : plan).split(" ");
  const columns = sources.map((source) => identifiersAt(source, tree));
  if (optional && columns.some((column) => column.length === 0 || column.includes(undefined))) return [];
  const [first = ""] = sources;
  const byName = first.startsWith("=") && sources.length > 1 && columns[0]?.length === 0;
  if (first.startsWith("=") && !byName) return wholeArns(type, columns[0] ?? [], context);
  const template = templateOf(type, context);
  return product(byName ? columns.slice(1) : columns).map((row) =>
    toResource(type, fillTemplate(template, row, context), context),
  );
}

function identifiersAt(source: string, tree: ParameterTree): (Identifier | undefined)[] {
  if (source === "-") return [undefined];
  if (source.includes("+")) return [joined(source.split("+"), tree)];
  const [path = "", transform] = source.replace(/^=/, "").split("|");
  if (path.startsWith("@")) return [identify(path.slice(1), transform)];
  return valuesAt(tree, path).map((value) => {
    if (typeof value === "number") return { text: String(value) };
    return typeof value === "string" ? identify(value, transform) : undefined;
  });
}

/** Several pieces as one text: `@literal` pieces and parameters; an absent parameter is empty. */
function joined(pieces: readonly string[], tree: ParameterTree): Identifier | undefined {
  let text = "";
  for (const piece of pieces) {
    const [found] = identifiersAt(piece, tree);
    text += found?.text ?? "";
    if (found?.open) return { text, open: true };
  }
  return { text };
}

function wholeArns(
  type: string,
  values: readonly (Identifier | undefined)[],
  context: ArnContext,
): AwsResource[] {
  const unknown = (): AwsResource =>
    type === "*" ? anyResource(context) : toResource(type, emptyTemplate(type, context), context);
  if (values.length === 0) return [unknown()];
  return values.map((value) =>
    value && isArn(value.text)
      ? toResource(typeOfArn(type, value.text, context), [value.text], context)
      : unknown(),
  );
}

function emptyTemplate(type: string, context: ArnContext): Pieces {
  const template = templateOf(type, context);
  return fillTemplate(template, Array.from({ length: template.split("{}").length - 1 }), context);
}

function templateOf(type: string, { arns }: ArnContext): string {
  const template = Object.hasOwn(arns, type) ? arns[type] : undefined;
  if (template === undefined) throw new Error(`the shard has no ARN template for the type \`${type}\``);
  return template;
}

/** The rows of a table whose columns are the sources; an empty column is one gap. */
function product(columns: readonly (readonly (Identifier | undefined)[])[]): (Identifier | undefined)[][] {
  let rows: (Identifier | undefined)[][] = [[]];
  for (const column of columns) {
    const values = column.length === 0 ? [undefined] : column;
    if (rows.length * values.length > MAX_RESOURCES) {
      throw new Malformed(`the call names more than ${MAX_RESOURCES} resources`);
    }
    rows = rows.flatMap((row) => values.map((value) => [...row, value]));
  }
  return rows;
}

function fillTemplate(
  template: string,
  row: readonly (Identifier | undefined)[],
  { partition, region, account }: ArnContext,
): Pieces {
  const own = row.find((identifier) => identifier?.account !== undefined)?.account ?? account;
  const head = template.replace("{p}", partition).replace("{r}", region).replaceAll("{a}", own);
  const [start = "", ...between] = head.split("{}");
  let pieces: Pieces = [start];
  for (const [index, literal] of between.entries()) {
    const identifier = row[index];
    // the ARN of the whole thing; else of what the parts behind it belong to (a table's, before an index)
    const whole = row.slice(index + 1).every((later) => later === undefined);
    if (identifier && whole && !identifier.open && isArn(identifier.text)) return [identifier.text];
    pieces = append(pieces, identifier, literal);
  }
  return pieces;
}

/** The pieces with one more part and the literal behind it. An identifier that is an ARN replaces what stands before. */
function append(pieces: Pieces, identifier: Identifier | undefined, literal: string): Pieces {
  if (identifier === undefined) return [...pieces, literal];
  const known: Pieces = isArn(identifier.text) ? [identifier.text] : extend(pieces, identifier.text);
  return identifier.open ? [...known, literal] : extend(known, literal);
}

function extend([first, ...rest]: Pieces, text: string): Pieces {
  const last = rest.pop();
  return last === undefined ? [first + text] : [first, ...rest, last + text];
}

function toResource(type: string, literals: Pieces, context: ArnContext): AwsResource {
  const [, , service = "", region = "", account = ""] = literals[0].split(":", 5);
  const named = type.includes(":") ? type.slice(type.indexOf(":") + 1) : type;
  return {
    literals,
    type: named,
    service: service || context.service,
    account: /^[0-9]{12}$/.test(account) ? account : context.account,
    region,
  };
}

/** The resource type whose template an ARN fits, `""` when none does. */
function typeOfArn(type: string, arn: string, { arns }: ArnContext): string {
  if (type !== "*") return type;
  for (const [name, template] of Object.entries(arns)) {
    if (fits(arn, template)) return name;
  }
  return "";
}

function fits(arn: string, template: string): boolean {
  const [, , service, , , ...own] = arn.split(":");
  const [, , wanted, , , ...parts] = template.split(":");
  if (service !== wanted) return false;
  const [before = ""] = parts.join(":").split("{}");
  return own.join(":").startsWith(before) && before !== "";
}
