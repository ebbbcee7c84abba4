// The requests of an installed botocore, as botocore_requests.py beside this file writes them: read line by line, so
// that nothing of the size of all services is ever held.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { asSigned, type Given, type GivenTree, type Sample, type Unsent } from "./sample.ts";

const SCRIPT = join(import.meta.dirname, "botocore_requests.py");

export interface BotocoreSource {
  /** The Python that has botocore. */
  readonly python: string;
  /** Names split by commas; all when absent. */
  readonly services: string | undefined;
  /** A file that the script wrote before, instead of running it. */
  readonly lines: string | undefined;
}

interface Line {
  readonly botocore?: string;
  readonly service: string;
  readonly operation: string;
  readonly variant: string;
  readonly params: unknown;
  readonly signingName: string;
  /** The client signs it another way, or not at all; it was made to use SigV4. */
  readonly forced: boolean;
  readonly unsent?: string;
  readonly method: string;
  readonly path: string;
  readonly query: [string, string][];
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Every request, first of all botocore's version. @throws when the script fails. */
export async function* botocoreSamples(source: BotocoreSource): AsyncGenerator<string | Sample | Unsent> {
  if (source.lines !== undefined) return yield* readLines(createReadStream(source.lines));
  const options = source.services === undefined ? [] : ["--services", source.services];
  const script = spawn(source.python, [SCRIPT, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(script, "close");
  yield* readLines(script.stdout);
  const [code] = await ended;
  if (code !== 0) throw new Error(`\`${source.python}\` ended with ${code}; does it have botocore?`);
}

async function* readLines(stream: Readable): AsyncGenerator<string | Sample | Unsent> {
  for await (const text of createInterface({ input: stream })) {
    const line = JSON.parse(text) as Line;
    yield line.botocore ?? toSample(line);
  }
}

function toSample(line: Line): Sample | Unsent {
  const { service, operation, variant, unsent } = line;
  if (unsent !== undefined) return { service, operation, variant, unsent };
  const body = Buffer.from(line.body, "base64");
  const sent = asSigned({ ...line, body }, line.signingName);
  const given = givenOf(line.params) as GivenTree;
  return { service, operation, variant, given, ...sent, signed: sent.signed && !line.forced };
}

/** Undoes the script's marks. */
function givenOf(value: unknown): Given {
  if (Array.isArray(value)) return value.map(givenOf);
  if (typeof value !== "object" || value === null) return value as Given;
  const marked = value as { $blob?: string; $time?: string; $number?: string };
  if (marked.$blob !== undefined) return Buffer.from(marked.$blob, "base64");
  if (marked.$time !== undefined) return new Date(marked.$time);
  if (marked.$number !== undefined) return BigInt(marked.$number);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, givenOf(inner)]));
}
