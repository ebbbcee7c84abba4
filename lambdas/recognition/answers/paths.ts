// Member paths of answers, for masks that are checked before they are deployed: does the operation's answer have such a
// member, and which members do the models call sensitive? `Parameters[].Value`, `Environment.Variables.*`.

import type { Member, StructureType, Type } from "../shapes.ts";
import type { AnswerSource } from "../shard.ts";
import { type AnswerOf, answerModel } from "./model.ts";

export type ResolvedPath =
  | { readonly kind: "found" }
  /** The first name on the path that the model does not have, and the nearest one that it has. */
  | { readonly kind: "unknown"; readonly member: string; readonly didYouMean: string | undefined };

const FOUND: ResolvedPath = { kind: "found" };

/** With `**.` in front the path may begin at any member. Below a text or a blob anything is found: it may hold JSON. */
export function resolveAnswerPath(source: AnswerSource, of: AnswerOf, path: string): ResolvedPath {
  const output = answerModel(source, of)?.output;
  if (!output) return { kind: "unknown", member: path, didYouMean: undefined };
  const anywhere = path.startsWith("**.");
  const names = (anywhere ? path.slice(3) : path).replaceAll("[]", ".[]").split(".");
  if (!anywhere) return resolveFrom(output, names);
  const found = structuresIn(output, new Set()).some((each) => resolveFrom(each, names).kind === "found");
  return found ? FOUND : resolveFrom(output, names);
}

function resolveFrom(from: Type, names: readonly string[]): ResolvedPath {
  let type = from;
  for (const name of names) {
    const next = stepInto(type, name);
    if (next === "anything") return FOUND;
    if (!next) return { kind: "unknown", member: name, didYouMean: nearest(name, type) };
    type = next;
  }
  return FOUND;
}

/** Every structure that the answer can hold, each shape once. */
function structuresIn(type: Type, seen: Set<Type>): readonly StructureType[] {
  if (seen.has(type)) return [];
  seen.add(type);
  switch (type.kind) {
    case "structure":
      return [type, ...type.members.flatMap((member) => structuresIn(member.type, seen))];
    case "list":
      return structuresIn(type.element.type, seen);
    case "map":
      return structuresIn(type.value.type, seen);
    case "scalar":
      return [];
  }
}

/** The type one step further; `anything` where no model describes what follows (documents, JSON in texts and blobs). */
function stepInto(type: Type, name: string): Type | "anything" | undefined {
  switch (type.kind) {
    case "structure":
      if (name === "*") return "anything";
      // a stream of events is a list of them
      return name === "[]" ? undefined : memberNamed(type, name);
    case "list":
      return name === "[]" || name === "*" ? type.element.type : undefined;
    case "map":
      return name === "[]" ? undefined : type.value.type;
    case "scalar":
      return ["document", "string", "blob"].includes(type.scalar) ? "anything" : undefined;
  }
}

function memberNamed(type: StructureType, name: string): Type | undefined {
  const member = type.members.find((each) => each.name === name);
  if (!member) return undefined;
  if (member.event !== "stream") return member.type;
  const element: Member = { ...plain(member), name: "", wire: "" };
  return { kind: "list", element, flattened: false };
}

function plain(member: Member): Member {
  const { type, name, wire, location, ec2Wire, required, sensitive } = member;
  const { idempotencyToken, payload, flattened, xmlAttribute, jsonInHeader } = member;
  const traits = { idempotencyToken, payload, flattened, xmlAttribute, jsonInHeader, event: undefined };
  return { type, name, wire, location, ec2Wire, required, sensitive, ...traits };
}

function nearest(name: string, type: Type): string | undefined {
  if (type.kind === "list") return "[]";
  if (type.kind !== "structure") return undefined;
  const [best] = type.members
    .map((member) => ({
      name: member.name,
      distance: distance(name.toLowerCase(), member.name.toLowerCase()),
    }))
    .sort((one, other) => one.distance - other.distance);
  return best && best.distance <= Math.max(2, name.length / 3) ? best.name : undefined;
}

/** Levenshtein's. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const changed = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

const MAX_DEPTH = 12; // deeper values of a shape that contains itself are inside a path found above

/** The members that the models call sensitive, as mask paths. */
export function sensitiveAnswerPaths(source: AnswerSource, of: AnswerOf): readonly string[] {
  const output = answerModel(source, of)?.output;
  return output ? [...new Set(pathsIn(output, "", []))] : [];
}

function pathsIn(type: Type, prefix: string, above: readonly Type[]): string[] {
  if (above.length > MAX_DEPTH || above.includes(type)) return [];
  const inside = [...above, type];
  const member = (each: Member, path: string): string[] =>
    each.sensitive ? [path] : pathsIn(each.type, each.event === "stream" ? `${path}[]` : path, inside);
  switch (type.kind) {
    case "structure":
      return type.members.flatMap((each) =>
        member(each, prefix === "" ? each.name : `${prefix}.${each.name}`),
      );
    case "list":
      return member(type.element, `${prefix}[]`);
    case "map":
      return [...member(type.value, `${prefix}.*`), ...(type.key.sensitive ? [`${prefix}.*`] : [])];
    case "scalar":
      return [];
  }
}
