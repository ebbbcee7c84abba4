// Runs one execution of a state machine, state by state, as the States Language says: variables, retries with jitter,
// catches, timeouts, callbacks by task token. What a task does is the world's; time and chance are arguments.

import { randomBytes } from "node:crypto";
import type { Machine, Retrier, State, TaskState } from "./states-definition.ts";
import { evaluate, type Scope, StateError } from "./states-expressions.ts";

export interface StatesClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves when so much of this clock's time has passed; rejects when aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface HistoryEvent {
  readonly type: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ExecutionWorld {
  readonly clock: StatesClock;
  /** Invokes a function in the name of the machine's role. Throws StateError. */
  invoke(functionArn: string, payload: unknown): Promise<unknown>;
  /** Waits for the token's result; throws StateError when the task was failed. */
  waitFor(token: string, signal: AbortSignal): Promise<unknown>;
  record(event: HistoryEvent): void;
  /** From 0 up to 1. */
  random(): number;
}

export type ExecutionEnd =
  | { readonly status: "SUCCEEDED"; readonly output: unknown }
  | { readonly status: "FAILED"; readonly error: string; readonly cause: string };

interface Run {
  readonly machine: Machine;
  readonly world: ExecutionWorld;
  readonly context: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  variables: Record<string, unknown>;
}

interface Step {
  readonly next: string | undefined;
  readonly output: unknown;
}

const TASK_FAILED = "States.TaskFailed";
const TIMEOUT = "States.Timeout";

/** Runs to the end. Rejects only when aborted. */
export async function execute(
  machine: Machine,
  input: unknown,
  setup: { readonly world: ExecutionWorld; readonly context: Run["context"]; readonly signal: AbortSignal },
): Promise<ExecutionEnd> {
  const run: Run = { ...setup, machine, variables: {} };
  let name: string | undefined = machine.startAt;
  let flowing = input;
  try {
    while (name !== undefined) {
      const state: State | undefined = machine.states.get(name);
      if (state === undefined) throw new StateError("States.Runtime", `no state \`${name}\``);
      record(run, `${state.type}StateEntered`, { name, input: flowing });
      const step: Step = await enter(run, state, flowing);
      run.signal.throwIfAborted();
      record(run, `${state.type}StateExited`, { name, output: step.output });
      ({ next: name, output: flowing } = step);
    }
    return { status: "SUCCEEDED", output: flowing };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return { status: "FAILED", error: error.errorName, cause: error.message };
  }
}

function enter(run: Run, state: State, input: unknown): Promise<Step> | Step {
  switch (state.type) {
    case "Task":
      return task(run, state, input);
    case "Choice":
      return choose(run, state, input);
    case "Wait":
      return wait(run, state, input);
    case "Fail":
      return fail(run, state, input);
    case "Pass":
    case "Succeed":
      return leave(run, state, { input });
  }
}

/** Evaluates Output first and Assign with the old values, as the language has it. */
async function leave(
  run: Run,
  from: Pick<State, "assign" | "output" | "next">,
  states: Readonly<Record<string, unknown>>,
): Promise<Step> {
  const scope = scopeOf(run, states);
  const output =
    from.output === undefined ? (states.result ?? states.input) : await evaluate(from.output, scope);
  const assigned = (await evaluate(from.assign ?? {}, scope)) as Record<string, unknown>;
  run.variables = { ...run.variables, ...assigned };
  return { next: from.next, output };
}

async function choose(run: Run, state: State & { type: "Choice" }, input: unknown): Promise<Step> {
  for (const choice of state.choices) {
    if ((await evaluate(choice.condition, scopeOf(run, { input }))) === true) {
      return leave(run, choice, { input });
    }
  }
  if (state.otherwise === undefined) throw new StateError("States.NoChoiceMatched", `in \`${state.name}\``);
  return leave(run, { ...state, next: state.otherwise }, { input });
}

async function wait(run: Run, state: State & { type: "Wait" }, input: unknown): Promise<Step> {
  const scope = scopeOf(run, { input });
  const { clock } = run.world;
  const milliseconds =
    state.timestamp === undefined
      ? Number(await evaluate(state.seconds, scope)) * 1_000
      : Date.parse(String(await evaluate(state.timestamp, scope))) - clock.now();
  if (Number.isNaN(milliseconds))
    throw new StateError("States.Runtime", `\`${state.name}\` waits for no time`);
  await clock.sleep(Math.max(0, milliseconds), run.signal);
  return leave(run, state, { input });
}

