// Bundles the CLI for an installed package.

import { join } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "../..");

/** Writes `countersign.mjs` and its parts into the directory. */
export async function buildCli(outdir: string): Promise<void> {
  await build({
    entryPoints: { countersign: join(ROOT, "bin/cli.ts") },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    packages: "external",
    // They need policies and models: the dispatcher says so before it loads them.
    external: ["./policy.ts", "./recognise.ts"],
    outExtension: { ".js": ".mjs" },
    banner: { js: "#!/usr/bin/env node" },
    logLevel: "warning",
  });
}
