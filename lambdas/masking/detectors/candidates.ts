// Where detectors have to look: one pass over the text for the anchors of all of them, as one pattern, and one for each
// pattern of starts. Detectors that share a pattern of starts share its pass.

import type { Detector } from "./detector.ts";
import type { Piece } from "./scan.ts";

type Places = Map<Detector, number[]>;

interface Anchor {
  readonly text: string;
  readonly detector: Detector;
}

interface Finder {
  readonly shortest: number;
  /** Any anchor. */
  readonly anchors: RegExp | undefined;
  /** By the first character. */
  readonly byFirst: ReadonlyMap<string, readonly Anchor[]>;
  readonly starts: readonly (readonly [pattern: RegExp, detectors: readonly Detector[]])[];
}

const finders = new WeakMap<readonly Detector[], Finder>();

/** The places of each detector in this piece, in order; `undefined` when there are none at all. */
export function candidatePlaces(detectors: readonly Detector[], piece: Piece): Places | undefined {
  const finder = finderFor(detectors);
  // What is to be decided may begin before the text that is here: only a whole text can be too short.
  if (piece.text.length < finder.shortest) return undefined;
  const places: Places = new Map();
  findAnchors(finder, piece, places);
  for (const [pattern, sharing] of finder.starts) findStarts(pattern, sharing, piece, places);
  return places.size === 0 ? undefined : places;
}

function finderFor(detectors: readonly Detector[]): Finder {
  const known = finders.get(detectors);
  if (known !== undefined) return known;
  const anchors = detectors.flatMap((detector) => detector.anchors.map((text) => ({ text, detector })));
  const texts = [...new Set(anchors.map(({ text }) => text))];
  const pattern = texts.map((text) => text.replace(/[^\w]/g, "\\$&")).join("|");
  const withStarts = detectors.filter(({ starts }) => starts !== undefined);
  const made: Finder = {
    shortest: Math.min(...detectors.map(({ shortest }) => shortest)),
    anchors: texts.length === 0 ? undefined : new RegExp(pattern, "g"),
    byFirst: Map.groupBy(anchors, ({ text }) => text.charAt(0)),
    starts: [...Map.groupBy(withStarts, ({ starts }) => starts)].flatMap(([starts, sharing]) =>
      starts === undefined ? [] : [[starts, sharing] as const],
    ),
  };
  finders.set(detectors, made);
  return made;
}

function findAnchors({ anchors, byFirst }: Finder, { text, from, to }: Piece, places: Places): void {
  if (anchors === undefined) return;
  anchors.lastIndex = from;
  for (let match = anchors.exec(text); match !== null && match.index < to; match = anchors.exec(text)) {
    const { index } = match;
    for (const { text: anchor, detector } of byFirst.get(text.charAt(index)) ?? []) {
      if (text.startsWith(anchor, index)) add(places, detector, index);
    }
    // The next may begin inside this one.
    anchors.lastIndex = index + 1;
  }
}

function findStarts(
  starts: RegExp,
  sharing: readonly Detector[],
  { text, from, to }: Piece,
  places: Places,
): void {
  starts.lastIndex = from;
  for (let match = starts.exec(text); match !== null && match.index < to; match = starts.exec(text)) {
    for (const detector of sharing) add(places, detector, match.index);
    starts.lastIndex = match.index + 1;
  }
}

function add(places: Places, detector: Detector, place: number): void {
  const known = places.get(detector);
  if (known === undefined) places.set(detector, [place]);
  else if (known.at(-1) !== place) known.push(place);
}