async function fail(run: Run, state: State & { type: "Fail" }, input: unknown): Promise<never> {
  const scope = scopeOf(run, { input });
  throw new StateError(
    String(await evaluate(state.error, scope)),
    String(await evaluate(state.cause, scope)),
  );
}

async function task(run: Run, state: State & { type: "Task" }, input: unknown): Promise<Step> {
  const attempts = new Map<Retrier, number>();
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      const result = await attempt(run, state, input, retryCount);
      record(run, "TaskSucceeded", { output: result });
      return await leave(run, state, { input, result });
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      record(run, error.errorName === TIMEOUT ? "TaskTimedOut" : "TaskFailed", {
        error: error.errorName,
        cause: error.message,
      });
      const delay = retryDelay(run, state, error, attempts);
      if (delay === undefined) return caught(run, state, input, error);
      await run.world.clock.sleep(delay, run.signal);
    }
  }
}

async function attempt(run: Run, state: TaskState, input: unknown, RetryCount: number): Promise<unknown> {
  const token = randomBytes(48).toString("base64");
  const scope = scopeOf(run, { input }, { Task: { Token: token }, State: { RetryCount } });
  const seconds = Number(await evaluate(state.timeoutSeconds, scope));
  if (!(Number.isInteger(seconds) && seconds > 0)) {
    throw new StateError("States.Runtime", "TimeoutSeconds is not a whole number above 0");
  }
  const { FunctionName, Payload } = (await evaluate(state.arguments, scope)) as Record<string, unknown>;
  record(run, "TaskScheduled", { resourceType: "lambda", timeoutInSeconds: seconds });
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, run.signal]);
  const late = run.world.clock.sleep(seconds * 1_000, signal).then(() => {
    throw new StateError(TIMEOUT, "");
  });
  // Listened to before the function runs: it may answer by the token at once.
  const resumed = state.waitsForToken ? run.world.waitFor(token, signal) : undefined;
  for (const promise of [late, resumed]) promise?.catch(() => {});
  const invoked = run.world.invoke(String(FunctionName), Payload);
  const answered = resumed === undefined ? invoked : invoked.then(() => resumed);
  try {
    return await Promise.race([answered, late, ...(resumed === undefined ? [] : [resumed])]);
  } finally {
    answered.catch(() => {});
    over.abort();
  }
}

function retryDelay(
  run: Run,
  { retries }: TaskState,
  error: StateError,
  attempts: Map<Retrier, number>,
): number | undefined {
  const retrier = retries.find(({ errors }) => matches(errors, error));
  if (retrier === undefined) return undefined;
  const before = attempts.get(retrier) ?? 0;
  if (before >= retrier.maxAttempts) return undefined;
  attempts.set(retrier, before + 1);
  const seconds = Math.min(retrier.intervalSeconds * retrier.backoffRate ** before, retrier.maxDelaySeconds);
  return seconds * 1_000 * (retrier.jitter ? run.world.random() : 1);
}

function caught(run: Run, { catchers }: TaskState, input: unknown, error: StateError): Promise<Step> {
  const catcher = catchers.find(({ errors }) => matches(errors, error));
  if (catcher === undefined) throw error;
  const errorOutput = { Error: error.errorName, Cause: error.message };
  const output = catcher.output ?? errorOutput;
  return leave(run, { ...catcher, output }, { input, errorOutput });
}

function matches(errors: readonly string[], { errorName }: StateError): boolean {
  return errors.some(
    (name) =>
      name === errorName ||
      (name === "States.ALL" && errorName !== "States.Runtime") ||
      (name === TASK_FAILED && errorName !== TIMEOUT && errorName !== "States.Runtime"),
  );
}

function scopeOf(
  { variables, world, context }: Run,
  states: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): Scope {
  return { variables, states: { ...states, context: { ...context, ...more } }, now: world.clock.now() };
}

function record({ world }: Run, type: string, details: HistoryEvent["details"]): void {
  world.record({ type, at: world.clock.now(), details });
}
