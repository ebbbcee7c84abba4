// Every curated path names a member that the models have, as resolveAnswerPath of recognition/ reads paths.

import { describe, expect, it } from "vitest";
import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import { CURATED, SHOWN } from "../../lambdas/masking/curated.ts";
import { type AnswerOf, answerModel } from "../../lambdas/recognition/answers/model.ts";
import { resolveAnswerPath } from "../../lambdas/recognition/answers/paths.ts";
import index from "../../lambdas/recognition/models/index.json" with { type: "json" };
import type { Type } from "../../lambdas/recognition/shapes.ts";

const models = modelFiles(new URL("../../lambdas/recognition/models", import.meta.url).pathname);
const DEEPEST = 16;

function operationsOf(service: string): readonly AnswerOf[] {
  return index.signingNames.flatMap((signingName) =>
    (models.answers(signingName)?.services ?? [])
      .filter((file) => file.service === service)
      .flatMap(({ operations }) =>
        Object.keys(operations).map((operation) => ({ signingName, service, operation })),
      ),
  );
}

function has(of: AnswerOf, path: string): boolean {
  const isFound = resolveAnswerPath(models, of, path).kind === "found";
  // Below a string or a document the resolver takes anything: a curated path must end at a member.
  const output = answerModel(models, of)?.output;
  return isFound && output !== undefined && endsAtMember(output, path.replaceAll("[]", ".[]").split("."));
}

function endsAtMember(type: Type, names: readonly string[]): boolean {
  const [name, ...rest] = names;
  if (name === undefined) return true;
  switch (type.kind) {
    case "structure":
      return type.members.some((member) => member.name === name && endsAtMember(member.type, rest));
    case "list":
      return name === "[]" && endsAtMember(type.element.type, rest);
    case "map":
      return name !== "[]" && endsAtMember(type.value.type, rest);
    case "scalar":
      return false;
  }
}

/** Paths of the structures of an answer from which this member can be reached; each shape once. */
function* placesWith(name: string, type: Type, path = "", seen = new Set<Type>()): Generator<string> {
  if (seen.has(type) || path.split(".").length > DEEPEST) return;
  seen.add(type);
  switch (type.kind) {
    case "structure":
      for (const member of type.members) {
        if (member.name === name) yield path;
        yield* placesWith(name, member.type, path === "" ? member.name : `${path}.${member.name}`, seen);
      }
      return;
    case "list":
      yield* placesWith(name, type.element.type, `${path}[]`, seen);
      return;
    case "map":
      yield* placesWith(name, type.value.type, `${path}.*`, seen);
  }
}

function resolves(service: string, path: string): boolean {
  const operations = operationsOf(service);
  if (!path.startsWith("**.")) return operations.some((of) => has(of, path));
  const rest = path.slice("**.".length);
  const first = rest.split(/[.[]/, 1)[0] ?? "";
  return operations.some((of) => {
    const output = answerModel(models, of)?.output;
    const places = output === undefined ? [] : [...placesWith(first, output)];
    return places.some((place) => has(of, place === "" ? rest : `${place}.${rest}`));
  });
}

describe("curated members", () => {
  it.each(CURATED.flatMap(({ service, paths }) => paths.map((path) => [service, path] as const)))(
    "of %s: %s stands in an answer",
    (service, path) => expect(resolves(service, path)).toBe(true),
  );

  it.each(SHOWN)("$service: $path and its $sibling stand in an answer", ({ service, path, sibling }) => {
    expect(resolves(service, path)).toBe(true);
    expect(resolves(service, path.replace(/[^.]+$/, sibling))).toBe(true);
  });

  it("knows a path that no answer has", () => {
    expect(resolves("ssm", "Parameters[].Worth")).toBe(false);
    expect(resolves("lambda", "**.Environment.Variable.*")).toBe(false);
  });
});
