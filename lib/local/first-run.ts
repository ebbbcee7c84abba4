// Runs the first agent in processes of its own and tells what happened. The agents get the listed variables and nothing
// else of this process's environment: what works for them works for anybody's agent.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AgentEnvironment } from "../agent-environment.ts";
import type { AgentStep } from "./first-agent.ts";

const AGENT = join(import.meta.dirname, "first-agent.ts");

/**
 * Runs the agent's calls of one kind and hands each step over as it happens.
 * @throws when the agent's process fails to run, with what it wrote to stderr, or is stopped by the signal
 */
export async function runFirstAgent(
  environment: AgentEnvironment,
  calls: "reader" | "admin" | "cleanup",
  onStep: (step: AgentStep) => void,
  signal?: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", AGENT, calls], {
    env: { ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal !== undefined && { signal }),
  });
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString("utf8")));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  ended.catch(() => {}); // looked at below, once its output is over
  for await (const line of createInterface({ input: child.stdout })) onStep(JSON.parse(line) as AgentStep);
  const code = await ended;
  if (code !== 0) throw new Error(`the first agent ended with ${code}: ${errors.join("").trim()}`);
}
