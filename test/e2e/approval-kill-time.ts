// Time that passes only while nobody works: as soon as all wait, it jumps to the moment for which the first one waits. So
// a test of hours takes as long as its work, and gives the same on a slow machine as on a fast one.

import { setImmediate as nextTurn } from "node:timers/promises";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface IdleTime {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Time stands still until this is over. */
  work<T>(doIt: () => Promise<T>): Promise<T>;
  /** A worker that waits: time may pass meanwhile. */
  rest<T>(doIt: () => Promise<T>): Promise<T>;
}

const TURNS = 4; // what was just woken up says in its next turns whether it works

export function idleTime(start: number): IdleTime {
  let now = start;
  let busy = 0;
  let passing = false;
  const sleepers = new Set<Sleeper>();
  const pass = async (): Promise<void> => {
    if (passing) return;
    passing = true;
    while (busy <= 0 && sleepers.size > 0) {
      for (let turn = 0; turn < TURNS && busy <= 0; turn += 1) await nextTurn();
      const first = [...sleepers].toSorted((a, b) => a.at - b.at)[0];
      if (busy > 0 || first === undefined) break;
      now = Math.max(now, first.at);
      sleepers.delete(first);
      first.wake();
    }
    passing = false;
  };
  const counted = async <T>(by: number, doIt: () => Promise<T>): Promise<T> => {
    busy += by;
    if (busy <= 0) void pass(); // below: who was killed while it waited is taken off twice until its time is over
    try {
      return await doIt();
    } finally {
      busy -= by;
      if (busy <= 0) void pass();
    }
  };
  return {
    now: () => now,
    sleep(milliseconds, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: now + milliseconds, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      });
      void pass();
      return promise;
    },
    work: (doIt) => counted(1, doIt),
    rest: (doIt) => counted(-1, doIt),
  };
}
