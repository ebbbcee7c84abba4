// Reads a session back from the text that we stored. Table `state` is ours, but what it says decides who somebody is: an
// item of another form, or one that lies under another id, is a fault.

import { CountersignError } from "../boundary/errors.ts";
import { parseRoleArn, parseSessionId, type SessionId } from "../model/ids.ts";
import type { Claims, Session } from "../model/principal.ts";

/** @throws CountersignError `record_failed` when the text is not the session with this id. */
export function parseStoredSession(text: string, expected: SessionId): Session {
  const stored = recordFrom(JSON.parse(text));
  const principal = recordFrom(stored.principal);
  const id = parseSessionId(stringFrom(stored.id));
  const role = parseRoleArn(stringFrom(stored.role));
  if (id !== expected || role === undefined) throw unreadable();
  return {
    id,
    role,
    principal: {
      issuer: stringFrom(principal.issuer),
      subject: stringFrom(principal.subject),
      groups: stringsFrom(principal.groups),
      claims: claimsFrom(principal.claims),
    },
    keyArn: stringFrom(stored.keyArn),
    sourceIp: stringFrom(stored.sourceIp),
    userAgent: stringFrom(stored.userAgent),
    openedAt: secondsFrom(stored.openedAt),
    expiresAt: secondsFrom(stored.expiresAt),
  };
}

function recordFrom(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unreadable();
  return value as Record<string, unknown>;
}

function stringFrom(value: unknown): string {
  if (typeof value !== "string") throw unreadable();
  return value;
}

function stringsFrom(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw unreadable();
  return value.map(stringFrom);
}

function secondsFrom(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw unreadable();
  return value;
}

function claimsFrom(value: unknown): Claims {
  const claims: Record<string, Claims[string]> = Object.create(null);
  for (const [name, claim] of Object.entries(recordFrom(value))) {
    if (typeof claim === "string" || typeof claim === "number" || typeof claim === "boolean")
      claims[name] = claim;
    else claims[name] = stringsFrom(claim);
  }
  return claims;
}

function unreadable(): CountersignError {
  return new CountersignError("record_failed", "a stored session cannot be read");
}
