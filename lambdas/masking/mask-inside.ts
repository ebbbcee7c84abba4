// Masks inside a leaf's text that holds JSON: the members that a path names in it, or all but those that are shown. A text
// that is no JSON has no inside: it is for the caller to hide whole.

import type { AnswerLeaf, AnswerStep } from "../model/answer.ts";
import { type JsonLeaf, replaceInJson } from "./embedded-json.ts";
import type { InsideMask, LeafRule } from "./leaf-rules.ts";
import { markerFor } from "./marker.ts";
import { type MemberMask, matchMask, namesExactly, type Segment } from "./mask-paths.ts";

export interface MaskedInside {
  /** In the leaf's own form: base64 for a blob. */
  readonly text: string;
  /** Where something was hidden, once for each time: the policy's own words, since keys of JSON may be secrets. */
  readonly places: readonly string[];
  /** `@unmask` paths that showed something. */
  readonly unmasked: readonly string[];
}

type Rule = Pick<LeafRule, "whole" | "inside" | "shownInside">;

const MOST_NESTED = 4; // JSON in a string in JSON in a string

/** @returns `undefined` when the leaf has to be hidden whole */
export function maskInside(leaf: AnswerLeaf, rule: LeafRule, hashKey?: Uint8Array): MaskedInside | undefined {
  const isText = leaf.type === "string" || leaf.type === "blob";
  if (!isText || leaf.path.at(-1)?.kind === "key") return undefined;
  if (rule.whole && rule.shownInside.length === 0) return undefined;
  const places: string[] = [];
  const unmasked: string[] = [];
  const text = leaf.type === "blob" ? Buffer.from(leaf.text, "base64").toString("utf8") : leaf.text;
  const masked = insideText(text, rule, { places, unmasked, hashKey }, 0);
  if (masked === undefined) return undefined;
  const isSame = masked === text;
  const written = leaf.type === "blob" ? Buffer.from(masked).toString("base64") : masked;
  return { text: isSame ? leaf.text : written, places, unmasked };
}

interface Notes {
  readonly places: string[];
  readonly unmasked: string[];
  readonly hashKey: Uint8Array | undefined;
}

function insideText(text: string, rule: Rule, notes: Notes, nested: number): string | undefined {
  if (nested >= MOST_NESTED) return undefined;
  return replaceInJson(text, (leaf) => replaced(leaf, rule, notes, nested));
}

function replaced(leaf: JsonLeaf, rule: Rule, notes: Notes, nested: number): string | undefined {
  if (leaf.type === "null") return undefined;
  const { path } = leaf;
  const shown = rule.shownInside.find(({ segments }) => namesExactly(members(segments), path));
  if (shown !== undefined) {
    notes.unmasked.push(shown.text);
    return undefined;
  }
  const here = rule.inside.find(({ segments }) => matchMask(members(segments), path)?.kind === "whole");
  if (here !== undefined || rule.whole) {
    const deeper = rule.whole && here === undefined ? within(leaf, path, rule, notes, nested) : undefined;
    return deeper ?? hidden(leaf, here, notes);
  }
  const goesOn = rule.inside.some(({ segments }) => matchMask(members(segments), path) !== undefined);
  return goesOn ? (within(leaf, path, rule, notes, nested) ?? hidden(leaf, undefined, notes)) : undefined;
}

/** JSON in a string of the JSON. */
function within(
  leaf: JsonLeaf,
  path: readonly AnswerStep[],
  rule: Rule,
  notes: Notes,
  nested: number,
): string | undefined {
  const rest = <T extends { readonly segments: readonly Segment[] }>(list: readonly T[]): T[] =>
    list.flatMap((each) => {
      const match = matchMask(members(each.segments), path);
      return match?.kind === "inside" ? [{ ...each, segments: match.rest }] : [];
    });
  const inner = { whole: rule.whole, inside: rest(rule.inside), shownInside: rest(rule.shownInside) };
  if (leaf.type !== "string" || (rule.whole && inner.shownInside.length === 0)) return undefined;
  const masked = insideText(leaf.text, inner, notes, nested + 1);
  return masked === undefined ? undefined : JSON.stringify(masked);
}

/** Inside JSON the value's kind is kept; a member that is to be dropped is null. */
function hidden({ type, text }: JsonLeaf, mask: InsideMask | undefined, notes: Notes): string {
  notes.places.push(mask === undefined ? "*" : wordsOf(mask.segments));
  const style = mask?.style ?? "fixed";
  if (style === "drop" || style === "null") return "null";
  if (type === "number") return "0";
  if (type === "boolean") return "false";
  return JSON.stringify(markerFor(text, style, notes.hashKey));
}

function members(segments: readonly Segment[]): MemberMask {
  return { kind: "members", segments, anywhere: false };
}

function wordsOf(segments: readonly Segment[]): string {
  return segments
    .map((segment) => (segment.kind === "items" ? "[]" : `${segment.name}${segment.open ? "*" : ""}`))
    .join(".")
    .replaceAll(".[]", "[]");
}
