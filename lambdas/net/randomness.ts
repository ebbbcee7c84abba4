// Randomness, from the operating system's generator. Everybody else is handed what they need of it.

import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { type ApprovalId, parseApprovalId } from "../model/approval.ts";
import { parseSessionId, type SessionId } from "../model/ids.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648
const SESSION_BYTES = 16; // 128 bits

/** A new session id: 128 random bits in 26 characters of base32 (the last one carries 3 bits). */
export function newSessionId(): SessionId {
  const bits = [...randomBytes(SESSION_BYTES)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  const id = parseSessionId(groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, "0"), 2)]).join(""));
  if (id === undefined) throw new Error("a session id of 128 bits has 26 characters of base32");
  return id;
}

/** A new approval id: as random as a session id, and in the same form. */
export function newApprovalId(): ApprovalId {
  const id = parseApprovalId(newSessionId());
  if (id === undefined) throw new Error("an approval id has the form of a session id");
  return id;
}

/** 0 to below 1, for what must not be the same everywhere; not for secrets. */
export function random(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

/** A nonce that tells one write of ours from another. */
export function newNonce(): string {
  return randomUUID();
}
