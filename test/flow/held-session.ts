// A session with records and a payload, to be held: for the tests of legal holds.

import { createHash } from "node:crypto";
import { leavesIn } from "../../lambdas/recording/holds.ts";
import type { StoredText } from "../../lambdas/recording/leaf.ts";
import { fakeHolds } from "../fakes/holds.ts";
import { fakePayloads } from "../fakes/payloads.ts";
import { opening, outcome, SESSION } from "../recording/facts.ts";

export const NOW_MS = 1_800_000_000_000;
export const LATER = NOW_MS + 60_000;
export const LARGE = Buffer.from("large ".repeat(2_000));
export const DIGEST = createHash("sha256").update(LARGE).digest("hex");
const OPENING: StoredText = {
  pk: `SESSION#${SESSION}`,
  sk: "OPEN",
  record: JSON.stringify({ ...opening(), expires: new Date(NOW_MS + 3_600_000).toISOString() }),
};

export type World = Awaited<ReturnType<typeof world>>;

export function recordOf(sk: string, at?: string): StoredText {
  const response = at === undefined ? {} : { response: { at, bytes: LARGE.length } };
  return { pk: `SESSION#${SESSION}`, sk, record: JSON.stringify(outcome(response)) };
}

/** Three records, the first of which names a payload, in two pages. */
export async function world() {
  const clock = { ms: NOW_MS, nowMs: () => clock.ms };
  const payloads = fakePayloads();
  const holds = fakeHolds();
  const at = await payloads.put(SESSION, LARGE);
  const records = [recordOf("CALL#1#OUTCOME", at), recordOf("CALL#2#OUTCOME"), OPENING];
  holds.stored.set(SESSION, records);
  const dependencies = {
    clock,
    payloads,
    records: holds.records,
    copies: holds.copies,
    marks: holds.marks,
  };
  /** The leaves of the records that are copied. */
  const copied = (): string[] =>
    [...holds.objects].flatMap(([key, { bytes }]) => (key.endsWith(".jsonl") ? leavesIn(bytes) : []));
  const held = (): string[] => [...holds.objects.values()].map(({ hold }) => hold);
  return { clock, payloads, holds, records, dependencies, copied, held };
}
