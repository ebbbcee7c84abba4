// One execution environment of a function: a worker thread that loads the built bundle as Lambda's Node runtime does and
// runs one invocation at a time. It knows the bundle only by its handler's name. Decides nothing.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { FromWorker, ToWorker, WorkerStart } from "./function-messages.ts";
import { installPreload } from "./preload.ts";

type StreamingHandler = (event: unknown, stream: ResponseStream, context: object) => unknown;
type Handler = (event: unknown, context: object) => unknown;

const STREAMING = Symbol("streaming handler");
const DELIMITER = new Uint8Array(8); // eight NUL bytes end the prelude

/** What Lambda hands to a streaming handler. The prelude goes out before the first `write`, and only by a `write`. */
class ResponseStream extends Writable {
  #prelude: unknown;

  setPrelude(prelude: unknown): void {
    this.#prelude = prelude;
  }

  setContentType(_type: string): void {}

  // Lambda's own runtime hooks `write` too, so a stream that is only ever ended sends no prelude, here as there.
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    if (this.#prelude !== undefined) {
      const prelude = JSON.stringify(this.#prelude);
      this.#prelude = undefined;
      super.write(prelude);
      super.write(DELIMITER);
    }
    return Reflect.apply(super.write, this, [chunk, ...rest]);
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    send({ kind: "chunk", bytes: Uint8Array.from(chunk) });
    done();
  }
}

const start = workerData as WorkerStart;
installPreload({ ...start, report: (connection) => send({ kind: "connection", connection }) });

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: StreamingHandler) => Object.assign(handler, { [STREAMING]: true }),
    HttpResponseStream: {
      from: (stream: ResponseStream, prelude: unknown) => {
        stream.setPrelude(prelude);
        return stream;
      },
    },
  },
});

const handler = await loadHandler(start);
parentPort?.on("message", (message: ToWorker) => {
  run(message).then(
    () => send({ kind: "end" }),
    (error: unknown) =>
      send({
        kind: "error",
        message: describe(error),
        errorType: error instanceof Error ? error.name : "Error",
      }),
  );
});
send({ kind: "ready" });

async function run({ event, requestId, deadline }: ToWorker): Promise<void> {
  const context = {
    awsRequestId: requestId,
    functionName: start.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: start.functionArn,
    memoryLimitInMB: String(start.memoryMb),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const stream = new ResponseStream();
  const finished = new Promise<void>((resolve, reject) => {
    stream.once("finish", resolve);
    stream.once("error", reject);
  });
  finished.catch(() => {});
  if (STREAMING in handler) {
    await (handler as StreamingHandler)(event, stream, context);
    if (!stream.writableEnded) stream.end();
  } else {
    stream.end(JSON.stringify((await (handler as Handler)(event, context)) ?? null));
  }
  await finished;
}

// The order in which Lambda's runtime looks for `index.handler`.
async function loadHandler({
  assetDirectory,
  handler: name,
}: WorkerStart): Promise<StreamingHandler | Handler> {
  const [file = "", member = ""] = name.split(".");
  const found = [".js", ".mjs", ".cjs"]
    .map((extension) => join(assetDirectory, file + extension))
    .find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`no file for the handler \`${name}\` in the asset`);
  const module = await import(pathToFileURL(found).href);
  const loaded: unknown = module[member] ?? module.default?.[member];
  if (typeof loaded !== "function") throw new Error(`the handler \`${name}\` is not a function`);
  return loaded as StreamingHandler | Handler;
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
