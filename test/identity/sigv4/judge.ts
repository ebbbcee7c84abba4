// Runs one event through the steps that stand between the edge and recognition, as the flow does, and says how it ended.

import { parseSignatureClaim } from "../../../lambdas/identity/sigv4/signature-claim.ts";
import { verifySignature } from "../../../lambdas/identity/sigv4/verify-signature.ts";
import { parseEvent } from "../../../lambdas/ingress/parse-event.ts";
import { routeOf } from "../../../lambdas/ingress/route.ts";
import type { SignedRequest } from "../../../lambdas/model/signed-request.ts";
import { ORIGIN_SECRET, STAGE } from "../../ingress/as-event.ts";
import { KEY_ID, NOW, SECRET } from "./independent-signer.ts";

/** The functions under test: the real ones, or a copy with a planted weakness. */
export interface Steps {
  readonly parseEvent: typeof parseEvent;
  readonly routeOf: typeof routeOf;
  readonly parseSignatureClaim: typeof parseSignatureClaim;
  readonly verifySignature: typeof verifySignature;
}

export interface Verdict {
  /** `verified`, a refusal's code, `unknown key`, or `route:` and the route when it is no call. */
  readonly end: string;
  readonly message: string;
  readonly request?: SignedRequest;
  /** The payload form of the claim, when there was one. */
  readonly payload?: string;
}

export const STEPS: Steps = { parseEvent, routeOf, parseSignatureClaim, verifySignature };
export const EDGE = { stage: STAGE, originSecrets: [ORIGIN_SECRET] };

export function judge(event: unknown, now: number = NOW, steps: Steps = STEPS): Verdict {
  const parsed = steps.parseEvent(event, EDGE);
  if (parsed.kind === "refused") return { end: parsed.code, message: parsed.message };
  const route = steps.routeOf(parsed.request);
  if (route !== "call") return { end: `route:${route}`, message: "" };
  const claimed = steps.parseSignatureClaim(parsed.request, now);
  if (claimed.kind === "refused") return { end: claimed.code, message: claimed.message };
  const { payload, keyId } = claimed.claim;
  // The signature does not cover the key id: another id is another session, with another secret.
  if (keyId !== KEY_ID) return { end: "unknown key", message: "", payload };
  const verified = steps.verifySignature(parsed.request, claimed.claim, SECRET);
  if (verified.kind === "refused") return { end: verified.code, message: verified.message, payload };
  return { end: "verified", message: "", request: verified.request, payload };
}
