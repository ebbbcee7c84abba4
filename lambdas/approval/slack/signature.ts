// Decides whether a request comes from our Slack app: HMAC-SHA256 over the raw bytes of the body, a timestamp within five
// minutes, each header exactly once. Pure; trusts the signing secret and the time it is handed.
// https://docs.slack.dev/authentication/verifying-requests-from-slack

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { singleHeader, type WireHeaders } from "../../model/wire-request.ts";

const MAX_SKEW_SECONDS = 300;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;
const TIMESTAMP = /^[1-9][0-9]{9}$/;

export type SlackSignature =
  /** `delivery` names this very delivery: sha256 of the signature, hex. */
  | { readonly kind: "signed"; readonly delivery: string }
  | { readonly kind: "refused"; readonly reason: "headers" | "timestamp" | "signature" };

export interface SignedBody {
  readonly headers: WireHeaders;
  readonly body: Uint8Array;
}

export function verifySlackSignature(
  { headers, body }: SignedBody,
  signingSecret: string,
  now: number,
): SlackSignature {
  const timestamp = singleHeader(headers, "x-slack-request-timestamp");
  const signature = singleHeader(headers, "x-slack-signature");
  // caller-controlled: one spelling only, else one delivery could come twice under two names
  if (timestamp === undefined || signature === undefined) return { kind: "refused", reason: "headers" };
  if (!TIMESTAMP.test(timestamp) || !SIGNATURE.test(signature)) return { kind: "refused", reason: "headers" };
  if (Math.abs(now - Number(timestamp)) > MAX_SKEW_SECONDS) return { kind: "refused", reason: "timestamp" };
  const expected = createHmac("sha256", signingSecret).update(`v0:${timestamp}:`).update(body).digest();
  const given = Buffer.from(signature.slice("v0=".length), "hex");
  // An empty secret would let everybody sign.
  if (signingSecret === "" || !timingSafeEqual(expected, given)) {
    return { kind: "refused", reason: "signature" };
  }
  return { kind: "signed", delivery: createHash("sha256").update(signature).digest("hex") };
}
