// The values of a request that is written from the models: which member a name means, and how a scalar is written as
// text. Refuses with a sentence for the author of a test or an explanation.

import type { Member, StructureType, Type } from "../lambdas/recognition/shapes.ts";
import { didYouMean } from "./did-you-mean.ts";

export type ListType = Extract<Type, { kind: "list" }>;
export type MapType = Extract<Type, { kind: "map" }>;

/** The members that the value names, in its order. */
export function membersOf(
  value: unknown,
  type: StructureType | undefined,
  path: string,
): readonly (readonly [member: Member, value: unknown])[] {
  return entriesOf(value, path).map(([name, inner]) => {
    const member = type?.members.find((each) => each.name === name);
    if (member !== undefined) return [member, inner];
    const names = type?.members.map((each) => each.name) ?? [];
    const where = path === "" ? "the operation" : `\`${path}\``;
    throw new Error(`${where} has no parameter \`${name}\`${didYouMean(name, names)}`);
  });
}

export function entriesOf(value: unknown, path: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(path, "an object");
  return Object.entries(value);
}

export function elementsOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, "a list");
  return value;
}

export function scalarText(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw wrong(path, "a text, a number, or true or false");
}

/** Flattened by the list itself or by the member that holds it. */
export function isFlat(member: Member): boolean {
  return member.flattened || ("flattened" in member.type && member.type.flattened);
}

export function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function wrong(path: string, expected: string): Error {
  return new Error(`\`${path === "" ? "params" : path}\` must be ${expected}`);
}
