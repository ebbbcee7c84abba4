// Legal hold of a session: copies its records and payloads to where nobody can delete them, goes on with what it records
// afterwards, and lifts the hold again. Each order is safe to repeat, and one that was not wholly carried out says so. Who
// may give orders, and that they are recorded before, is the API's.

import { CountersignError } from "../boundary/errors.ts";
import { faultFields, log as writeLog } from "../boundary/log.ts";
import type { SessionId } from "../model/ids.ts";
import type { Clock } from "../net/clock.ts";
import {
  copiesPrefix,
  expiryIn,
  type HoldCopies,
  type HoldMarks,
  leavesIn,
  nextLook,
  payloadCopyKey,
  payloadDigests,
  recordsCopy,
  recordsPrefix,
} from "../recording/holds.ts";
import { leafHashOf, type StoredText } from "../recording/leaf.ts";
import type { PayloadReader } from "../recording/payloads.ts";
import type { SessionRecords } from "../recording/ports.ts";

export interface HoldDependencies {
  readonly clock: Clock;
  readonly records: SessionRecords;
  readonly payloads: PayloadReader;
  readonly copies: HoldCopies;
  readonly marks: HoldMarks;
}

/** What one look copied, in addition to what was there. */
interface Copied {
  readonly records: number;
  readonly payloads: number;
  /** Payloads that records name and that are gone: digests. */
  readonly missing: readonly string[];
  /** False when time was up: the next look goes on. */
  readonly whole: boolean;
}

export type Placed =
  | { readonly kind: "unknown" }
  /** From now on it is copied each minute, also what `copied` could not. */
  | { readonly kind: "held"; readonly copied: Copied };

export type Released =
  | { readonly kind: "not_held" }
  /** `whole` is false when time was up, or a look was copying: some copies may be under hold, the order is to be repeated. */
  | { readonly kind: "released"; readonly objects: number; readonly whole: boolean };

const AT_ONCE = 8;

// An object that was begun in time is stored, or given up on, by then.
const CLAIM_MARGIN_MS = 60_000;

/** @param untilMs when to stop, epoch milliseconds. @throws when the world fails: the order is then repeated */
export async function placeHold(
  session: SessionId,
  untilMs: number,
  dependencies: HoldDependencies,
): Promise<Placed> {
  const { clock, copies, marks, records } = dependencies;
  const opening = await records.opening(session);
  if (opening === undefined) return { kind: "unknown" };
  const expiresMs = expiryIn(opening);
  // INVARIANT: marked before anything is copied, so that an order that dies halfway is taken up by the next look.
  await marks.put({ session, status: "held", expiresMs, dueAt: Math.floor(clock.nowMs() / 1_000) });
  // Copies of an earlier hold may have been lifted.
  const earlier = await copies.keysBelow(copiesPrefix(session));
  const locked = await each(earlier, untilMs, clock, (key) => copies.lock(key, "ON"));
  const copied = await copyAlone(session, untilMs, dependencies);
  const isWhole = locked === earlier.length && copied.whole;
  if (isWhole) await marks.lookNext(session, nextLook(clock.nowMs(), expiresMs));
  return { kind: "held", copied: { ...copied, whole: isWhole } };
}

/** Lifts the hold of every copy. The copies stay where they are: docs/record-format.md says how they are deleted. */
export async function releaseHold(
  session: SessionId,
  untilMs: number,
  { clock, copies, marks }: Pick<HoldDependencies, "clock" | "copies" | "marks">,
): Promise<Released> {
  const mark = await marks.find(session);
  if (mark === undefined) return { kind: "not_held" };
  const { expiresMs } = mark;
  // INVARIANT: nobody begins to copy from here on, and until all copies are lifted the mark says that they are not.
  await marks.put({ session, status: "releasing", expiresMs, dueAt: null });
  // Who began before may still add some: their claim is seen now, since there is none afterwards.
  const { claimedUntilMs } = (await marks.find(session)) ?? mark;
  const isCopied = claimedUntilMs !== null && claimedUntilMs > clock.nowMs();
  const keys = await copies.keysBelow(copiesPrefix(session));
  const objects = await each(keys, untilMs, clock, (key) => copies.lock(key, "OFF"));
  const isWhole = objects === keys.length && !isCopied;
  if (isWhole) await marks.put({ session, status: "released", expiresMs, dueAt: null });
  return { kind: "released", objects, whole: isWhole };
}

export interface Extended {
  readonly sessions: number;
  readonly records: number;
  readonly payloads: number;
  readonly missing: number;
  readonly failed: number;
}

