// Patterns of a deployment's own. Takes only what runs in linear time with a small factor: no lookaround, no references
// back, nothing repeated without bound, no repetition inside a repetition. A match begins where a word begins.

import { type Detector, matchAt, NOTHING } from "./detector.ts";

const MOST_CHARACTERS = 200; // of the pattern's text
const LONGEST_MATCH = 512;
/** In how many ways the pattern can be tried at one place: repetitions and alternatives multiply. */
const MOST_WAYS = 128;

// One item of a pattern: a class, an escape, a plain character; then how often.
const ITEM =
  /(?<atom>\[\^?(?:\\[\\\]^dwsnt./-]|[^\\\][])+\]|\\[dwsDWS.\\/\-+*?()[\]{}|^$nt]|[^\\[\](){}|*+?^$]|\(\?:|\)|\|)(?<times>\{(?<least>[0-9]{1,3})(?:,(?<most>[0-9]{1,3}))?\}|\?)?/y;
const WORD_START = /(?<![0-9A-Za-z_])[^\s]/g;

export type CustomDetector =
  | { readonly kind: "detector"; readonly detector: Detector }
  | { readonly kind: "refused"; readonly message: string };

/** @param pattern such as `ORD-[0-9]{6,10}`: literals, classes, `(?:a|b)`, `?` and `{m,n}`. */
export function customDetector(name: string, pattern: string): CustomDetector {
  const problem = problemOf(pattern);
  if (problem !== undefined) {
    return { kind: "refused", message: `the pattern of detector \`${name}\` ${problem}` };
  }
  const form = new RegExp(`(?:${pattern})`, "y");
  const detector: Detector = {
    name,
    anchors: [],
    starts: new RegExp(WORD_START),
    shortest: 1,
    find(view, at) {
      const match = matchAt(form, view, at)?.[0] ?? "";
      return match === "" ? NOTHING : [{ start: at, end: at + match.length }];
    },
  };
  return { kind: "detector", detector };
}

interface Measure {
  readonly depth: number;
  readonly length: number;
  readonly ways: number;
}

function problemOf(pattern: string): string | undefined {
  if (pattern === "" || pattern.length > MOST_CHARACTERS) {
    return `must have 1 to ${MOST_CHARACTERS} characters`;
  }
  let measure: Measure = { depth: 0, length: 0, ways: 1 };
  for (let at = 0; at < pattern.length; ) {
    const item = matchAt(ITEM, pattern, at);
    if (item === null) {
      return `has something at character ${at + 1} that is not taken: write literals, classes, \`(?:a|b)\`, \`?\` and \`{m,n}\``;
    }
    const next = withItem(measure, item.groups ?? {});
    if (typeof next === "string") return next;
    measure = next;
    at += item[0].length;
  }
  if (measure.depth !== 0) return "leaves a group open";
  if (measure.length > LONGEST_MATCH) return `may match more than ${LONGEST_MATCH} characters`;
  return measure.ways > MOST_WAYS ? "can match in too many ways: narrow its repetitions" : undefined;
}

function withItem({ depth, length, ways }: Measure, item: Partial<Record<string, string>>): Measure | string {
  const { atom, times, least = "1", most = least } = item;
  if (atom === "|") return times === undefined ? { depth, length, ways: ways * 2 } : "repeats nothing";
  if (atom === "(?:" || atom === ")") {
    if (times !== undefined) return "repeats a group: write the group out";
    const inner = depth + (atom === ")" ? -1 : 1);
    return inner < 0 ? "closes a group that is not open" : { depth: inner, length, ways };
  }
  const [from, to] = times === "?" ? [0, 1] : [Number(least), Number(most)];
  if (to < from) return "has a repetition whose end is before its start";
  return { depth, length: length + to, ways: ways * (to - from + 1) };
}
