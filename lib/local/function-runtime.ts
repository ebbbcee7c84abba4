// Runs one Lambda function of the template: worker threads with the template's environment and nothing of ours, one
// invocation at a time in each, timeouts enforced, a crashed one replaced. What the bytes mean is the gateway's affair.

import { PassThrough } from "node:stream";
import { type Environment, runOnce, startEnvironment } from "./function-environment.ts";
import type { RuntimeOptions } from "./function-messages.ts";

export interface FunctionRuntime {
  /** The raw bytes that the function streams; iteration throws FunctionFault when it fails. */
  invoke(event: unknown, requestId: string): AsyncIterable<Uint8Array>;
  /** Starts the first worker and waits until its bundle is loaded. */
  warm(): Promise<void>;
  stop(): Promise<void>;
}

// Locally a function never runs more often at once; further invocations wait, where Lambda would throttle.
const MAX_WORKERS = 8;

/** Makes the runtime; no worker starts before `warm` or the first `invoke`. */
export function startFunction(options: RuntimeOptions): FunctionRuntime {
  const pool = poolOf(options);
  const run = async (event: unknown, requestId: string, output: PassThrough): Promise<void> => {
    const environment = await pool.take();
    const fault = await runOnce(environment, { event, requestId }, options.function, output);
    if (fault === undefined || fault.reason === "error") pool.release(environment);
    if (fault === undefined) {
      output.end();
      return;
    }
    options.onLog({ functionName: options.function.name, stream: "stderr", text: fault.message });
    output.destroy(fault);
  };
  return {
    invoke: (event, requestId) => {
      const output = new PassThrough();
      // Whoever reads it may have left: Lambda goes on all the same, and nobody is told of the error.
      output.on("error", () => {});
      void run(event, requestId, output);
      return output;
    },
    warm: async () => {
      const environment = await pool.take();
      await Promise.race([environment.ready, environment.gone.then((fault) => Promise.reject(fault))]);
      pool.release(environment);
    },
    stop: () => pool.stop(),
  };
}

interface Pool {
  take(): Promise<Environment> | Environment;
  /** Gives it back, unless it is gone. */
  release(environment: Environment): void;
  stop(): Promise<void>;
}

function poolOf(options: RuntimeOptions): Pool {
  const limit = Math.min(MAX_WORKERS, options.function.concurrency ?? MAX_WORKERS);
  const all = new Set<Environment>();
  const idle = new Set<Environment>();
  const waiting: ((environment: Environment) => void)[] = [];
  let stopped = false;
  const grow = (): Environment => {
    const environment = startEnvironment(options);
    all.add(environment);
    void environment.gone.then(() => {
      all.delete(environment);
      idle.delete(environment);
      // INVARIANT: a waiter is never left behind by a crash.
      if (!stopped && all.size < limit) waiting.shift()?.(grow());
    });
    return environment;
  };
  return {
    take: () => {
      for (const environment of idle) {
        idle.delete(environment);
        return environment;
      }
      return all.size < limit ? grow() : new Promise((resolve) => waiting.push(resolve));
    },
    release: (environment) => {
      if (!all.has(environment)) return;
      const next = waiting.shift();
      if (next === undefined) idle.add(environment);
      else next(environment);
    },
    stop: async () => {
      stopped = true;
      await Promise.all([...all].map(({ worker }) => worker.terminate()));
    },
  };
}
