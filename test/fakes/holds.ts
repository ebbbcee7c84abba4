// What a legal hold needs of the world, in memory: records, marks and a bucket whose objects are held.

import type { SessionId } from "../../lambdas/model/ids.ts";
import type { FoundMark, HoldCopies, HoldMarks } from "../../lambdas/recording/holds.ts";
import type { StoredText } from "../../lambdas/recording/leaf.ts";
import type { SessionRecords } from "../../lambdas/recording/ports.ts";

export interface FakeHolds {
  readonly stored: Map<SessionId, StoredText[]>;
  readonly objects: Map<string, { bytes: Uint8Array; hold: "ON" | "OFF" }>;
  readonly marked: Map<SessionId, FoundMark>;
  /** Throws in the place of the next write of the bucket of copies, so many writes from now. */
  failAfter: number;
  readonly records: SessionRecords;
  readonly copies: HoldCopies;
  readonly marks: HoldMarks;
}

const PAGE = 2;

export function fakeHolds(): FakeHolds {
  const written = (): void => {
    fake.failAfter -= 1;
    if (fake.failAfter === -1) throw new Error("the bucket is down");
  };
  const fake: FakeHolds = {
    stored: new Map(),
    objects: new Map(),
    marked: new Map(),
    failAfter: Number.POSITIVE_INFINITY,
    records: {
      opening: async (session) => fake.stored.get(session)?.find(({ sk }) => sk === "OPEN"),
      page: async (session, cursor) => {
        const [all, from] = [fake.stored.get(session) ?? [], Number(cursor ?? 0)];
        const next = from + PAGE < all.length ? String(from + PAGE) : null;
        return { kind: "page", records: all.slice(from, from + PAGE), next };
      },
    },
    copies: {
      keysBelow: async (prefix) => [...fake.objects.keys()].filter((key) => key.startsWith(prefix)),
      read: async (key) => fake.objects.get(key)?.bytes ?? new Uint8Array(),
      add: async (key, bytes) => {
        written();
        if (!fake.objects.has(key)) fake.objects.set(key, { bytes, hold: "ON" });
      },
      lock: async (key, hold) => {
        written();
        const object = fake.objects.get(key);
        if (object === undefined) throw new Error("there is no such object");
        object.hold = hold;
      },
    },
    marks: {
      find: async (session) => fake.marked.get(session),
      put: async (mark) => {
        const { claimedUntilMs = null } = fake.marked.get(mark.session) ?? {};
        fake.marked.set(mark.session, { ...mark, claimedUntilMs });
      },
      claim: async (session, nowMs, untilMs) => {
        const mark = fake.marked.get(session);
        if (mark?.status !== "held") return false;
        const { claimedUntilMs } = mark;
        if (claimedUntilMs !== null && claimedUntilMs > nowMs && claimedUntilMs !== untilMs) return false;
        fake.marked.set(session, { ...mark, claimedUntilMs: untilMs });
        return true;
      },
      endClaim: async (session, untilMs) => {
        const mark = fake.marked.get(session);
        if (mark?.claimedUntilMs === untilMs) fake.marked.set(session, { ...mark, claimedUntilMs: null });
      },
      lookNext: async (session, dueAt) => {
        const mark = fake.marked.get(session);
        if (mark?.status === "held") fake.marked.set(session, { ...mark, dueAt });
      },
      due: async (now) =>
        [...fake.marked.values()]
          .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
          .toSorted((one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0))
          .map(({ session }) => session),
    },
  };
  return fake;
}
