// The limits in the configuration: what each may be, and the default with its reason. All of them count within one
// instance of the function, which serves one request at a time; docs/limits.md has the arithmetic over all instances.

import { z } from "zod";

/** What the function counts. A call of an agent takes about 50 ms of an instance, a refusal by a limit under 1 ms. */
const DEFAULTS = {
  // An SDK exchanges once in about 45 min: an office of 500 agents behind one address needs 11 a minute, of all instances.
  exchangesPerMinutePerSource: 120,
  // From strangers only. A check costs 0.3 ms of CPU: at the limit 0.3 % of an instance.
  exchangesPerMinutePerIssuer: 600,
  // A failure costs a read of one item; a client that signs wrongly is stopped after 10 of its own.
  failuresPerMinutePerSource: 60,
  // 10 calls of 50 ms are half of an instance's time: the other half is everybody else's.
  callsPerSecondPerAgent: 10,
  // A script that lists and then reads a hundred things is no flood.
  callBurstPerAgent: 100,
  // One runaway process leaves a fifth to the agent's other ones.
  callsPerSecondPerSession: 8,
  callBurstPerSession: 80,
  // Enough to see what is wrong with a client.
  refusalRecordsPerMinutePerSource: 10,
  // One write a second and instance is the most that strangers can cause.
  refusalRecordsPerMinute: 60,
};

const MOST = 1_000_000;

function count(most = MOST) {
  return z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(most, `must be at most ${most.toLocaleString("en")}`);
}

export const limitsSchema = z
  .strictObject({
    exchangesPerMinutePerSource: count().default(DEFAULTS.exchangesPerMinutePerSource),
    exchangesPerMinutePerIssuer: count().default(DEFAULTS.exchangesPerMinutePerIssuer),
    failuresPerMinutePerSource: count().default(DEFAULTS.failuresPerMinutePerSource),
    callsPerSecondPerAgent: count().default(DEFAULTS.callsPerSecondPerAgent),
    callBurstPerAgent: count().default(DEFAULTS.callBurstPerAgent),
    callsPerSecondPerSession: count().default(DEFAULTS.callsPerSecondPerSession),
    callBurstPerSession: count().default(DEFAULTS.callBurstPerSession),
    refusalRecordsPerMinutePerSource: count().default(DEFAULTS.refusalRecordsPerMinutePerSource),
    refusalRecordsPerMinute: count().default(DEFAULTS.refusalRecordsPerMinute),
  })
  .superRefine((limits, context) => {
    for (const [session, agent] of [
      ["callsPerSecondPerSession", "callsPerSecondPerAgent"],
      ["callBurstPerSession", "callBurstPerAgent"],
    ] as const) {
      if (limits[session] > limits[agent]) {
        context.addIssue({
          code: "custom",
          path: [session],
          message: `must be at most \`${agent}\` (${limits[agent]}), of which a session is a part`,
        });
      }
    }
  });

/** What API Gateway lets through to the function, from everybody together. Its own default is the account's quota. */
export const apiThrottlingSchema = z.strictObject({
  // At 50 ms a call, 1,000 calls a second keep 50 instances busy: a twentieth of a new account's concurrency.
  requestsPerSecond: count(10_000).default(1_000),
  // API Gateway's quota of bursts is 5,000 for an account in the large regions.
  burst: count(5_000).default(2_000),
});
