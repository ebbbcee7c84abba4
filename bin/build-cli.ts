// `npm pack` runs this first: bundles the CLI as JavaScript into dist/, since Node.js strips no types under node_modules.
// Packages stay outside: an install brings them. What only a checkout can run is left out.

import { join } from "node:path";
import { buildCli } from "../lib/cli/build.ts";

await buildCli(join(import.meta.dirname, "../dist"));