/** Looks at every held session whose time has come. One that fails does not keep the others from theirs. */
export async function extendHolds(untilMs: number, dependencies: HoldDependencies): Promise<Extended> {
  const { clock, marks } = dependencies;
  const sum = { sessions: 0, records: 0, payloads: 0, missing: 0, failed: 0 };
  for (const session of await marks.due(Math.floor(clock.nowMs() / 1_000))) {
    if (clock.nowMs() >= untilMs) break;
    try {
      const { records, payloads, missing } = await extendOne(session, untilMs, dependencies);
      sum.sessions += 1;
      sum.records += records;
      sum.payloads += payloads;
      sum.missing += missing.length;
    } catch (error) {
      writeLog({ event: "fault", fault: faultFields(error) });
      sum.failed += 1;
    }
  }
  return sum;
}

async function extendOne(
  session: SessionId,
  untilMs: number,
  dependencies: HoldDependencies,
): Promise<Copied> {
  const { clock, marks } = dependencies;
  const mark = await marks.find(session);
  // The index lags behind: what was lifted meanwhile is left alone.
  if (mark?.status !== "held") return { records: 0, payloads: 0, missing: [], whole: true };
  const copied = await copyAlone(session, untilMs, dependencies);
  if (copied.whole) await marks.lookNext(session, nextLook(clock.nowMs(), mark.expiresMs));
  return copied;
}

/** As `copySession`, while nobody else does. Nothing, and not whole, when somebody does or the hold is lifted. */
async function copyAlone(
  session: SessionId,
  untilMs: number,
  dependencies: HoldDependencies,
): Promise<Copied> {
  const { clock, marks } = dependencies;
  const claimedUntilMs = untilMs + CLAIM_MARGIN_MS;
  // INVARIANT: claimed before anything is listed or added, so that a release knows of whatever may still come.
  if (!(await marks.claim(session, clock.nowMs(), claimedUntilMs)))
    return { records: 0, payloads: 0, missing: [], whole: false };
  try {
    return await copySession(session, untilMs, dependencies);
  } finally {
    await marks.endClaim(session, claimedUntilMs);
  }
}

/** Copies what is not copied yet. What is there already is found in the bucket itself, so that nothing is taken for copied that is not. */
async function copySession(
  session: SessionId,
  untilMs: number,
  dependencies: HoldDependencies,
): Promise<Copied> {
  const { clock, copies, records } = dependencies;
  const there = new Set(await copies.keysBelow(copiesPrefix(session)));
  const leaves = new Set<string>();
  for (const key of there) {
    if (!key.startsWith(recordsPrefix(session))) continue;
    for (const leaf of leavesIn(await copies.read(key))) leaves.add(leaf);
  }
  const sum = { records: 0, payloads: 0, missing: new Set<string>() };
  for await (const page of pagesOf(session, records)) {
    const digests = new Set(page.flatMap(payloadDigests));
    const open = [...digests].filter((digest) => !there.has(payloadCopyKey(session, digest)));
    const done = await each(open, untilMs, clock, async (digest) => {
      if (await copyPayload(session, digest, dependencies)) sum.payloads += 1;
      else sum.missing.add(digest);
      there.add(payloadCopyKey(session, digest));
    });
    if (done < open.length) return { ...sum, missing: [...sum.missing], whole: false };
    sum.records += await copyRecords(session, page, leaves, dependencies);
  }
  return { ...sum, missing: [...sum.missing], whole: true };
}

/** All records of the session, some at a time, strongly consistent. */
async function* pagesOf(session: SessionId, records: SessionRecords): AsyncGenerator<readonly StoredText[]> {
  let cursor: string | null = null;
  do {
    const page = await records.page(session, cursor);
    if (page.kind !== "page") throw new CountersignError("internal", "a cursor of our own was not taken");
    yield page.records;
    cursor = page.next;
  } while (cursor !== null);
}

/** False when there is no such payload any more. The reader has checked that it is what its name says. */
async function copyPayload(
  session: SessionId,
  digest: string,
  { payloads, copies }: HoldDependencies,
): Promise<boolean> {
  const bytes = await payloads.get(session, digest);
  if (bytes === "none") return false;
  await copies.add(payloadCopyKey(session, digest), bytes);
  return true;
}

async function copyRecords(
  session: SessionId,
  page: readonly StoredText[],
  leaves: ReadonlySet<string>,
  { copies }: HoldDependencies,
): Promise<number> {
  const fresh = page.filter((stored) => !leaves.has(leafHashOf(stored)));
  if (fresh.length === 0) return 0;
  const { key, bytes } = recordsCopy(session, fresh);
  await copies.add(key, bytes);
  return fresh.length;
}

/** Does it for each, some at once, until time is up. Returns for how many it was done. */
async function each<T>(
  items: readonly T[],
  untilMs: number,
  clock: Clock,
  act: (item: T) => Promise<void>,
): Promise<number> {
  for (let at = 0; at < items.length; at += AT_ONCE) {
    if (clock.nowMs() >= untilMs) return at;
    await Promise.all(items.slice(at, at + AT_ONCE).map(act));
  }
  return items.length;
}
