// A folder of policies for one test, bundled as synth would.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment } from "../../lambdas/model/deployment.ts";
import { bundlePolicies } from "../../lib/policy-bundle.ts";
import { DEPLOYMENT } from "./fixtures.ts";

/** What synth would print about these policies; errors come as they are thrown. */
export function warningsOf(text: string, deployment: Deployment = DEPLOYMENT): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), "policies-"));
  try {
    writeFileSync(join(directory, "a.cedar"), text);
    return bundlePolicies(directory, deployment).warnings.map((line) => line.slice(line.indexOf("a.cedar")));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
