// The code asset of a function: the bundled entry, and beside it the files that the entry reads at init. Decides what
// gets deployed; runs esbuild in this process, no container and no network. Every byte of the output makes the asset's
// hash, so a changed policy, configuration or model is a new deployment.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as esbuild from "esbuild";

export interface BundleProps {
  /** The entry file, absolute. It becomes `index.mjs`. */
  readonly entry: string;
  /** File names to values that are written as JSON beside the code. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Folder names to the absolute folders that are copied beside the code. */
  readonly folders: Readonly<Record<string, string>>;
  /**
   * A folder where the code of each entry is built once and kept, for who synthesises many times and changes no source
   * meanwhile. Built anew when absent.
   */
  readonly kept?: string | undefined;
}

// A long name, since minified code takes the short ones. CommonJS dependencies call `require`, which ESM lacks.
const BANNER = [
  'import { createRequire as createRequireForBundledDependencies } from "node:module";',
  "const require = createRequireForBundledDependencies(import.meta.url);",
].join("");

/**
 * Bundles each, and hands `use` the code of Lambda functions with handler `index.handler`. The code must be given to its
 * function within `use`: that copies it into the assembly, under the hash of its content.
 */
export function withBundles<Name extends string, T>(
  bundles: Readonly<Record<Name, BundleProps>>,
  use: (codes: Readonly<Record<Name, lambda.Code>>) => T,
): T {
  const directory = mkdtempSync(join(tmpdir(), "countersign-bundle-"));
  try {
    const codes = Object.entries<BundleProps>(bundles).map(([name, props]) => {
      const own = join(directory, name);
      mkdirSync(own);
      write(own, props);
      return [name, lambda.Code.fromAsset(own)] as const;
    });
    return use(Object.fromEntries<lambda.Code>(codes) as Readonly<Record<Name, lambda.Code>>);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** As `withBundles`, for one. */
export function withBundle<T>(props: BundleProps, use: (code: lambda.Code) => T): T {
  return withBundles({ only: props }, ({ only }) => use(only));
}

function write(directory: string, { entry, json, folders, kept }: BundleProps): void {
  if (kept === undefined) build(entry, directory);
  else cpSync(builtOnce(entry, kept), directory, { recursive: true });
  for (const [name, value] of Object.entries(json)) {
    writeFileSync(join(directory, name), JSON.stringify(value));
  }
  for (const [name, source] of Object.entries(folders)) {
    if (existsSync(source)) {
      cpSync(source, join(directory, name), { recursive: true });
    }
  }
}

function builtOnce(entry: string, kept: string): string {
  const place = join(kept, createHash("sha256").update(entry).digest("hex"));
  if (existsSync(place)) return place;
  const own = mkdtempSync(`${place}-`);
  build(entry, own);
  try {
    renameSync(own, place);
  } catch (error) {
    // Another process was first, with the same code.
    rmSync(own, { recursive: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}

function build(entry: string, directory: string): void {
  esbuild.buildSync({
    entryPoints: { index: entry },
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    sourcemap: false,
    legalComments: "none",
    mainFields: ["module", "main"],
    // Everything inside: the runtime's own SDK is of another version than the one that was tested.
    external: [],
    loader: { ".wasm": "file" },
    banner: { js: BANNER },
    logLevel: "error",
  });
}
