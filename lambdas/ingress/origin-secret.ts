// Decides whether a request came through our own distribution. Trusts the configured secrets and nothing else.

import { createHash, timingSafeEqual } from "node:crypto";
import { ORIGIN_SECRET_HEADER } from "../model/edge-headers.ts";
import type { EventMap } from "./event-map.ts";

/** True when the origin header is there exactly once and equals one of the secrets, in a time that says nothing. */
export function holdsOriginSecret(arrived: EventMap, secrets: readonly string[]): boolean {
  const shown: string[] = [];
  for (const [name, values] of arrived) {
    if (name.toLowerCase() === ORIGIN_SECRET_HEADER) shown.push(...values);
  }
  const [only] = shown;
  if (shown.length !== 1 || only === undefined || only === "") return false;
  const digest = sha256(only);
  let holds = false;
  for (const secret of secrets) {
    const equal = timingSafeEqual(digest, sha256(secret));
    holds = holds || equal;
  }
  return holds;
}

// Digests are of equal length whatever was shown, and hide how much of it was right.
function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
