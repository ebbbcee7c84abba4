// One synthesis for the tests of the stack: cdk.json's own sample, a one-line entry, one model, no account and no region.

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { synthesize } from "../../lib/app.ts";
import { FUNCTIONS } from "../../lib/stack.ts";

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
}

export interface TestTemplate {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
}

export interface Synthesis {
  readonly outdir: string;
  readonly template: TestTemplate;
  /** The folder that is the call function's code. */
  readonly asset: string;
}

/** The sample that cdk.json carries, as a fresh object. */
export function sampleConfig(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8")).context.countersign;
}

export function synthesizeSample(changes: Record<string, unknown> = {}): Synthesis {
  const folder = mkdtempSync(join(tmpdir(), "countersign-synth-"));
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, "export const handler = async (): Promise<string> => 'fixture';");
  const models = join(folder, "models");
  mkdirSync(models);
  writeFileSync(join(models, "s3.json"), "{}");
  const outdir = join(folder, "cdk.out");
  const entries = Object.fromEntries(FUNCTIONS.map((name) => [name, entry]));
  const assembly = synthesize({ config: { ...sampleConfig(), ...changes }, outdir, entries, models });
  const template = assembly.getStackByName("Countersign").template as TestTemplate;
  const { Code } = functionOf(template, "call") as { Code: { S3Key: string } };
  return { outdir, template, asset: join(outdir, `asset.${Code.S3Key.replace(/\.zip$/, "")}`) };
}

/** The one resource of a type; more or fewer fail the test. */
export function onlyOf(template: TestTemplate, type: string): TemplateResource {
  const found = Object.values(template.Resources).filter((resource) => resource.Type === type);
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${found.length} resources of type ${type}, not one`);
  }
  return found[0];
}

/** Logical id of the resource of `type` whose properties fit. */
export function idOf(
  template: TestTemplate,
  type: string,
  fits: (properties: Record<string, unknown>) => boolean = () => true,
): string {
  const ids = Object.entries(template.Resources).flatMap(([id, resource]) =>
    resource.Type === type && fits(resource.Properties) ? [id] : [],
  );
  if (ids.length !== 1 || ids[0] === undefined) {
    throw new Error(`${ids.length} fitting resources of type ${type}, not one`);
  }
  return ids[0];
}

/** The properties of one of the stack's functions, by the beginning of its logical id. */
export function functionOf(template: TestTemplate, name: string): Record<string, unknown> {
  return template.Resources[functionIdOf(template, name)]?.Properties ?? {};
}

export function functionIdOf(template: TestTemplate, name: string): string {
  const start = `${name.charAt(0).toUpperCase()}${name.slice(1)}Function`;
  const ids = Object.entries(template.Resources).flatMap(([id, { Type }]) =>
    Type === "AWS::Lambda::Function" && id.startsWith(start) ? [id] : [],
  );
  const [id] = ids;
  if (ids.length !== 1 || id === undefined) throw new Error(`${ids.length} functions \`${name}\`, not one`);
  return id;
}
