// Masks secrets in opaque bytes while they pass, in flat memory. Bytes are read one character each, so what holds no
// secret goes on byte for byte, whatever its encoding. Where pieces are cut makes no difference to what comes out.

import { AHEAD, BEHIND, type Detector } from "./detectors/detector.ts";
import { type OpenSecrets, type Region, scanPiece } from "./detectors/scan.ts";
import { MARKER } from "./marker.ts";

/** Small pieces are gathered: each scan costs a window. */
const LEAST_NEW = 16_384;

export interface StreamMasker {
  /** Takes the next bytes; returns those that are certain by now. */
  readonly push: (chunk: Uint8Array) => Uint8Array;
  /** Returns the rest. Nothing may be pushed after it. */
  readonly end: () => Uint8Array;
  /** How many stretches each detector has hidden in what was returned so far. */
  readonly found: () => Readonly<Record<string, number>>;
}

/** @param detectors as `detectorsNamed` gives them */
export function createStreamMasker(detectors: readonly Detector[], leastNew = LEAST_NEW): StreamMasker {
  const writer = regionWriter();
  const open: OpenSecrets = new Set();
  let waiting: string[] = [];
  let waitingLength = 0;
  let text = ""; // from the first byte that is not written yet
  let decided = 0; // places of `text` before this one are decided

  function take(final: boolean): Uint8Array {
    text += waiting.join("");
    waiting = [];
    waitingLength = 0;
    const to = final ? text.length : Math.max(decided, text.length - AHEAD);
    const regions = scanPiece(detectors, { text, from: decided, to }, open);
    const until = final ? text.length : Math.max(0, to - BEHIND);
    const written = writer.write(text, until, regions);
    text = text.slice(until);
    decided = to - until;
    return Buffer.from(written, "latin1");
  }

  return {
    push(chunk) {
      waiting.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1"));
      waitingLength += chunk.byteLength;
      return waitingLength < leastNew ? new Uint8Array() : take(false);
    },
    end: () => take(true),
    found: () => Object.fromEntries(writer.counts),
  };
}

/** The text with a marker in place of each stretch that detectors found, or `undefined` where they found none. */
export function maskText(
  text: string,
  detectors: readonly Detector[],
): { readonly text: string; readonly found: ReadonlyMap<string, number> } | undefined {
  const regions = scanPiece(detectors, { text, from: 0, to: text.length }, new Set());
  if (regions.length === 0) return undefined;
  const writer = regionWriter();
  const masked = writer.write(text, text.length, regions);
  return { text: masked, found: writer.counts };
}

/** Writes text with one marker for each stretch of regions that overlap or touch, also over the pieces' borders. */
function regionWriter() {
  const counts = new Map<string, number>();
  let carried: Region[] = []; // regions that begin or go on after what was written, by places of the next piece's text
  let hiddenUntil = -1;
  let names = new Set<string>();

  function begin(region: Region): string {
    const isSame = region.start <= hiddenUntil;
    if (!isSame) names = new Set();
    if (!names.has(region.name)) counts.set(region.name, (counts.get(region.name) ?? 0) + 1);
    names.add(region.name);
    hiddenUntil = Math.max(hiddenUntil, region.end);
    return isSame ? "" : MARKER;
  }

  function write(text: string, until: number, found: readonly Region[]): string {
    const regions = [...carried, ...found].sort((one, other) => one.start - other.start);
    const parts: string[] = [];
    let at = 0;
    for (const region of regions) {
      if (region.start >= until) break;
      at = Math.max(at, hiddenUntil);
      if (region.start > at) parts.push(text.slice(at, region.start));
      parts.push(begin(region));
    }
    at = Math.max(at, hiddenUntil);
    if (at < until) parts.push(text.slice(at, until));
    carried = regions
      .filter(({ start }) => start >= until)
      .map((region) => ({ ...region, start: region.start - until, end: region.end - until }));
    hiddenUntil -= until;
    return parts.join("");
  }

  return { counts, write };
}
