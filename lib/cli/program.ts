// The program around a command line: this process's streams, clock, signals and files. Ends with the command's exit code.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { createApiClient } from "./api-client.ts";
import { placeOf } from "./api-place.ts";
import { CHECKOUT } from "./checkout.ts";
import { dispatch } from "./dispatch.ts";
import { createTerminal } from "./terminal.ts";

export async function runProgram(words: readonly string[]): Promise<void> {
  const { stdout, stderr, env: environment } = process;
  const interrupted = new AbortController();
  process.once("SIGINT", () => {
    interrupted.abort();
    process.once("SIGINT", () => process.exit(130)); // asked twice: 128 + 2, as shells count
  });
  // `| head` closes the pipe: nobody reads on, so there is nothing to say.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const { signal } = interrupted;
  const localDirectory = CHECKOUT === undefined ? undefined : join(CHECKOUT, ".countersign");
  const sources = () => ({
    environment,
    localDirectory: localDirectory !== undefined && existsSync(localDirectory) ? localDirectory : undefined,
    nowMs: Date.now(),
  });
  process.exitCode = await dispatch(words, {
    terminal: createTerminal({ stdout, stderr }, environment, Date.now),
    environment,
    api: (url) => createApiClient(placeOf(url, sources()), { signal }),
    now: Date.now,
    signal,
  });
}
