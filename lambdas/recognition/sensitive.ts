// The input members that the models mark: sensitive ones as paths, found once per operation, and idempotency tokens.

import type { OperationModel } from "./model.ts";
import type { Member, Type } from "./shapes.ts";

const MAX_DEPTH = 8;
const known = new WeakMap<OperationModel, readonly string[]>();

export function sensitivePaths(operation: OperationModel): readonly string[] {
  const found = known.get(operation) ?? (operation.input ? pathsIn(operation.input, "", 0) : []);
  known.set(operation, found);
  return found;
}

/** Nested tokens are left out: they are part of what is asked then, which only makes two calls more different. */
export function idempotencyTokensOf({ input }: OperationModel): readonly string[] {
  return input?.members.flatMap(({ name, idempotencyToken }) => (idempotencyToken ? [name] : [])) ?? [];
}

function pathsIn(type: Type, prefix: string, depth: number): string[] {
  if (depth > MAX_DEPTH) return []; // a shape that contains itself; deeper values are still inside a path found above
  switch (type.kind) {
    case "structure":
      return type.members.flatMap((member) =>
        memberPaths(member, prefix === "" ? member.name : `${prefix}.${member.name}`, depth),
      );
    case "list":
      return memberPaths(type.element, `${prefix}[]`, depth);
    case "map":
      return [...memberPaths(type.value, `${prefix}{}`, depth), ...(type.key.sensitive ? [prefix] : [])];
    case "scalar":
      return [];
  }
}

function memberPaths(member: Member, path: string, depth: number): string[] {
  return member.sensitive ? [path] : pathsIn(member.type, path, depth + 1);
}
