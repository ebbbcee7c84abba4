// What the upstream step needs from the world: credentials of a role, and somebody who sends signed bytes.
// Adapters: lambdas/aws/role-credentials.ts and lambdas/net/https-sender.ts. Both decide nothing about the call.

import type { RoleConfig } from "../model/deployment.ts";
import type { Session } from "../model/principal.ts";
import type { Refusal } from "../model/refusal.ts";
import type { SignedUpstream, TargetCredentials } from "./sign-upstream.ts";
import type { SessionTag } from "./source-identity.ts";

export interface AssumeRequest {
  readonly role: RoleConfig;
  /** Its id is the RoleSessionName; no credential outlives it. */
  readonly session: Session;
  readonly sourceIdentity: string;
  /** The inline session policy, or `null` for the role as it is (`@scope("role")`). */
  readonly policy: string | null;
  readonly tags: readonly SessionTag[];
}

export interface CredentialSource {
  /**
   * Credentials that are valid now and for a margin beyond. Refuses when AWS does not let us assume the role or is not
   * reachable: nothing was sent upstream then. Throws only on a fault of our own (a malformed request, no credentials).
   */
  assume(
    request: AssumeRequest,
  ): Promise<{ readonly kind: "credentials"; readonly credentials: TargetCredentials } | Refusal>;
}

export interface SendLimits {
  /** Milliseconds until a connection must stand, TLS included. */
  readonly connectMs: number;
  /** Milliseconds from the last byte of the request to the end of the answer's headers. */
  readonly headersMs: number;
  /** Milliseconds that may pass between two chunks of the answer's body while we wait for one. */
  readonly idleMs: number;
}

/** The answer must start within 50 s at our own edge; what is left is for the steps before and after. */
export const SEND_LIMITS: SendLimits = { connectMs: 5_000, headersMs: 45_000, idleMs: 20_000 };

export interface UpstreamAnswer {
  readonly kind: "answer";
  readonly status: number;
  /** Lower-case names in order of arrival; a name may come more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Throws when the answer is cut: shorter than declared, reset, or silent for too long. Leaving early closes it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** `content-length`, or `null` for a chunked answer. */
  readonly declaredLength: number | null;
}

export type SendResult =
  | UpstreamAnswer
  /** Not one byte of the request left us: certainly not executed, may be sent again. */
  | { readonly kind: "not_sent"; readonly reason: string }
  /** Bytes left us and no answer that can be believed came back: in doubt, never sent again by us. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface UpstreamSender {
  /** Sends once. Never throws for what the network does; never follows a redirect; never retries. */
  send(request: SignedUpstream, limits: SendLimits): Promise<SendResult>;
}
