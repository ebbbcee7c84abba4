// Reads what the deployment put beside the code: its configuration and its policies, parsed and validated at synth.
// They are part of the function's own hash, so their form is trusted; that they are there is not.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "../model/deployment.ts";
import type { PolicyBundle } from "../policy/policy-bundle.ts";
import { CountersignError } from "./errors.ts";

export interface BundleFiles {
  readonly deployment: Deployment;
  readonly policies: PolicyBundle;
}

/** @throws CountersignError `environment` when a file is missing or is not JSON: the function must not start. */
export function readBundle(directory: string): BundleFiles {
  return {
    deployment: readDeployment(directory),
    policies: readJson<PolicyBundle>(directory, "policies.json"),
  };
}

/** For functions that ask no policy. @throws as `readBundle` */
export function readDeployment(directory: string): Deployment {
  return readJson<Deployment>(directory, "deployment.json");
}

function readJson<T>(directory: string, name: string): T {
  try {
    return JSON.parse(readFileSync(join(directory, name), "utf8")) as T;
  } catch (error) {
    throw new CountersignError("environment", `the bundle's ${name} cannot be read: deploy again`, error);
  }
}
