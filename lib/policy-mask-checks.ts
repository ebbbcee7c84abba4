// Checks that each path of `@mask` and `@unmask` names an output member of some operation that the policy can permit: a
// misspelt path hides nothing, and nobody would see that it does not. Finds problems; lib/policy-bundle.ts reports them.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { holdsItems } from "../lambdas/flow/api/mask-knowledge.ts";
import type { AnsweredOperation } from "../lambdas/policy/explain.ts";
import { isDataPath, isFault, parseMasks, parseUnmasks } from "../lambdas/policy/mask-terms.ts";
import { type ResolvedPath, resolveAnswerPath } from "../lambdas/recognition/answers/paths.ts";
import type { OperationModel } from "../lambdas/recognition/model.ts";
import { didYouMean } from "./did-you-mean.ts";
import { allServices, MODELS, operationNames } from "./model-catalogue.ts";
import type { Problem } from "./policy-checks.ts";

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
  const of = reached === null ? "any operation" : "an operation that this policy can permit";
  const astray = isDataPath(path) ? astrayData(path, of, reached) : astrayMember(path, of, reached);
  return astray === null ? [] : [{ severity: "error", message: astray, at: annotation }];
}

function astrayData(path: string, of: string, reached: readonly OperationModel[] | null): string | null {
  for (const operation of reached ?? allOperations()) if (holdsItems(answered(operation))) return null;
  return `\`${path}\` names data that no answer of ${of} holds`;
}

function astrayMember(path: string, of: string, reached: readonly OperationModel[] | null): string | null {
  const mended = new Set<string>();
  for (const operation of reached ?? allOperations()) {
    const answer = answered(operation);
    const resolved = resolveAnswerPath(MODELS, answer, path);
    if (resolved.kind === "found") return null;
    for (const each of mendings(path, resolved)) if (isFound(answer, each)) mended.add(each);
  }
  return `\`${path}\` names no member of the answer of ${of}${didYouMean(path, mended)}`;
}

function answered({ name: operation, service }: OperationModel): AnsweredOperation {
  return { service: service.file.service, signingName: service.signingName, operation };
}

function isFound(of: AnsweredOperation, path: string): boolean {
  return resolveAnswerPath(MODELS, of, path).kind === "found";
}

/** The path with the step mended at which it left an answer: of the whole path, since a step does not say where it belongs. */
function mendings(path: string, { member, didYouMean: nearest }: Astray): readonly string[] {
  if (member === "[]") return [path.replace("[]", "")];
  if (nearest === "[]") return [path.replace(`.${member}`, `[].${member}`)];
  return nearest === undefined ? [] : [path.replace(member, nearest)];
}

type Astray = Extract<ResolvedPath, { kind: "unknown" }>;
