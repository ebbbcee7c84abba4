// One execution environment of a function, seen from outside: the worker thread with Lambda's and the template's variables,
// its log lines and what becomes of an invocation in it. Which environment takes which invocation is the pool's affair.

import type { PassThrough } from "node:stream";
import { Worker } from "node:worker_threads";
import {
  type FromWorker,
  FunctionFault,
  type FunctionSpec,
  type RuntimeOptions,
  type ToWorker,
  type WorkerStart,
} from "./function-messages.ts";

export interface Environment {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  /** Resolves, with the reason, when the thread is gone. */
  readonly gone: Promise<FunctionFault>;
}

/** Runs one invocation to its end. Returns what went wrong, if anything did. */
export async function runOnce(
  environment: Environment,
  { event, requestId }: Omit<ToWorker, "deadline">,
  { timeoutSeconds }: FunctionSpec,
  output: PassThrough,
): Promise<FunctionFault | undefined> {
  const { worker, ready, gone } = environment;
  const { promise: over, resolve: end } = Promise.withResolvers<FunctionFault | undefined>();
  const listen = (message: FromWorker): void => {
    if (message.kind === "chunk" && !output.destroyed) output.write(message.bytes);
    if (message.kind === "end") end(undefined);
    if (message.kind === "error") end(new FunctionFault("error", message.message, message.errorType));
  };
  worker.on("message", listen);
  void gone.then(end);
  const timer = setTimeout(() => {
    end(new FunctionFault("timeout", `the function timed out after ${timeoutSeconds} seconds`));
    void worker.terminate();
  }, timeoutSeconds * 1000);
  const deadline = Date.now() + timeoutSeconds * 1000;
  // The clock runs while the bundle loads, too.
  void ready.then(() => worker.postMessage({ event, requestId, deadline } satisfies ToWorker));
  const fault = await over;
  clearTimeout(timer);
  worker.off("message", listen);
  return fault;
}

export function startEnvironment(options: RuntimeOptions): Environment {
  const { function: spec } = options;
  const worker = new Worker(new URL("./function-worker.ts", import.meta.url), {
    workerData: workerStart(options),
    env: environmentOf(options),
    // Nothing of the parent's flags: a test runner has its own.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
    stdout: true,
    stderr: true,
  });
  collectLines(worker.stdout, (text) => options.onLog({ functionName: spec.name, stream: "stdout", text }));
  collectLines(worker.stderr, (text) => options.onLog({ functionName: spec.name, stream: "stderr", text }));
  const ready = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<FunctionFault>();
  worker.on("message", (message: FromWorker) => {
    if (message.kind === "ready") ready.resolve();
    if (message.kind === "connection") options.onConnection(message.connection);
  });
  worker.on("error", (error) => {
    gone.resolve(
      new FunctionFault("crash", error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  });
  worker.on("exit", (code) => gone.resolve(new FunctionFault("crash", `the function exited with ${code}`)));
  return { worker, ready: ready.promise, gone: gone.promise };
}

function workerStart({ function: spec, awsPort, slackPort, caPem }: RuntimeOptions): WorkerStart {
  const { assetDirectory, handler, name: functionName, arn: functionArn, memoryMb } = spec;
  return { assetDirectory, handler, functionName, functionArn, memoryMb, awsPort, slackPort, caPem };
}

/** Lambda's own variables and the template's, and nothing else. */
function environmentOf({ function: spec, region, credentials }: RuntimeOptions): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials();
  return {
    ...spec.environment,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LAMBDA_TASK_ROOT: spec.assetDirectory,
    _HANDLER: spec.handler,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
  };
}

function collectLines(stream: NodeJS.ReadableStream, onLine: (text: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
