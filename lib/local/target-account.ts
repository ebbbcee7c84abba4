// The target account's roles, as `npx cdk deploy -c target=...` would make them: from the synthesised template.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { parseTarget } from "../target-config.ts";
import { CountersignTargetRole } from "../target-role.ts";
import type { RoleSpec } from "./aws/contract.ts";
import { parseTemplate, resolveRoles } from "./template.ts";

const STACK = "TargetRoles";

/** The roles of the context `target`, with trust and policies resolved. */
export function rolesOfTarget(
  context: unknown,
  place: { readonly account: string; readonly region: string },
): readonly RoleSpec[] {
  const outdir = mkdtempSync(join(tmpdir(), "countersign-target-"));
  try {
    const app = new App({ outdir, analyticsReporting: false });
    new CountersignTargetRole(app, STACK, { target: parseTarget(context), env: place });
    const { template } = app.synth().getStackByName(STACK);
    return resolveRoles(parseTemplate(template), {
      ...place,
      partition: "aws",
      stackName: STACK,
      distributionHost: "",
      assembly: outdir,
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
