// Decides how a session begins and when it ends. Pure: id and time are arguments. Believes the token as verified. Whether
// the principal may use the role is policy's; storing the session is recording's.

import type { IssuerConfig } from "../model/deployment.ts";
import type { RoleArn, SessionId } from "../model/ids.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";
import type { VerifiedToken } from "./token/token-verifier.ts";

const MAX_USER_AGENT = 512;

/** Times and durations in seconds. Refuses only when the session would end before it begins. */
export function openSession(input: {
  readonly id: SessionId;
  readonly verified: VerifiedToken;
  readonly role: RoleArn;
  readonly request: WireRequest;
  readonly issuer: IssuerConfig;
  /** The deployment's session length: what a client gets unless it asks for less. */
  readonly sessionSeconds: number;
  /** What the client asked for. */
  readonly durationSeconds: number | undefined;
  readonly keyArn: string;
  readonly now: number;
}): { readonly kind: "session"; readonly session: Session } | Refusal {
  const { verified, request, now } = input;
  const seconds = Math.min(input.durationSeconds ?? input.sessionSeconds, input.sessionSeconds);
  const ends = now + seconds;
  const expiresAt = input.issuer.capAtTokenExpiry ? Math.min(ends, verified.expiresAt) : ends;
  if (expiresAt <= now) {
    return refuse("ExpiredTokenException", "the token has expired: get a new one from its issuer");
  }
  return {
    kind: "session",
    session: {
      id: input.id,
      principal: verified.principal,
      role: input.role,
      keyArn: input.keyArn,
      sourceIp: request.viewerIp,
      userAgent: printable(singleHeader(request.headers, "user-agent") ?? ""),
      openedAt: now,
      expiresAt,
    },
  };
}

/** The user agent is caller-controlled and stands in records: one line of ASCII. */
function printable(text: string): string {
  return text.slice(0, MAX_USER_AGENT).replace(/[^\x20-\x7e]/g, "?");
}
