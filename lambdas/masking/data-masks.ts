// Masks that name data: an attribute of a DynamoDB table, wherever an answer shows it. Works from the form of the answer:
// an attribute is a map's value that holds one of DynamoDB's types. So it reaches every operation, its errors and its
// pagination keys. Which table was read comes from the call's parameters; where these do not tell, the attribute is masked.

import type { AnswerStep } from "../model/answer.ts";
import type { AwsCall, ParameterValue } from "../model/aws-call.ts";

export interface DataMask {
  readonly kind: "data";
  /** Both names may hold dots: every way to cut the text in two. */
  readonly targets: readonly { readonly table: string; readonly attribute: readonly string[] }[];
}

type ReadCall = Pick<AwsCall, "service" | "operation" | "parameters">;

const FORM = /^dynamodb:Table\/([A-Za-z0-9_.*-]{1,255}\.[\w .:@/[\]$*-]{1,255})$/;
const TYPES = new Set(["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"]);
const SERVICES = new Set(["dynamodb", "dynamodbstreams"]);
const PARTIQL = new Set(["ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"]);
/** What the caller sent comes back here: it knows the values and sends them again. */
const ECHOES = new Set(["UnprocessedKeys", "UnprocessedItems"]);

export function parseDataMask(text: string): DataMask | undefined {
  const names = FORM.exec(text)?.[1]?.split(".");
  if (names === undefined) return undefined;
  const targets = names.slice(1).map((_, index) => ({
    table: names.slice(0, index + 1).join("."),
    attribute: names.slice(index + 1).map((name) => name.replace(/(?:\[\*?\])+$/, "")),
  }));
  const isSound = targets.every(
    ({ table, attribute }) => /^[^*]*\*?$/.test(table) && attribute.every(isName),
  );
  return isSound ? { kind: "data", targets } : undefined;
}

function isName(name: string): boolean {
  return name !== "" && !/[[\]]/.test(name) && /^[^*]*\*?$/.test(name);
}

/** Whether masks of data can apply to this service's answers at all. */
export function holdsData({ service }: Pick<AwsCall, "service">): boolean {
  return SERVICES.has(service);
}

/** Gives of some masks those in whose attribute a place lies. */
export function createDataMatcher(
  call: ReadCall,
): <M extends { readonly mask: DataMask }>(path: readonly AnswerStep[], masks: readonly M[]) => readonly M[] {
  const isPartiql = PARTIQL.has(call.operation);
  return (path, masks) => {
    const start = attributeStart(path);
    const root = path[0];
    if (start === -1 || (root?.kind === "member" && ECHOES.has(root.name))) return [];
    const names = attributeNames(path, start);
    const table = tableOf(path, start, call);
    return masks.filter(({ mask }) =>
      mask.targets.some(
        (target) =>
          (table === undefined || fits(target.table, table)) &&
          (isPartiql ? namesAny(target.attribute, names) : covers(target.attribute, names)),
      ),
    );
  };
}

/** Where the attribute's own name stands: the first map value that holds one of DynamoDB's types. */
function attributeStart(path: readonly AnswerStep[]): number {
  for (let index = 0; index + 1 < path.length; index++) {
    const next = path[index + 1];
    if (path[index]?.kind === "value" && next?.kind === "member" && TYPES.has(next.name)) return index;
  }
  return -1;
}

/** The attribute's name and those inside it; lists and types are left out. */
function attributeNames(path: readonly AnswerStep[], start: number): readonly string[] {
  return path.slice(start).flatMap((step) => (step.kind === "value" ? [step.key] : []));
}

function covers(attribute: readonly string[], names: readonly string[]): boolean {
  return attribute.every((part, index) => {
    const name = names[index];
    return name !== undefined && fits(part, name);
  });
}

/** A statement may select a part of a document: its name is then the last part of the path, with an index perhaps. */
function namesAny(attribute: readonly string[], names: readonly string[]): boolean {
  const last = attribute.at(-1) ?? "";
  return names.some((name) => {
    const plain = name.replace(/(?:\[\d{1,9}\]){1,32}$/, "");
    return fits(last, name) || fits(last, plain) || fits(last, plain.slice(plain.lastIndexOf(".") + 1));
  });
}

function tableOf(path: readonly AnswerStep[], start: number, call: ReadCall): string | undefined {
  if (PARTIQL.has(call.operation) || call.service !== "dynamodb") return undefined;
  // Responses.<table>[] of BatchGetItem.
  const above = path.slice(0, start).find((step) => step.kind === "value");
  if (above?.kind === "value") return tableName(above.key);
  const { TableName, TransactItems } = call.parameters;
  if (TransactItems === undefined) return tableName(TableName);
  const index = path.find((step) => step.kind === "item");
  return tableName(index?.kind === "item" ? transactTable(TransactItems, index.index) : undefined);
}

/** Each of the list holds one request: `{ Get: { TableName } }`, or Put, Update, Delete, ConditionCheck. */
function transactTable(items: ParameterValue, index: number): ParameterValue | undefined {
  const item = Array.isArray(items) ? items[index] : undefined;
  const requests = isTree(item) ? Object.values(item) : [];
  const request = requests.length === 1 ? requests[0] : undefined;
  return isTree(request) && "TableName" in request ? request.TableName : undefined;
}

function isTree(value: unknown): value is { readonly [member: string]: ParameterValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The name in a name or an ARN; `undefined` when it is neither: then no table is ruled out. */
function tableName(value: ParameterValue | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  const name = value.startsWith("arn:") ? /:table\/([^/]+)/.exec(value)?.[1] : value;
  return name !== undefined && /^[A-Za-z0-9_.-]{1,255}$/.test(name) ? name : undefined;
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
