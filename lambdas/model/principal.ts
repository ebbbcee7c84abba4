// Who calls. A Principal exists only after its token was verified; a Session only after it was stored.

import type { RoleArn, SessionId } from "./ids.ts";

/** Claims that policy may read: flat, and only those the issuer's configuration names. */
export type Claims = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface Principal {
  /** The issuer, byte for byte as configured. */
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  readonly claims: Claims;
}

export interface Session {
  readonly id: SessionId;
  readonly principal: Principal;
  /** The role this session asked for; policy is asked about it again at each call. */
  readonly role: RoleArn;
  /** The KMS HMAC key that makes this session's secret. */
  readonly keyArn: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Epoch seconds. */
  readonly openedAt: number;
  /** Epoch seconds; the first second at which the session is over. */
  readonly expiresAt: number;
}
