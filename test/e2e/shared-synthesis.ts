// One synthesis for all end-to-end tests of a run that serve the same stack: made by the first that asks, by lib/app.ts
// itself, for an address that nobody has. Each cloud then gets a copy in which only that address is its own issuer's.
// That such a copy is what a synthesis of its own would have been is shared-synthesis.test.ts.

import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SynthesisOptions } from "../../lib/app.ts";
import { type Synthesis, synthesizeHere } from "../../lib/local/assembly.ts";
import { SYNTHESES } from "./global-setup.ts";

const ISSUER = /https:\/\/localhost:\d+/g;
const NOBODY = "https://issuer.invalid";
const POLICIES = join(import.meta.dirname, "../../policies");

/** The same functions, policies and configuration but for the issuer's address: a copy. Otherwise a synthesis. */
export const sharedSynthesis: Synthesis = (options) => {
  const folder = process.env[SYNTHESES];
  return folder === undefined ? synthesizeHere(options) : synthesisIn(folder, options);
};

/** @param folder where what is shared lies */
export async function synthesisIn(
  folder: string,
  { outdir, ...options }: SynthesisOptions,
): Promise<unknown> {
  const config = JSON.stringify(options.config);
  const [issuer, ...others] = new Set(config.match(ISSUER));
  const kept = join(folder, "code");
  const own = options.entry !== undefined || options.entries !== undefined;
  if (own || issuer === undefined || others.length > 0) return synthesizeHere({ ...options, outdir, kept });
  const general = { ...options, config: JSON.parse(config.replaceAll(ISSUER, NOBODY)) };
  const shared = join(folder, keyOf(general));
  await once(shared, async (made) => {
    const template = await synthesizeHere({ ...general, outdir: join(made, "cdk.out"), kept });
    writeFileSync(join(made, "template.json"), JSON.stringify(template));
  });
  copyFor(issuer, join(shared, "cdk.out"), outdir);
  return JSON.parse(readFileSync(join(shared, "template.json"), "utf8").replaceAll(NOBODY, issuer));
}

function keyOf({ policies = POLICIES, ...options }: Omit<SynthesisOptions, "outdir">): string {
  const hash = createHash("sha256").update(JSON.stringify(options));
  for (const entry of readdirSync(policies, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    hash.update(JSON.stringify([entry.name, readFileSync(join(entry.parentPath, entry.name), "utf8")]));
  }
  return hash.digest("hex");
}

const PATIENCE = 110_000; // under the time of a hook
const PAUSE = 100;

/** One process makes it, the others wait: a folder can be made once. One that fails leaves it to the next. */
async function once(place: string, make: (folder: string) => Promise<void>): Promise<void> {
  const [making, end] = [`${place}.making`, Date.now() + PATIENCE];
  while (!existsSync(place)) {
    if (!mayMake(making)) {
      if (Date.now() > end)
        throw new Error("another process synthesises the stack and does not come to an end");
      await sleep(PAUSE);
      continue;
    }
    try {
      if (existsSync(place)) return;
      const folder = `${place}.made`;
      await make(folder);
      renameSync(folder, place);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
}

function mayMake(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** The code as it is, by links; the JSON beside it with the address; folders of models by reference. */
function copyFor(issuer: string, from: string, to: string): void {
  for (const asset of readdirSync(from).filter((name) => name.startsWith("asset."))) {
    mkdirSync(join(to, asset), { recursive: true });
    for (const entry of readdirSync(join(from, asset), { withFileTypes: true })) {
      const [source, copy] = [join(from, asset, entry.name), join(to, asset, entry.name)];
      if (entry.isDirectory()) symlinkSync(source, copy);
      else if (entry.name.endsWith(".json")) {
        writeFileSync(copy, readFileSync(source, "utf8").replaceAll(NOBODY, issuer));
      } else linkSync(source, copy);
    }
  }
}
