// Lets detectors look at one leaf: texts, keys of maps, blobs byte by byte, long numbers. A secret key that stands alone is
// known by the name of its member, or by the member beside it: `{ Name: "AWS_SECRET_ACCESS_KEY", Value: ... }`.

import type { AnswerLeaf, AnswerStep } from "../model/answer.ts";
import type { Detector } from "./detectors/detector.ts";
import { MARKER } from "./marker.ts";
import { maskText } from "./stream-mask.ts";

const LEAST_DIGITS = 9; // the shortest number that a detector knows
const NAMES_SECRET = /secret[_-]?(?:access)?[_-]?key/i;
const SECRET_LENGTH = 40;

export interface Detected {
  /** In the leaf's own form. */
  readonly text: string;
  readonly found: ReadonlyMap<string, number>;
}

/**
 * @param text the leaf's, or what is left of it; base64 for a blob
 * @returns `undefined` when nothing was found
 */
export function detectIn(
  leaf: AnswerLeaf,
  text: string,
  detectors: readonly Detector[],
): Detected | undefined {
  switch (leaf.type) {
    case "string":
      return maskText(text, detectors) ?? namedSecret(leaf, text, detectors);
    case "blob":
      return inBlob(text, detectors);
    case "number":
      return text.length < LEAST_DIGITS ? undefined : maskText(text, detectors);
    default:
      return undefined;
  }
}

function inBlob(base64: string, detectors: readonly Detector[]): Detected | undefined {
  const masked = maskText(Buffer.from(base64, "base64").toString("latin1"), detectors);
  if (masked === undefined) return undefined;
  return { ...masked, text: Buffer.from(masked.text, "latin1").toString("base64") };
}

/** The leaf's name and value as one text. DynamoDB puts its type between the two. */
function namedSecret(
  { path }: AnswerLeaf,
  text: string,
  detectors: readonly Detector[],
): Detected | undefined {
  if (text.length !== SECRET_LENGTH || path.at(-1)?.kind === "key") return undefined;
  const isNamed = path.slice(-2).some((step) => NAMES_SECRET.test(nameOf(step)));
  return isNamed ? loneSecret(text, detectors) : undefined;
}

function nameOf(step: AnswerStep): string {
  return step.kind === "member" ? step.name : step.kind === "value" ? step.key : "";
}

function loneSecret(text: string, detectors: readonly Detector[]): Detected | undefined {
  const masked = maskText(`secretAccessKey="${text}"`, detectors);
  return masked === undefined ? undefined : { ...masked, text: MARKER };
}

const NAME_MEMBER = /(?:name|key)$/i;
const VALUE_MEMBER = /value$/i;
const SAYS_SECRET = /secret|passw|token|credential/i;
const FARTHEST = 16; // leaves between a name and its value: such items are small

/** A secret key that stands alone as the value of an item whose name says so: environment variables, options, tags. */
export function detectBeside(
  leaves: readonly AnswerLeaf[],
  at: number,
  detectors: readonly Detector[],
): Detected | undefined {
  const leaf = leaves[at];
  const step = leaf?.path.at(-1);
  if (leaf?.text.length !== SECRET_LENGTH || leaf.type !== "string") return undefined;
  if (step?.kind !== "member" || !VALUE_MEMBER.test(step.name)) return undefined;
  const isNamed = isNameAmong(leaves, at, -1) || isNameAmong(leaves, at, 1);
  return isNamed ? loneSecret(leaf.text, detectors) : undefined;
}

/** Goes over the leaves of the same item. */
function isNameAmong(leaves: readonly AnswerLeaf[], at: number, direction: 1 | -1): boolean {
  const { path } = leaves[at] ?? { path: [] };
  for (let steps = 1; steps <= FARTHEST; steps++) {
    const other = leaves[at + steps * direction];
    if (other === undefined || !isBeside(path, other.path)) return false;
    const step = other.path.length === path.length ? other.path.at(-1) : undefined;
    if (step?.kind === "member" && NAME_MEMBER.test(step.name) && SAYS_SECRET.test(other.text)) return true;
  }
  return false;
}

function isBeside(path: readonly AnswerStep[], other: readonly AnswerStep[]): boolean {
  if (other.length < path.length) return false;
  return path.slice(0, -1).every((step, index) => isSameStep(step, other[index]));
}

function isSameStep(one: AnswerStep, other: AnswerStep | undefined): boolean {
  if (one === other) return true;
  if (one.kind === "item") return other?.kind === "item" && one.index === other.index;
  return one.kind === other?.kind && nameOf(one) === nameOf(other);
}
