// The limits of whoever shows a token. The token is taken apart and nothing of it is verified: what it claims only names
// the bucket.

import { createHash } from "node:crypto";
import { parseTokenText } from "../identity/token/token-text.ts";
import type { Refusal } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import type { Clock } from "../net/clock.ts";
import type { FlowLimits } from "./limits.ts";

/** Refuses with `Throttling`. What cannot be read claims no issuer; the verifier will say what is wrong with it. */
export function refusalOfToken(
  unverifiedToken: string,
  { viewerIp }: WireRequest,
  { clock, limits }: { readonly clock: Clock; readonly limits: Pick<FlowLimits, "exchanges"> },
): Refusal | undefined {
  const nowMs = clock.nowMs();
  const over = limits.exchanges.refusalOfSource(viewerIp, nowMs);
  if (over !== undefined) return over;
  const parsed = parseTokenText(unverifiedToken);
  const claimed = parsed.kind === "unverified" ? parsed.unverifiedPayload.get("iss") : undefined;
  const shown = {
    viewerIp,
    token: nameOfToken(unverifiedToken),
    claimedIssuer: typeof claimed === "string" ? claimed : undefined,
  };
  return limits.exchanges.refusalOfToken(shown, nowMs);
}

/** Tells tokens apart in memory without keeping one. */
export function nameOfToken(unverifiedToken: string): string {
  return createHash("sha256").update(`countersign/limits/v1:${unverifiedToken}`).digest("base64url");
}
