// A folder for what the end-to-end tests of one run synthesise once and share; empty until the first of them asks.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** The variable that tells the tests where it is. */
export const SYNTHESES = "COUNTERSIGN_TEST_SYNTHESES";

export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "countersign-syntheses-"));
  const code = join(folder, "code");
  const empty = (): void => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(code, { recursive: true });
  };
  empty();
  // Sources change between the runs of a watch.
  project.onTestsRerun(empty);
  process.env[SYNTHESES] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
