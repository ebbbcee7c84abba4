import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateLimit, perMinute } from "../../lambdas/ingress/rate-limit.ts";

const T0 = 1_800_000_000_000;

function taken(limit: ReturnType<typeof createRateLimit>, times: readonly number[], key = "a"): number {
  return times.filter((nowMs) => limit.take(key, nowMs)).length;
}

describe("a token bucket", () => {
  it("gives a burst at once and then nothing", () => {
    const limit = createRateLimit({ perSecond: 2, burst: 5 }, 10);
    expect(taken(limit, new Array(20).fill(T0))).toBe(5);
  });

  it("gives one again after exactly one interval, and not a millisecond before", () => {
    const limit = createRateLimit({ perSecond: 2, burst: 5 }, 10);
    taken(limit, new Array(5).fill(T0));
    expect(limit.take("a", T0 + 499)).toBe(false);
    expect(limit.take("a", T0 + 500)).toBe(true);
    expect(limit.take("a", T0 + 500)).toBe(false);
  });

  it("is full again after a pause, and never more than full", () => {
    const limit = createRateLimit(perMinute(60), 10);
    taken(limit, new Array(60).fill(T0));
    expect(taken(limit, new Array(200).fill(T0 + 86_400_000))).toBe(60);
  });

  it("never gives more than the burst and what the time brought, whatever the arrivals", () => {
    const rate = fc.record({
      perSecond: fc.double({ min: 0.05, max: 500, noNaN: true }),
      burst: fc.integer({ min: 1, max: 50 }),
    });
    const gaps = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(rate, gaps, ({ perSecond, burst }, steps) => {
        const limit = createRateLimit({ perSecond, burst }, 4);
        let nowMs = T0;
        let got = 0;
        for (const step of steps) {
          nowMs += step;
          if (limit.take("a", nowMs)) got += 1;
        }
        expect(got).toBeLessThanOrEqual(burst + ((nowMs - T0) / 1_000) * perSecond + 1e-6);
      }),
    );
  });

  it("says before what it will do, and takes nothing by saying so", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: 0, max: 400 })));
    fc.assert(
      fc.property(steps, (arrivals) => {
        const limit = createRateLimit({ perSecond: 5, burst: 3 }, 8);
        let nowMs = T0;
        for (const [key, step] of arrivals) {
          nowMs += step;
          const said = limit.has(key, nowMs);
          for (let again = 0; again < 10; again += 1) limit.has(key, nowMs);
          expect(limit.take(key, nowMs)).toBe(said);
        }
      }),
    );
  });

  it("does not lock anybody out for longer than a refill when the clock goes back", () => {
    const limit = createRateLimit({ perSecond: 10, burst: 10 }, 4);
    taken(limit, new Array(10).fill(T0));
    const back = T0 - 3_600_000;
    expect(limit.take("a", back)).toBe(false);
    expect(limit.take("a", back + 1_000)).toBe(true);
  });

  it("keeps one key's flood from another key", () => {
    const limit = createRateLimit({ perSecond: 1, burst: 3 }, 4);
    taken(limit, new Array(1_000).fill(T0), "flood");
    expect(taken(limit, new Array(10).fill(T0), "other")).toBe(3);
  });
});

describe("the memory of buckets", () => {
  it("never holds more keys than its capacity", () => {
    const limit = createRateLimit({ perSecond: 1, burst: 2 }, 100);
    for (let n = 0; n < 10_000; n += 1) {
      limit.take(`key-${n}`, T0);
      limit.has(`other-${n}`, T0);
      expect(limit.size).toBeLessThanOrEqual(100);
    }
    expect(limit.size).toBe(100);
  });

  it("forgets the one that was quiet longest, not one that keeps flooding", () => {
    const limit = createRateLimit({ perSecond: 0.001, burst: 1 }, 3);
    for (const key of ["flood", "b", "c"]) limit.take(key, T0);
    expect(limit.take("flood", T0)).toBe(false);
    limit.take("d", T0);
    expect(limit.has("flood", T0)).toBe(false);
    expect(limit.has("b", T0)).toBe(true);
  });

  it("keeps nothing of a key that is only asked about", () => {
    const limit = createRateLimit({ perSecond: 1, burst: 1 }, 3);
    limit.has("never taken", T0);
    expect(limit.size).toBe(0);
  });
});
