// The body's coding. Gzip is undone within bounds, since what is packed cannot be looked through; any other is refused.

import { gunzipSync } from "node:zlib";
import { Malformed } from "../malformed.ts";

const MAX_INFLATED = 10 * 1024 * 1024;
const FREE = 1024 * 1024; // below this no ratio is asked: small texts may repeat themselves
const MAX_RATIO = 20;

export function decodeContent(body: Uint8Array, coding: string | undefined): Uint8Array {
  const name = coding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity" || body.length === 0) return body;
  if (name !== "gzip" && name !== "x-gzip") {
    throw new Malformed("the answer has a content coding other than gzip");
  }
  const most = Math.min(MAX_INFLATED, Math.max(FREE, body.length * MAX_RATIO));
  try {
    return new Uint8Array(gunzipSync(body, { maxOutputLength: most }));
  } catch (cause) {
    if (cause instanceof Error)
      throw new Malformed("the answer's gzip is broken, or larger than is looked at");
    throw cause;
  }
}
