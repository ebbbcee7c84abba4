// Derives what a session's client holds. Nothing of it is stored: the secret is an HMAC under a KMS key, made anew by
// lambdas/aws/ from `secretMessage`; the session token is an HMAC under that secret.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { SessionId } from "../model/ids.ts";

/** What stands before the session id in the message that KMS signs; no other message of that key begins so. */
export const SESSION_SECRET_LABEL = "countersign/session/v1:";
const SESSION_TOKEN_LABEL = "countersign/session-token/v1:";

/** The message for KMS GenerateMac, whose result is the session's secret. */
export function secretMessage(session: SessionId): Uint8Array {
  return Buffer.from(`${SESSION_SECRET_LABEL}${session}`, "utf8");
}

/** The session token: HMAC-SHA256 of a fixed label and the id under the secret access key, in base64url. */
export function sessionTokenOf(secretAccessKey: string, session: SessionId): string {
  return createHmac("sha256", secretAccessKey).update(`${SESSION_TOKEN_LABEL}${session}`).digest("base64url");
}

/** True when the token shown is the session's. Takes the same time wherever the two differ. */
export function tokenMatches(secretAccessKey: string, session: SessionId, claimedToken: string): boolean {
  const expected = createHmac("sha256", secretAccessKey).update(sessionTokenOf(secretAccessKey, session));
  const claimed = createHmac("sha256", secretAccessKey).update(claimedToken); // digests: equal lengths to compare
  return timingSafeEqual(expected.digest(), claimed.digest());
}
