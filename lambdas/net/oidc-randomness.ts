// The random values that a browser holds: ids of sessions and of logins, and the tokens in forms.

import { randomBytes } from "node:crypto";

const BYTES = 32; // 256 bits

/** 43 characters of base64url. */
export function newBrowserSecret(): string {
  return randomBytes(BYTES).toString("base64url");
}
