// The clock. Everybody else is told the time, so that a test can say when it is.

export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
}

/** Resolves after so many milliseconds. */
export type Pause = (ms: number) => Promise<void>;

export const systemPause: Pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const systemClock: Clock = { nowMs: () => Date.now() };
