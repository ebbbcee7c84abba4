// What a record keeps of a large text: up to 8 KB in itself, more under the key of an object that its digest names. Pure,
// but for the ports at the end: lambdas/aws/payloads.ts. Trusts that what it is handed was masked (masking/).

import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { SessionId } from "../model/ids.ts";
import type { RecordedBody } from "../model/record.ts";

/** What a record takes of parameters, and of an answer: a table item holds 400 KB, and a search reads whole records. */
export const INLINE_BYTES = 8_192;

/** Where payloads lie in their bucket. What a function may write is limited by it. */
const PREFIX = "payloads/";

const MAX_CHARACTER_BYTES = 4; // of UTF-8

export interface ParametersText {
  readonly text: string;
  /** In UTF-8. */
  readonly bytes: number;
  /** sha256, hex. */
  readonly digest: string;
}

const known = new WeakMap<object, ParametersText>();

/** The parameters as JSON. An Intent and its Outcome tell the same ones, so they are written and hashed once. */
export function parametersText(maskedParameters: unknown): ParametersText {
  const isObject = typeof maskedParameters === "object" && maskedParameters !== null;
  const before = isObject ? known.get(maskedParameters) : undefined;
  if (before !== undefined) return before;
  const text = JSON.stringify(maskedParameters ?? null);
  const made = {
    text,
    bytes: Buffer.byteLength(text),
    digest: createHash("sha256").update(text).digest("hex"),
  };
  if (isObject) known.set(maskedParameters, made);
  return made;
}

/** The key of a payload: by session, so that who may see the session may see it, and by content. */
export function payloadKey(session: SessionId, digest: string): string {
  return `${PREFIX}${session}/${digest}`;
}

/** A body that was stored as an object. */
export function storedBody(at: string, bytes: number): RecordedBody {
  return { at, bytes };
}

/**
 * A body in the record itself: whole when `head` is all of it, else its beginning.
 * @param bytes size of the whole body
 */
export function inlineBody(head: Uint8Array, bytes: number): RecordedBody {
  const kept = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, INLINE_BYTES));
  if (kept.length === bytes) return { ...inlineText(kept), bytes };
  // A beginning may end within a character: the rest of that one is left out, and it stays text.
  for (let less = 0; less < MAX_CHARACTER_BYTES && less < kept.length; less += 1) {
    const cut = kept.subarray(0, kept.length - less);
    if (isUtf8(cut)) return { text: cut.toString("utf8"), bytes, truncated: true };
  }
  return { base64: kept.toString("base64"), bytes, truncated: true };
}

/** Node decodes what `isUtf8` accepts without loss, a byte order mark too; JSON then escapes what it must. */
function inlineText(bytes: Buffer): { readonly text: string } | { readonly base64: string } {
  return isUtf8(bytes) ? { text: bytes.toString("utf8") } : { base64: bytes.toString("base64") };
}

export interface Payloads {
  /**
   * Stores the bytes under their digest, once: what stands there already stays.
   * @returns the object's key
   * @throws within seconds when they are not known to be stored
   */
  put(session: SessionId, bytes: Uint8Array): Promise<string>;
}

export interface PayloadReader {
  /**
   * @returns the payload, whose bytes have this digest; `none` when there is none
   * @throws when it cannot be read, or is not what its name says
   */
  get(session: SessionId, digest: string): Promise<Uint8Array | "none">;
}
