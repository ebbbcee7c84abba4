// Decides which refusals are worth a write. A refusal of a verified caller always is: it cost that caller one of its
// calls. What anybody can cause without a credential, and what a throttled agent causes by not stopping, is sampled and
// counted, so that a flood costs no write per request. Trusts the address, which our edge wrote.

import type { Limits } from "../model/limits.ts";
import type { Principal } from "../model/principal.ts";
import { createRateLimit, perMinute } from "./rate-limit.ts";
import { sourceOf } from "./source.ts";

const BUCKETS = 4_096;

/** Payloads of refusals: up to 4.5 MB each, and whoever is refused sends them for nothing. */
const PAYLOADS_PER_MINUTE = 30;

export interface RecordLimits {
  /**
   * For a refusal without a session: `undefined` when it is only counted, else how many were only counted since the
   * last one that was recorded.
   */
  admitStranger(viewerIp: string, nowMs: number): number | undefined;
  /** For a throttled call of a verified agent, in the same form. */
  admitThrottled(agent: Principal, nowMs: number): number | undefined;
  /** Whether the large parameters of this agent's refused call are stored. */
  admitPayload(agent: Principal, nowMs: number): boolean;
}

export function createRecordLimits(limits: Limits): RecordLimits {
  const perSource = perMinute(limits.refusalRecordsPerMinutePerSource);
  const sources = createRateLimit(perSource, BUCKETS);
  const agents = createRateLimit(perSource, BUCKETS);
  const payloads = createRateLimit(perMinute(PAYLOADS_PER_MINUTE), BUCKETS);
  const everybody = createRateLimit(perMinute(limits.refusalRecordsPerMinute), 1);
  let unrecorded = 0;

  function admit(admitted: boolean): number | undefined {
    if (!admitted) {
      unrecorded += 1;
      return undefined;
    }
    const before = unrecorded;
    unrecorded = 0;
    return before;
  }

  return {
    // The source first: one that floods must not take what is left for all.
    admitStranger: (viewerIp, nowMs) =>
      admit(sources.take(sourceOf(viewerIp), nowMs) && everybody.take("", nowMs)),
    admitThrottled: ({ issuer, subject }, nowMs) => admit(agents.take(`${issuer}|${subject}`, nowMs)),
    admitPayload: ({ issuer, subject }, nowMs) => payloads.take(`${issuer}|${subject}`, nowMs),
  };
}
