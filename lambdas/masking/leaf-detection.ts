// Lets detectors look at one leaf: texts, keys of maps, blobs byte by byte, long numbers. A secret key that stands alone is
// known by the name of its member.

import type { AnswerLeaf } from "../model/answer.ts";
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
  const name = path
    .slice(-2)
    .map((step) => (step.kind === "member" ? step.name : step.kind === "value" ? step.key : ""))
    .find((each) => NAMES_SECRET.test(each));
  const masked = name === undefined ? undefined : maskText(`secretAccessKey="${text}"`, detectors);
  return masked === undefined ? undefined : { ...masked, text: MARKER };
}
