// The state machines of the account and their executions: who runs, under which name, with what history, and which task
// token waits where. Kept in memory: a restart of the local cloud ends them all.

import { setTimeout as sleep } from "node:timers/promises";
import type { MachineSpec } from "./contract.ts";
import { parseMachine } from "./states-definition.ts";
import { type ExecutionWorld, execute, type HistoryEvent, type StatesClock } from "./states-execution.ts";
import type { StateError } from "./states-expressions.ts";
import { AwsError } from "./wire.ts";

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly input: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  readonly history: HistoryEvent[];
  readonly stop: AbortController;
}

interface Callback {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: StateError) => void;
}

export type InvokeFunction = (roleArn: string, functionArn: string, payload: unknown) => Promise<unknown>;

export interface Executions {
  readonly machines: ReadonlyMap<string, MachineSpec>;
  start(machine: MachineSpec, name: string, input: string): Execution;
  find(arn: string): Execution | undefined;
  /** Newest first. */
  of(machineArn: string): readonly Execution[];
  /** @throws AwsError InvalidToken, TaskTimedOut */
  resume(token: string, settle: (callback: Callback) => void): void;
  abort(execution: Execution, error: string | undefined, cause: string | undefined): void;
  stopAll(): void;
}

/** A clock that runs so many times as fast as the real one. */
export function fastClock(factor: number): StatesClock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    sleep: async (milliseconds, signal) => {
      const until = Date.now() + milliseconds / factor;
      // Timers of Node hold 24.8 days at most.
      for (let left = until - Date.now(); left > 0; left = until - Date.now()) {
        await sleep(Math.min(left, 2 ** 31 - 1), undefined, { signal });
      }
      signal.throwIfAborted();
    },
  };
}

interface Setup {
  readonly invoke: InvokeFunction;
  readonly clock: StatesClock;
  readonly random?: () => number;
}

export function createExecutions(specs: readonly MachineSpec[], setup: Setup): Executions {
  const machines = new Map(specs.map((spec) => [spec.arn, spec]));
  const run = createRunner(specs, setup);
  const all = new Map<string, Execution>();
  const { clock } = setup;
  return {
    machines,
    start(spec, name, input) {
      const arn = `${spec.arn.replace(":stateMachine:", ":execution:")}:${name}`;
      const known = all.get(arn);
      if (known !== undefined) return sameExecution(known, input);
      const execution: Execution = {
        arn,
        name,
        machineArn: spec.arn,
        input,
        startedAt: clock.now(),
        status: "RUNNING",
        history: [{ type: "ExecutionStarted", at: clock.now(), details: { input, roleArn: spec.roleArn } }],
        stop: new AbortController(),
      };
      all.set(arn, execution);
      // Rejects only when it is stopped, which is written down there.
      run.start(execution, spec).catch(() => {});
      return execution;
    },
    find: (arn) => all.get(arn),
    of: (machineArn) => [...all.values()].filter((one) => one.machineArn === machineArn).toReversed(),
    resume: run.resume,
    abort(execution, error, cause) {
      if (execution.status !== "RUNNING") return;
      Object.assign(execution, {
        status: "ABORTED",
        stoppedAt: clock.now(),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      });
      ended(execution, clock.now());
      execution.stop.abort();
    },
    stopAll() {
      for (const { stop } of all.values()) stop.abort();
    },
  };
}

interface Runner extends Pick<Executions, "resume"> {
  start(execution: Execution, spec: MachineSpec): Promise<void>;
}

function createRunner(specs: readonly MachineSpec[], { invoke, clock, random = Math.random }: Setup): Runner {
  const parsed = new Map(specs.map(({ arn, definition }) => [arn, parseMachine(definition)]));
  const tokens = createTokens();
  return {
    resume: tokens.resume,
    async start(execution, spec) {
      const machine = parsed.get(spec.arn);
      if (machine === undefined) return;
      const world: ExecutionWorld = {
        clock,
        random,
        waitFor: tokens.waitFor,
        invoke: (functionArn, payload) => invoke(spec.roleArn, functionArn, payload),
        record: (event) => execution.history.push(event),
      };
      const context = contextOf(execution, spec);
      const signal = execution.stop.signal;
      const end = await execute(machine, JSON.parse(execution.input), { world, context, signal });
      if (execution.status !== "RUNNING") return;
      Object.assign(execution, end, { stoppedAt: clock.now() });
      if (end.status === "SUCCEEDED") execution.output = JSON.stringify(end.output);
      ended(execution, clock.now());
    },
  };
}

function createTokens(): Pick<Executions, "resume"> & Pick<ExecutionWorld, "waitFor"> {
  const waiting = new Map<string, Callback>();
  const spent = new Set<string>();
  return {
    waitFor: (token, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      waiting.set(token, { resolve, reject });
      signal.addEventListener("abort", () => {
        if (waiting.delete(token)) spent.add(token);
        reject(signal.reason);
      });
      return promise;
    },
    resume(token, settle) {
      const callback = waiting.get(token);
      if (callback === undefined) {
        throw spent.has(token)
          ? new AwsError("TaskTimedOut", 400, "Task Timed Out: 'Provided task does not exist anymore'")
          : new AwsError("InvalidToken", 400, "Invalid Token: 'Invalid token'");
      }
      waiting.delete(token);
      spent.add(token);
      settle(callback);
    },
  };
}

function sameExecution(known: Execution, input: string): Execution {
  if (known.status === "RUNNING" && known.input === input) return known;
  throw new AwsError("ExecutionAlreadyExists", 400, `Execution Already Exists: '${known.arn}'`);
}

const ENDS = { SUCCEEDED: "ExecutionSucceeded", FAILED: "ExecutionFailed", ABORTED: "ExecutionAborted" };

function ended(execution: Execution, at: number): void {
  if (execution.status === "RUNNING") return;
  const { output, error, cause } = execution;
  execution.history.push({ type: ENDS[execution.status], at, details: { output, error, cause } });
}

function contextOf(
  { arn, name, input, startedAt }: Execution,
  { arn: Id, name: machine, roleArn }: MachineSpec,
) {
  return {
    Execution: {
      Id: arn,
      Name: name,
      Input: JSON.parse(input) as unknown,
      RoleArn: roleArn,
      StartTime: new Date(startedAt).toISOString(),
    },
    StateMachine: { Id, Name: machine },
  };
}
