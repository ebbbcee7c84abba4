// Checks `context.params.X` against the parameters that the operations of a policy have: that some operation has a
// member of this name, and that the policy uses it as what it is. Cedar fails where a text is compared with a number,
// and a failure refuses every call that the policy could match.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { OperationModel } from "../lambdas/recognition/model.ts";
import type { Type } from "../lambdas/recognition/shapes.ts";
import { didYouMean } from "./did-you-mean.ts";
import { allServices, operationNames } from "./model-catalogue.ts";
import type { Problem } from "./policy-checks.ts";
import { memberUses } from "./policy-syntax.ts";
import { type TypedUse, typedUses } from "./policy-types.ts";

type Operations = readonly OperationModel[] | null;

/** @param operations that the policy can reach; `null` when its scope names none */
export function parameterProblems(policy: PolicyJson, operations: Operations): readonly Problem[] {
  const paths = memberUses(policy).flatMap(({ path }) => parameterPath(path));
  const names = paths.flatMap((path) => nameProblem(path, operations));
  if (names.length > 0 || operations === null) return unique(names);
  return unique(typedUses(policy).flatMap((use) => typeProblem(use, operations)));
}

function parameterPath([variable, member, ...path]: readonly string[]): (readonly string[])[] {
  return variable === "context" && member === "params" && path.length > 0 ? [path] : [];
}

function nameProblem(path: readonly string[], operations: Operations): Problem[] {
  const [name = ""] = path;
  if (operations === null) {
    return allParameters().has(name) ? [] : [problem(name, path, "any service", allParameters())];
  }
  for (const [depth, step] of path.entries()) {
    const known = membersAt(path.slice(0, depth), operations);
    if (known === null) return [];
    if (!known.has(step)) return [problem(step, path.slice(0, depth + 1), describe(operations), known)];
  }
  return [];
}

function problem(name: string, path: readonly string[], of: string, known: ReadonlySet<string>): Problem {
  const written = ["context", "params", ...path].join(".");
  const message = `no operation of ${of} has the parameter of \`${written}\`${didYouMean(name, known)}`;
  return { severity: "error", message, at: name };
}

/** The operations in few words. */
function describe(operations: readonly OperationModel[]): string {
  const names = operations.map(({ name }) => `\`${name}\``);
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more that this policy reaches` : shown;
}

/** The members that may stand at a path; `null` when any name may: below a map, or a document without a model. */
function membersAt(
  path: readonly string[],
  operations: readonly OperationModel[],
): ReadonlySet<string> | null {
  const types = typesAt(path, operations);
  if (types.some((type) => type.kind === "map" || (type.kind === "scalar" && type.scalar === "document"))) {
    return null;
  }
  return new Set(
    types.flatMap((type) => (type.kind === "structure" ? type.members : [])).map(({ name }) => name),
  );
}

function typesAt(path: readonly string[], operations: readonly OperationModel[]): Type[] {
  let types: Type[] = operations.flatMap(({ input }) => input ?? []);
  for (const name of path) {
    types = types.flatMap((type) => {
      if (type.kind === "map") return type.value.type;
      const member = type.kind === "structure" ? type.members.find((each) => each.name === name) : undefined;
      return member?.type ?? [];
    });
  }
  return types;
}

function typeProblem({ path: whole, type }: TypedUse, operations: readonly OperationModel[]): Problem[] {
  return parameterPath(whole).flatMap((path) => {
    const kinds = new Set(typesAt(path, operations).map(kindOf));
    if (kinds.size === 0 || kinds.has("any") || kinds.has(type.type)) return [];
    const is = [...kinds].map((kind) => WORDS[kind] ?? kind).join(" or ");
    const message = `\`${whole.join(".")}\` is ${is}, and is used here as ${WORDS[type.type] ?? type.type}: the policy would fail on every call that has it`;
    return [{ severity: "error" as const, message, at: path.at(-1) ?? "" }];
  });
}

const WORDS: Readonly<Record<string, string>> = {
  String: "a text",
  Long: "a whole number",
  Boolean: "true or false",
  Set: "a list (a set, to Cedar)",
  Record: "a structure",
};

/** The kind of value that lambdas/policy/cedar-value.ts makes of it. */
function kindOf(type: Type): string {
  if (type.kind === "list") return "Set";
  if (type.kind !== "scalar") return "Record";
  switch (type.scalar) {
    case "integer":
      return "Long";
    case "boolean":
      return "Boolean";
    case "float": // a whole number, or a text where it has a fraction
    case "document":
    case "event-stream":
      return "any";
    default:
      return "String";
  }
}

let parameters: ReadonlySet<string> | undefined;

/** The top-level parameters of every operation there is. */
function allParameters(): ReadonlySet<string> {
  parameters ??= new Set(
    [...allServices().values()].flatMap((service) =>
      operationNames(service).flatMap(
        (name) => service.operation(name)?.input?.members.map((member) => member.name) ?? [],
      ),
    ),
  );
  return parameters;
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((each) => [each.message, each])).values()];
}
