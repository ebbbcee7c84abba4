// The CDK app: which stack is made from which context, and that cdk-nag judges it. Used by bin/countersign.ts for the
// CLI, and in process by the local cloud and the tests, so that what they serve and test is what is deployed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import { AwsSolutionsChecks } from "cdk-nag";
import { type BundleProps, withBundles } from "./bundle.ts";
import { ConfigError, type CountersignConfig, deploymentOf, parseConfig } from "./config.ts";
import { CountersignEdgeFirewall, FIREWALL_REGION } from "./edge-firewall.ts";
import { parseFirewall } from "./firewall-config.ts";
import { STACK_NAME } from "./names.ts";
import { bundlePolicies } from "./policy-bundle.ts";
import { CountersignStack, FUNCTIONS, type FunctionName } from "./stack.ts";
import { parseTarget } from "./target-config.ts";
import { CountersignTargetRole } from "./target-role.ts";

const ROOT = join(import.meta.dirname, "..");
const OBSERVES =
  "`mode` is `observe`: this deployment enforces no policy about calls, it only records what they would decide";

/** Those that ask the policy, and so carry it and the models. */
const DECIDES: Readonly<Record<FunctionName, boolean>> = {
  call: true,
  run: true,
  api: true,
  approvals: false,
  ask: false,
  checkpoint: false,
  reconcile: false,
  holds: false,
};

/** Where the parts of the bundle are taken from; tests and the local cloud name others. */
interface BundleSources {
  /** The entry file of the call function. */
  readonly entry?: string;
  /** The entry files of the others. */
  readonly entries?: Readonly<Partial<Record<FunctionName, string>>>;
  /** The folder of Cedar policies. */
  readonly policies?: string;
  /** The folder of AWS's models. */
  readonly models?: string;
  /** Where the code of entries is kept once it is built; not of those named here. */
  readonly kept?: string;
}

export interface SynthesisOptions extends BundleSources {
  /** What cdk.json's context has under `countersign`. */
  readonly config: unknown;
  readonly outdir: string;
  readonly account?: string;
  readonly region?: string;
}

/**
 * Synthesises the stack in this process, with the feature flags of cdk.json, exactly as the CLI would.
 * @throws ConfigError, and an error when cdk-nag finds something that is not acknowledged
 */
export function synthesize({ config, outdir, account, region, ...sources }: SynthesisOptions): CloudAssembly {
  const app = new App({ outdir, context: featureFlags(), analyticsReporting: false });
  const parsed = parseConfig(config);
  addGateway(
    app,
    { ...parsed, account: account ?? parsed.account, region: region ?? parsed.region },
    sources,
  );
  return app.synth();
}

/**
 * The app of the CLI: the gateway; or with the context key `target` the roles of a target account; or with `firewall` the
 * web ACL.
 */
export function createApp(): App {
  const app = new App();
  const target: unknown = app.node.tryGetContext("target");
  const firewall: unknown = app.node.tryGetContext("firewall");
  if (target !== undefined && firewall !== undefined) {
    throw new ConfigError("the context", ["target, firewall: one stack at a time, give one of them"]);
  }
  if (target !== undefined) {
    const parsed = parseTarget(target);
    new CountersignTargetRole(app, `${STACK_NAME}TargetRole`, { target: parsed, env: environmentOf(parsed) });
  } else if (firewall !== undefined) {
    const parsed = parseFirewall(firewall);
    const env = environmentOf({ ...parsed, region: FIREWALL_REGION });
    new CountersignEdgeFirewall(app, `${STACK_NAME}EdgeFirewall`, { firewall: parsed, env });
  } else {
    addGateway(app, parseConfig(app.node.tryGetContext("countersign")), {});
    return app;
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

function addGateway(app: App, config: CountersignConfig, sources: BundleSources): void {
  const deployment = deploymentOf(config);
  const policies = bundlePolicies(sources.policies ?? join(ROOT, "policies"), deployment);
  const entries = { ...sources.entries, ...(sources.entry !== undefined && { call: sources.entry }) };
  const bundleOf = (name: FunctionName): BundleProps => ({
    entry: entries[name] ?? join(ROOT, `lambdas/${name}.ts`),
    json: { "deployment.json": deployment, ...(DECIDES[name] && { "policies.json": policies }) },
    folders: DECIDES[name] ? { models: sources.models ?? join(ROOT, "lambdas/recognition/models") } : {},
    kept: entries[name] === undefined ? sources.kept : undefined,
  });
  const bundles = Object.fromEntries(FUNCTIONS.map((name) => [name, bundleOf(name)]));
  const stack = withBundles(
    bundles as Record<FunctionName, BundleProps>,
    (codes) =>
      new CountersignStack(app, STACK_NAME, {
        description: "Countersign: lets agents make AWS calls without AWS credentials",
        config,
        codes,
        env: environmentOf(config),
      }),
  );
  if (deployment.mode === "observe") {
    Validations.of(stack).addWarning("countersign:observe", OBSERVES);
  }
  for (const warning of policies.warnings) {
    Validations.of(stack).addWarning(`countersign:${warning.split(": ", 1)[0]}`, warning);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}

function environmentOf({ account, region }: { account?: string | undefined; region?: string | undefined }) {
  return { ...(account !== undefined && { account }), ...(region !== undefined && { region }) };
}

/** The CLI hands the whole context over; in process only the flags are wanted, the configuration is an argument. */
function featureFlags(): Record<string, unknown> {
  const file: { context: Record<string, unknown> } = JSON.parse(readFileSync(join(ROOT, "cdk.json"), "utf8"));
  return Object.fromEntries(Object.entries(file.context).filter(([key]) => key.startsWith("@aws-cdk")));
}
