// Checks that each path of `@mask` and `@unmask` names an output member of some operation that the policy can permit: a
// misspelt path hides nothing, and nobody would see that it does not. Finds problems; lib/policy-bundle.ts reports them.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { ServiceOperation } from "../lambdas/model/aws-call.ts";
import { isDataPath, isFault, parseMasks, parseUnmasks } from "../lambdas/policy/mask-terms.ts";
import type { OperationModel } from "../lambdas/recognition/model.ts";
import type { Member, Type } from "../lambdas/recognition/shapes.ts";
import { didYouMean } from "./did-you-mean.ts";
import { allServices, answerOf, operationNames } from "./model-catalogue.ts";
import type { Problem } from "./policy-checks.ts";

/** Operations whose answers hold attributes of a table's items, which a path can name by the table. */
const HOLDS_ITEMS = new Set([
  "BatchExecuteStatement",
  "BatchGetItem",
  "DeleteItem",
  "ExecuteStatement",
  "ExecuteTransaction",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
  "TransactGetItems",
  "UpdateItem",
]);

/** @param operations that the policy can reach; `null` when its scope names none */
export function maskProblems(
  { annotations = {} }: PolicyJson,
  operations: readonly OperationModel[] | null,
): readonly Problem[] {
  const masks = parseMasks(annotations.mask ?? "");
  const unmasks = parseUnmasks(annotations.unmask ?? "");
  return [
    ...(isFault(masks) ? [] : masks.flatMap(({ path }) => pathProblem(path, "@mask", operations))),
    ...(isFault(unmasks) ? [] : unmasks.flatMap(({ path }) => pathProblem(path, "@unmask", operations))),
  ];
}

/** True when the path names members of this operation's answer, or data that it can hold. */
export function meetsAnswer({ service, operation: name }: ServiceOperation, path: string): boolean {
  const operation = allServices().get(service)?.operation(name);
  if (operation === undefined) return false;
  return isDataPath(path) ? holdsItems(operation) : isFound(path, operation, nowhere());
}

function nowhere(): Astray {
  return { depth: 0, step: "", names: new Set() };
}

/** Every operation of the models, one after the other: most paths are found early. */
function* allOperations(): Generator<OperationModel> {
  for (const service of allServices().values()) {
    for (const name of operationNames(service)) {
      const operation = service.operation(name);
      if (operation !== undefined) yield operation;
    }
  }
}

function pathProblem(path: string, annotation: string, reached: readonly OperationModel[] | null): Problem[] {
  const astray = nowhere();
  for (const operation of reached ?? allOperations()) {
    if (isDataPath(path) ? holdsItems(operation) : isFound(path, operation, astray)) return [];
  }
  const of = reached === null ? "any operation" : "an operation that this policy can permit";
  const message = isDataPath(path)
    ? `\`${path}\` names data that no answer of ${of} holds`
    : `\`${path}\` names no member of the answer of ${of}${didYouMean(astray.step, astray.names)}`;
  return [{ severity: "error", message, at: annotation }];
}

/** Where a path goes astray: the step, and the members that there are at that place. */
interface Astray {
  depth: number;
  step: string;
  readonly names: Set<string>;
}

function holdsItems({ service, name }: OperationModel): boolean {
  return service.file.service === "dynamodb" && HOLDS_ITEMS.has(name);
}

interface Step {
  readonly name: string;
  /** How many lists the member is in. */
  readonly lists: number;
}

function stepsOf(path: string): readonly Step[] {
  return path.split(".").map((text) => {
    const name = text.replace(/(\[\])+$/, "");
    return { name, lists: (text.length - name.length) / 2 };
  });
}

function isFound(path: string, operation: OperationModel, astray: Astray): boolean {
  let type: Type | undefined = answerOf(operation);
  for (const [depth, { name, lists }] of stepsOf(path).entries()) {
    if (type === undefined || isOpen(type)) break;
    const next = memberOf(type, name);
    if (next === undefined && type.kind === "structure") note(astray, depth, name, type.members);
    type = next === undefined ? undefined : itemOf(next, lists);
  }
  return type !== undefined;
}

/** The operation that went along the path for longest is the one that was meant. */
function note(astray: Astray, depth: number, step: string, members: readonly Member[]): void {
  if (depth < astray.depth) return;
  if (depth > astray.depth) astray.names.clear();
  astray.depth = depth;
  astray.step = step;
  for (const { name } of members) astray.names.add(name);
}

/** Below a text lies what JSON it may hold, below a document anything. */
function isOpen(type: Type): boolean {
  if (type.kind !== "scalar") return false;
  return ["string", "blob", "document", "event-stream"].includes(type.scalar);
}

function memberOf(type: Type, name: string): Type | undefined {
  if (type.kind === "map") return type.value.type;
  if (type.kind !== "structure") return undefined;
  return type.members.find((member) => member.name === name)?.type;
}

function itemOf(type: Type, lists: number): Type | undefined {
  let found: Type = type;
  for (let each = 0; each < lists; each += 1) {
    if (isOpen(found)) return found;
    if (found.kind !== "list") return undefined;
    found = found.element.type;
  }
  return found;
}
