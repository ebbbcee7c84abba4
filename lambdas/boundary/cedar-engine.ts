// Starts Cedar's wasm inside the function's bundle: esbuild's file loader (`.wasm`) puts the bytes beside the code and
// gives their relative path. Synchronous, at module scope, so that an engine that cannot start stops the function.
// Runs only when bundled; tests and synth use the package's `/nodejs` entry.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/web";
// The package does not export its wasm, hence the path.
import wasmFile from "../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm";
import type { ExplainEngine } from "../policy/explain-parts.ts";

/** Compiles the wasm, 35 to 55 ms, once for each cold start. */
export function startCedar(): ExplainEngine {
  cedar.initSync({ module: readFileSync(join(import.meta.dirname, wasmFile)) });
  return cedar;
}
