// Where the local cloud keeps its data between runs: one place, known to the main job and to the CLI.

import { join } from "node:path";

export const DATA_DIRECTORY = join(import.meta.dirname, "../../.countersign");
