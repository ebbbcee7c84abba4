// Keeps the credentials that this small AWS has issued, and says whose they are. Trusts nobody: an unknown key id, a
// wrong token or a passed expiry is an AwsError of its own, as at AWS. Judging the signature is signature.ts's.

import { createHmac, randomBytes } from "node:crypto";
import type { Statement } from "./iam-policy.ts";

/** Who signed. `account` is also the account whose resources the request means. */
export interface Caller {
  readonly account: string;
  /** The session's or user's ARN, as GetCallerIdentity tells it. */
  readonly arn: string;
  /** The role's or user's ARN: `aws:PrincipalArn`. */
  readonly principalArn: string;
  readonly userId: string;
  readonly isRoleSession: boolean;
  /** Read at each request: a role that was changed is changed for its sessions too. */
  readonly identity: () => readonly Statement[];
  readonly session: readonly Statement[] | undefined;
  readonly sourceIdentity: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

export interface IssuedKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `undefined` for the long-lived key of a user. */
  readonly sessionToken: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly caller: Caller;
}

export interface KeyRing {
  issue(caller: Caller, kind: "temporary" | "long-lived", expiresAt: number): IssuedKey;
  find(accessKeyId: string): IssuedKey | undefined;
  /** The keys that are kept, oldest first. */
  all(): readonly IssuedKey[];
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const MAX_KEYS = 20_000; // a long local session refreshes credentials for days; the oldest are expired by then

export function createKeyRing(): KeyRing {
  const keys = new Map<string, IssuedKey>();
  return {
    issue(caller, kind, expiresAt) {
      const key: IssuedKey = {
        accessKeyId: `${kind === "temporary" ? "ASIA" : "AKIA"}${identifier(16)}`,
        secretAccessKey: randomBytes(30).toString("base64"),
        sessionToken: kind === "temporary" ? randomBytes(240).toString("base64") : undefined,
        expiresAt,
        caller,
      };
      keys.set(key.accessKeyId, key);
      if (keys.size > MAX_KEYS) forgetOldest(keys);
      return key;
    },
    find: (accessKeyId) => keys.get(accessKeyId),
    all: () => [...keys.values()],
  };
}

/** The keys of functions and users do not end: they stay. */
function forgetOldest(keys: Map<string, IssuedKey>): void {
  for (const [id, { expiresAt }] of keys) {
    if (expiresAt === Number.POSITIVE_INFINITY) continue;
    keys.delete(id);
    return;
  }
}

function identifier(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join("");
}

/** AWS's unique id of a role or user, the same in every run: `AROA...` or `AIDA...`. */
export function uniqueId(prefix: "AROA" | "AIDA", arn: string): string {
  const bytes = createHmac("sha256", "unique id").update(arn).digest().subarray(0, 17);
  return prefix + Array.from(bytes, (byte) => ALPHABET[byte & 31]).join("");
}
