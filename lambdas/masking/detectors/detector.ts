// What a detector is. A detector looks at a bounded stretch of text around an anchor, so that what it finds does not depend
// on how the text was cut into chunks, and so that no text makes it slow.

/** How far before an anchor and after it a detector can see, in characters: the scanner shows it no more. */
export const BEHIND = 256;
export const AHEAD = 2_048;

/** A secret, as a stretch of the text that was shown. `open`: it goes on until the detector's `close`. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly open?: boolean;
}

export interface Detector {
  /** As policies write it in `@detect` and as records count it. */
  readonly name: string;
  /** Every secret of this kind holds one of these texts (or one match of `starts`): the only places that are looked at. */
  readonly anchors: readonly string[];
  /** Global, matching at places that depend on BEHIND characters before and AHEAD after; for what has no fixed text. */
  readonly starts?: RegExp;
  /** No secret of this kind is shorter: short texts are not looked at. */
  readonly shortest: number;
  /** @param at where the anchor begins in `view`. Positions are those of `view`. */
  readonly find: (view: string, at: number) => readonly Found[];
  /** Where an open secret ends: `after` the match (its own last line) or `before` it (the first foreign character). */
  readonly close?: { readonly pattern: RegExp; readonly at: "after" | "before" };
}

export const NOTHING: readonly Found[] = [];

/** The match of a sticky pattern at this place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
