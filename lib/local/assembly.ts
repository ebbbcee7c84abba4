// The stack that a local cloud serves, synthesised in this process. Decides where the assembly lies and when it goes; what
// is in it is lib/app.ts's, which is loaded only when somebody synthesises: CDK takes seconds.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SynthesisOptions } from "../app.ts";
import { STACK_NAME } from "../names.ts";
import { parseTemplate, type Template } from "./template.ts";

/** Fills `outdir` with the assembly, and returns the stack's template. @throws as synthesize does */
export type Synthesis = (options: SynthesisOptions) => Promise<unknown>;

export interface LocalAssembly {
  /** The folder. */
  readonly assembly: string;
  readonly template: Template;
  removeAssembly(): void;
}

/** Exactly what `cdk synth` would make of the options. */
export const synthesizeHere: Synthesis = async (options) => {
  const { synthesize } = await import("../app.ts");
  return synthesize(options).getStackByName(STACK_NAME).template;
};

/**
 * @param dataDirectory keeps the assembly between runs; without one it lies in a temporary folder
 * @throws as synthesize does, and TemplateError
 */
export async function assemble(
  options: Omit<SynthesisOptions, "outdir">,
  dataDirectory: string | undefined,
  synthesis: Synthesis = synthesizeHere,
): Promise<LocalAssembly> {
  const assembly =
    dataDirectory === undefined
      ? mkdtempSync(join(tmpdir(), "countersign-"))
      : join(dataDirectory, "cdk.out");
  const remove = () => rmSync(assembly, { recursive: true, force: true });
  // Bundles of former runs would pile up.
  remove();
  const removeAssembly = () => {
    if (dataDirectory === undefined) remove();
  };
  try {
    const template = parseTemplate(await synthesis({ ...options, outdir: assembly }));
    return { assembly, template, removeAssembly };
  } catch (error) {
    removeAssembly();
    throw error;
  }
}
