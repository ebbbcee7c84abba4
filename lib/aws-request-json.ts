// Writes parameters as the JSON that the models ask for: members under their names on the wire.

import type { OperationModel } from "../lambdas/recognition/model.ts";
import type { Member, Type } from "../lambdas/recognition/shapes.ts";
import { below, elementsOf, entriesOf, membersOf, scalarText } from "./aws-request-values.ts";

export function jsonText(params: unknown, { input }: OperationModel): string {
  return JSON.stringify(structureJson(membersOf(params, input, ""), ""));
}

/** A document of these members. */
export function structureJson(
  members: readonly (readonly [Member, unknown])[],
  path: string,
): Record<string, unknown> {
  return Object.fromEntries(
    members.map(([member, value]) => [member.wire, jsonValue(value, member.type, below(path, member.name))]),
  );
}

export function jsonValue(value: unknown, type: Type, path: string): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "structure":
      return structureJson(membersOf(value, type, path), path);
    case "list":
      return elementsOf(value, path).map((each) => jsonValue(each, type.element.type, `${path}[]`));
    case "map":
      return Object.fromEntries(
        entriesOf(value, path).map(([key, each]) => [key, jsonValue(each, type.value.type, `${path}{}`)]),
      );
    case "scalar":
      if (type.scalar === "document") return value;
      return type.scalar === "string" || type.scalar === "blob" ? scalarText(value, path) : value;
  }
}
