// Reads the member paths of masks and matches them with the places of an answer. A path that reaches less than it should
// would show a secret, so matching is generous: list marks may be left out, and what stands below a path is covered.

import type { AnswerStep } from "../model/answer.ts";
import { type DataMask, parseDataMask } from "./data-masks.ts";

/** A member, a map's key or the start of one, or the items of a list. */
export type Segment =
  | { readonly kind: "name"; readonly name: string; readonly open: boolean }
  | { readonly kind: "items" };

export interface MemberMask {
  readonly kind: "members";
  readonly segments: readonly Segment[];
  /** May begin at any member, not only at the answer's root. */
  readonly anywhere: boolean;
}

/** `whole`: the path names this place or one above it. `inside`: it goes on inside this text, which may be JSON. */
export type Match =
  | { readonly kind: "whole" }
  | { readonly kind: "inside"; readonly rest: readonly Segment[] };

const MOST_SEGMENTS = 24;
const SEGMENT = /^([A-Za-z0-9_$@-][\w$@:/ -]*\*?|\*)((?:\[\*?\]|\{\})*)$/;
const WHOLE: Match = { kind: "whole" };

/**
 * Reads `SecretString`, `Parameters[].Value`, `Environment.Variables.DB_*`, `SecretString.password` (into JSON), or
 * `dynamodb:Table/Orders.card`. With `**.` in front a path may begin at any member.
 * @returns `undefined` for what is no path: a mask that cannot be read must not be taken for no mask
 */
export function parseMask(text: string): MemberMask | DataMask | undefined {
  if (/^[a-z0-9-]+:/.test(text)) return parseDataMask(text);
  const anywhere = text.startsWith("**.");
  const parts = (anywhere ? text.slice(3) : text).split(".");
  if (parts.length > MOST_SEGMENTS) return undefined;
  const segments = parts.map(segmentsOf);
  if (segments.some((part) => part === undefined)) return undefined;
  return { kind: "members", anywhere, segments: segments.flatMap((part) => part ?? []) };
}

function segmentsOf(part: string): readonly Segment[] | undefined {
  const [, name, marks] = SEGMENT.exec(part) ?? [];
  if (name === undefined || marks === undefined) return undefined;
  const open = name.endsWith("*");
  const named: Segment = { kind: "name", name: open ? name.slice(0, -1) : name, open };
  const inner = marks.match(/\[\*?\]|\{\}/g) ?? [];
  return [
    named,
    ...inner.map(
      (mark): Segment => (mark === "{}" ? { kind: "name", name: "", open: true } : { kind: "items" }),
    ),
  ];
}

/** Whether the mask names this place, one above it, or one inside its text. */
export function matchMask(
  { segments, anywhere }: MemberMask,
  path: readonly AnswerStep[],
): Match | undefined {
  if (!anywhere) return matchFrom(segments, 0, path, 0);
  let inside: Match | undefined;
  for (const [index, { kind }] of path.entries()) {
    if (kind === "item" || kind === "key") continue;
    const match = matchFrom(segments, 0, path, index);
    if (match?.kind === "whole") return match;
    inside ??= match;
  }
  return inside;
}

/** True when the mask names this very place, each map's key in full: what is shown must be named. */
export function namesExactly(
  { segments, anywhere }: Pick<MemberMask, "segments" | "anywhere">,
  path: readonly AnswerStep[],
): boolean {
  return canName({ segments, anywhere }) && exactFrom(segments, path);
}

/** Whether it can name a place: with a star it names none. */
export function canName({ segments, anywhere }: Pick<MemberMask, "segments" | "anywhere">): boolean {
  return !anywhere && segments.every((segment) => segment.kind !== "name" || !segment.open);
}

function exactFrom(segments: readonly Segment[], path: readonly AnswerStep[]): boolean {
  const [segment, step] = [segments[0], path[0]];
  if (segment === undefined || step === undefined) return segment === undefined && step === undefined;
  if (step.kind === "key") return false;
  if (step.kind === "item") return segment.kind === "items" && exactFrom(segments.slice(1), path.slice(1));
  return taken(segments, 0, step).some((count) => exactFrom(segments.slice(count), path.slice(1)));
}

function matchFrom(
  segments: readonly Segment[],
  from: number,
  path: readonly AnswerStep[],
  at: number,
): Match | undefined {
  if (from === segments.length) return WHOLE;
  const step = path[at];
  if (step === undefined) return { kind: "inside", rest: segments.slice(from) };
  if (step.kind === "key") return undefined;
  if (step.kind === "item") {
    return matchFrom(segments, segments[from]?.kind === "items" ? from + 1 : from, path, at + 1);
  }
  let inside: Match | undefined;
  for (const count of taken(segments, from, step)) {
    const match = matchFrom(segments, from + count, path, at + 1);
    if (match?.kind === "whole") return match;
    inside ??= match;
  }
  return inside;
}

/** How many segments this step can take. */
function taken(segments: readonly Segment[], from: number, step: AnswerStep): readonly number[] {
  if (step.kind === "member") return segmentsTaken(segments, from, step.name);
  return step.kind === "value" ? segmentsTaken(segments, from, step.key) : [];
}

const NONE: readonly number[] = [];

/** In how many ways this name can be the next segments: a name may itself hold dots. */
export function segmentsTaken(segments: readonly Segment[], from: number, name: string): readonly number[] {
  const first = segments[from];
  if (first?.kind !== "name" || !name.startsWith(first.name)) return NONE;
  const counts: number[] = [];
  let joined = "";
  for (let index = from; index < segments.length; index++) {
    const next = segments[index];
    if (next?.kind !== "name") break;
    joined = index === from ? next.name : `${joined}.${next.name}`;
    if (next.open ? name.startsWith(joined) : name === joined) counts.push(index - from + 1);
    else if (!name.startsWith(joined)) break;
  }
  return counts;
}

/** The place without indexes and without the keys of maps, which may be secrets themselves: `Items[].*.S`. */
export function placeOf(path: readonly AnswerStep[]): string {
  let place = "";
  for (const step of path) {
    if (step.kind === "item") {
      place += "[]";
      continue;
    }
    if (place !== "") place += ".";
    place += step.kind === "member" ? step.name : step.kind === "value" ? "*" : "{key}";
  }
  return place;
}
