// A legal hold on a session: where its copies lie, what a line of them is, when the next look is due, and what holding
// needs of the world. Pure, but for the ports. Adapters: hold-copies.ts and hold-marks.ts in lambdas/aws/.

import { createHash } from "node:crypto";
import type { SessionId } from "../model/ids.ts";
import { leafHashOf, type StoredText } from "./leaf.ts";

const PREFIX = "holds/";
const HASH = /^[0-9a-f]{64}$/;
const FIRST_LOOK_MS = 60_000;
const LAST_LOOK_MS = 86_400_000;
const LOOKS_PER_AGE = 8;

/** `held`: copied, and what comes is copied too. `releasing`: an order to lift was begun and not carried out yet. */
export interface HoldMark {
  readonly session: SessionId;
  readonly status: "held" | "releasing" | "released";
  /** Epoch milliseconds: the end of the session. */
  readonly expiresMs: number;
  /** Epoch seconds: when it is looked at again; `null` when it is not held. */
  readonly dueAt: number | null;
}

/** Everything that is copied of the session begins with it. */
export function copiesPrefix(session: SessionId): string {
  return `${PREFIX}${session}/`;
}

export function recordsPrefix(session: SessionId): string {
  return `${copiesPrefix(session)}records/`;
}

export function payloadCopyKey(session: SessionId, digest: string): string {
  return `${copiesPrefix(session)}payloads/${digest}`;
}

/** Records as they are copied: lines of `pk`, `sk`, `record`, `leaf`, under the hash of them all. */
export function recordsCopy(
  session: SessionId,
  records: readonly StoredText[],
): { readonly key: string; readonly bytes: Uint8Array } {
  const lines = records.map(
    ({ pk, sk, record }) => `${JSON.stringify({ pk, sk, record, leaf: leafHashOf({ pk, sk, record }) })}\n`,
  );
  const bytes = Buffer.from(lines.join(""), "utf8");
  return { key: `${recordsPrefix(session)}${createHash("sha256").update(bytes).digest("hex")}.jsonl`, bytes };
}

/** The leaves of the records in such a copy. What is no line of one names none: that record is then copied again. */
export function leavesIn(bytes: Uint8Array): readonly string[] {
  return Buffer.from(bytes)
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [, leaf] = /"leaf":"([0-9a-f]{64})"\}$/.exec(line) ?? [];
      return leaf === undefined ? [] : [leaf];
    });
}

/** The digests of the payloads that a record names: parameters and answer. */
export function payloadDigests({ record }: StoredText): readonly string[] {
  const told = JSON.parse(record) as {
    readonly call?: { readonly parametersAt?: unknown } | null;
    readonly response?: { readonly at?: unknown };
  };
  return [told.call?.parametersAt, told.response?.at].flatMap((at) => {
    const digest = typeof at === "string" ? (at.split("/").at(-1) ?? "") : "";
    return HASH.test(digest) ? [digest] : [];
  });
}

/**
 * When the session is looked at again, epoch seconds: each minute while it goes on, then less and less often, up to once a
 * day. It never ends by itself, since an approved call may be made, and recorded in its session, long after that has ended.
 */
export function nextLook(nowMs: number, expiresMs: number): number {
  const wait = Math.min(Math.max((nowMs - expiresMs) / LOOKS_PER_AGE, FIRST_LOOK_MS), LAST_LOOK_MS);
  return Math.floor((nowMs + wait) / 1_000);
}

/** When the session ends, by its first record, epoch milliseconds. @throws RangeError when the record does not tell */
export function expiryIn({ record }: StoredText): number {
  const { expires } = JSON.parse(record) as { readonly expires?: unknown };
  return Date.parse(new Date(String(expires)).toISOString());
}

/** A bucket with Object Lock. What is added is under legal hold. */
export interface HoldCopies {
  /** The keys of all objects below the prefix. @throws when unreadable */
  keysBelow(prefix: string): Promise<readonly string[]>;
  /** @throws when it cannot be read */
  read(key: string): Promise<Uint8Array>;
  /** Adds an object under hold; one that is there already stays. @throws when it is not known to be stored */
  add(key: string, bytes: Uint8Array): Promise<void>;
  /** Puts the object under hold, or lifts it. @throws when it is not known to be done */
  lock(key: string, status: "ON" | "OFF"): Promise<void>;
}

/** `claimedUntilMs`: somebody copies the session, until then at the latest, epoch milliseconds; `null` when nobody does. */
export interface FoundMark extends HoldMark {
  readonly claimedUntilMs: number | null;
}

export interface HoldMarks {
  /** As of now. @throws when unreadable */
  find(session: SessionId): Promise<FoundMark | undefined>;
  /** Replaces the session's mark, but not the claim of who copies it. @throws when it is not known to be stored */
  put(mark: HoldMark): Promise<void>;
  /**
   * Has the caller copy the session, nobody else, until then at the latest: an end of its own, by which it is known.
   * @returns false when the session is not held, or somebody else copies it
   * @throws when it is not known
   */
  claim(session: SessionId, nowMs: number, untilMs: number): Promise<boolean>;
  /** The claim with this end is over; another's stays. @throws when it is not known: then it ends by its time */
  endClaim(session: SessionId, untilMs: number): Promise<void>;
  /** Sets when a session that is held is looked at next; one that is not held stays so. @throws when it is not known */
  lookNext(session: SessionId, dueAt: number): Promise<void>;
  /** The sessions whose look is due, the longest waiting first, some of them. @throws when unreadable */
  due(now: number): Promise<readonly SessionId[]>;
}
