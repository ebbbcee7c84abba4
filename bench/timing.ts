// Whether time tells a key id that exists from one that does not, to somebody who cannot sign: real requests with a wrong
// signature through the whole of serve(), over in-memory ports that all answer at once. The two kinds alternate in random
// order and every id is used once, so neither is warmer than the other. The world's own times (a table's hit or miss, a
// KMS call for a session that is new to this instance) are not in here; ids are 128 random bits all the same.

import { randomBytes, randomInt } from "node:crypto";
import { sessionIdOfBytes } from "../lambdas/model/ids.ts";
import { type TestGateway, testGateway } from "../test/flow/gateway.ts";
import { getItem, openSession } from "../test/flow/requests.ts";

export interface TimingFigures {
  /** Of each kind. */
  readonly calls: number;
  /** Medians, microseconds. */
  readonly knownUs: number;
  readonly unknownUs: number;
  /**
   * The chance that a call of the one kind takes longer than one of the other (Mann-Whitney's U over the product of the
   * counts): 0.5 tells nothing, 0 or 1 everything.
   */
  readonly separation: number;
  /** How many standard errors `separation` is away from 0.5. */
  readonly z: number;
}

const CALLS = 10_000;
const WARM_UP = 1_500;
const NO_LIMITS = {
  failuresPerMinutePerSource: 1e9,
  refusalRecordsPerMinutePerSource: 1,
  refusalRecordsPerMinute: 1,
};

export async function timingFigures(calls = CALLS): Promise<TimingFigures> {
  const secret = Buffer.alloc(32, 1).toString("base64");
  // The secret as a warm instance has it: at hand.
  const gateway = testGateway(NO_LIMITS, { secrets: { secretOf: async () => secret } });
  for (let call = 0; call < WARM_UP; call++) await pair(gateway, -1 - call);
  const known: number[] = [];
  const unknown: number[] = [];
  for (let call = 0; call < calls; call++) {
    const times = await pair(gateway, call);
    known.push(times.known);
    unknown.push(times.unknown);
  }
  const separation = mannWhitney(known, unknown);
  const standardError = Math.sqrt((2 * calls + 1) / (12 * calls * calls));
  return {
    calls,
    knownUs: median(known),
    unknownUs: median(unknown),
    separation,
    z: (separation - 0.5) / standardError,
  };
}

async function pair(gateway: TestGateway, serial: number): Promise<{ known: number; unknown: number }> {
  const session = await openSession(gateway, "agent", serial);
  const nobody = { id: sessionIdOfBytes(randomBytes(16)) };
  const wrong = { secret: "not the secret of anybody, 44 characters long" };
  const requests = { known: getItem(gateway, session, wrong), unknown: getItem(gateway, nobody, wrong) };
  const times = { known: 0, unknown: 0 };
  const order = randomInt(2) === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
  for (const kind of order) {
    const started = process.hrtime.bigint();
    const { status } = await gateway.send(requests[kind]);
    times[kind] = Number(process.hrtime.bigint() - started) / 1_000;
    if (status === 200) throw new Error("the bench's calls must be refused");
  }
  return times;
}

/** The share of all pairs in which `a` is above `b`, ties as half. */
function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
  all.sort((one, other) => one.value - other.value);
  let rankSum = 0;
  for (let from = 0, to = 0; from < all.length; from = to) {
    while (to < all.length && all[to]?.value === all[from]?.value) to++;
    const rank = (from + 1 + to) / 2; // ties share the middle of their ranks
    rankSum += rank * all.slice(from, to).filter(({ first }) => first).length;
  }
  return (rankSum - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
