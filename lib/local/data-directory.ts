// Where the local cloud keeps its data between runs: one place, known to the main job and to the CLI, and for one
// process at a time.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const DATA_DIRECTORY = join(import.meta.dirname, "../../.countersign");

/**
 * Takes the directory for this process until it ends; `fresh` forgets everything of earlier runs first.
 * @throws an Error that names the process that holds it
 */
export function claimDirectory(directory: string, fresh: boolean): void {
  const file = join(directory, "process");
  const holder = holderIn(file);
  if (holder !== undefined) {
    throw new Error(`a local cloud already runs with this data (process ${holder}): stop it first`);
  }
  if (fresh) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, String(process.pid));
  process.once("exit", () => rmSync(file, { force: true }));
}

/** The live process that the file names. A file left behind by a process that is gone holds nothing. */
function holderIn(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    if (!(pid > 0)) return undefined; // 0 and below mean groups of processes
    process.kill(pid, 0); // signal 0 only asks whether the process is there
    return pid === process.pid ? undefined : pid;
  } catch {
    return undefined;
  }
}
