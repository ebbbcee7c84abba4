// Finds secrets in text that comes in pieces. Each place is decided when BEHIND characters before it and AHEAD after it
// are there (or the text has ended), and by these alone: so pieces of any size give what the whole text gives.

import { candidatePlaces } from "./candidates.ts";
import { AHEAD, BEHIND, type Detector } from "./detector.ts";

export interface Region {
  readonly start: number;
  readonly end: number;
  /** The detector. */
  readonly name: string;
}

/** The detectors of which one text has a secret open, whose end has not been seen. */
export type OpenSecrets = Set<Detector>;

export interface Piece {
  readonly text: string;
  /** The places from here on have not been decided. */
  readonly from: number;
  /** The places from here on cannot be decided yet; the text's length at its end. */
  readonly to: number;
}

const NO_REGIONS: readonly Region[] = [];

/**
 * The regions that begin at places of this piece, and those of open secrets, in order of their start. Regions may overlap.
 * @param open what was open before; holds afterwards what is open at `to`
 */
export function scanPiece(
  detectors: readonly Detector[],
  piece: Piece,
  open: OpenSecrets,
): readonly Region[] {
  const places = candidatePlaces(detectors, piece);
  if (places === undefined && open.size === 0) return NO_REGIONS;
  const regions: Region[] = [];
  for (const detector of detectors) {
    scanFor(detector, { piece, places: places?.get(detector) ?? [] }, open, regions);
  }
  return regions.length < 2 ? regions : regions.sort((one, other) => one.start - other.start);
}

interface Candidates {
  readonly piece: Piece;
  readonly places: readonly number[];
}

function scanFor(
  detector: Detector,
  { piece, places }: Candidates,
  open: OpenSecrets,
  regions: Region[],
): void {
  let openUntil = open.has(detector) ? closed(detector, piece, piece.from, open, regions) : 0;
  for (const place of places) {
    for (const { start, end, open: isOpen } of lookAt(detector, piece.text, place)) {
      regions.push({ start, end, name: detector.name });
      if (isOpen && end > openUntil) openUntil = closed(detector, piece, end, open, regions);
    }
  }
}

/** Adds the region of an open secret up to its end, or to the end of what is decided; returns where that is. */
function closed(
  detector: Detector,
  piece: Piece,
  from: number,
  open: OpenSecrets,
  regions: Region[],
): number {
  const end = detector.close === undefined ? from : endOf(detector.close, piece, from);
  if (end === undefined) open.add(detector);
  else open.delete(detector);
  const until = Math.max(end ?? piece.to, from);
  if (until > from) regions.push({ start: from, end: until, name: detector.name });
  return end === undefined ? Number.POSITIVE_INFINITY : until;
}

function endOf(close: NonNullable<Detector["close"]>, piece: Piece, from: number): number | undefined {
  close.pattern.lastIndex = from;
  const match = close.pattern.exec(piece.text);
  if (match === null || match.index >= piece.to) return undefined;
  return close.at === "before" ? match.index : match.index + match[0].length;
}

/** Shows the detector its window and nothing more: what it finds cannot depend on the rest. */
function lookAt(detector: Detector, text: string, place: number) {
  const from = Math.max(0, place - BEHIND);
  const view = text.slice(from, place + AHEAD);
  const found = detector.find(view, place - from);
  return found.length === 0
    ? found
    : found.map((one) => ({ ...one, start: one.start + from, end: one.end + from }));
}
