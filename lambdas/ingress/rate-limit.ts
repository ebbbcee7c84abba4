// Decides whether one more event of a key fits its rate: a token bucket per key, in the form of the generic cell rate
// algorithm (ITU-T I.371: one number per key, no timers). Pure: time is an argument. Keys may be caller-controlled, so
// their number is bounded; the least recently used is forgotten, and a forgotten key has a full bucket again.

export interface Rate {
  readonly perSecond: number;
  /** How many may come at once after a pause: at least 1. */
  readonly burst: number;
}

export interface RateLimit {
  /** Takes one and returns true, or takes nothing and returns false. `nowMs` in milliseconds. */
  take(key: string, nowMs: number): boolean;
  /** Whether `take` would succeed. Takes nothing. */
  has(key: string, nowMs: number): boolean;
  /** How many keys are remembered. */
  readonly size: number;
}

const ROUNDING_MS = 1e-6; // sums of a fractional interval may come out above what they stand for

export function createRateLimit({ perSecond, burst }: Rate, capacity: number): RateLimit {
  const intervalMs = 1_000 / perSecond;
  const toleranceMs = (burst - 1) * intervalMs + ROUNDING_MS;
  // The time at which the bucket of a key is full again. Absent: full.
  const fullAt = new Map<string, number>();

  /** Moves the key to the end, so that a flood does not have its own empty bucket forgotten. */
  function remember(key: string, atMs: number): void {
    fullAt.delete(key);
    fullAt.set(key, atMs);
    if (fullAt.size <= capacity) return;
    const oldest = fullAt.keys().next();
    if (oldest.done !== true) fullAt.delete(oldest.value);
  }

  function fullAtOf(key: string, nowMs: number): number {
    const known = fullAt.get(key);
    if (known === undefined || known <= nowMs) return nowMs;
    // Further ahead than an empty bucket: the clock went back. Nobody waits longer for that than to refill.
    const atMs = Math.min(known, nowMs + burst * intervalMs);
    remember(key, atMs);
    return atMs;
  }

  return {
    take(key, nowMs) {
      const atMs = fullAtOf(key, nowMs);
      if (atMs - nowMs > toleranceMs) return false;
      remember(key, atMs + intervalMs);
      return true;
    },
    has: (key, nowMs) => fullAtOf(key, nowMs) - nowMs <= toleranceMs,
    get size() {
      return fullAt.size;
    },
  };
}

/** So many in any minute: at once if need be, then one by one as the minute passes. */
export function perMinute(count: number): Rate {
  return { perSecond: count / 60, burst: count };
}
