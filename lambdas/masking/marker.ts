// What stands in place of a masked value. It has to be recognised when it comes back, so it begins always the same; it is
// safe in JSON, XML, CBOR and headers, and no detector takes it for a secret.

import { createHmac } from "node:crypto";
import type { MaskStyle } from "../model/answer.ts";

/** How every marker begins. */
export const MARKER_START = "[masked:countersign";
export const MARKER = `${MARKER_START}]`;

const WHOLE = /^\[masked:countersign(?:#\d{1,6}|:last4=[!-~]{4}|:hash=[\w-]{22})?\]$/;
const LEAST_FOR_LAST4 = 12; // of less, four characters say too much

/** @param hashKey without one the value cannot be told apart from others: the fixed marker */
export function markerFor(text: string, style: MaskStyle, hashKey?: Uint8Array): string {
  if (style === "last4") return lastFour(text);
  if (style !== "hash" || hashKey === undefined) return MARKER;
  const digest = createHmac("sha256", hashKey).update(text).digest("base64url");
  return `${MARKER_START}:hash=${digest.slice(0, 22)}]`;
}

/** Keys of one map must differ: the second marker in an answer is numbered. */
export function keyMarker(number: number): string {
  return number < 2 ? MARKER : `${MARKER_START}#${number}]`;
}

/** True for a text that is a marker and nothing else: it is masked already. */
export function isMarker(text: string): boolean {
  return WHOLE.test(text);
}

function lastFour(text: string): string {
  const last = text.slice(-4);
  if (text.length < LEAST_FOR_LAST4 || !/^[A-Za-z0-9+/_.-]{4}$/.test(last)) return MARKER;
  return `${MARKER_START}:last4=${last}]`;
}
