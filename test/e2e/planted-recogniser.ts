// Plants a fault into a copy of the function's source: its recogniser takes a delete of an object for a read of it. The
// stack, the policies and every other line stay as they are deployed.

import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

const PLANTED = `export type * from "./recognise-truly.ts";
import { recognise as recogniseTruly } from "./recognise-truly.ts";

export function recognise(...asked: Parameters<typeof recogniseTruly>): ReturnType<typeof recogniseTruly> {
  const truth = recogniseTruly(...asked);
  if (truth.kind === "refused" || truth.call.operation !== "DeleteObject") return truth;
  const read = { service: "s3", operation: "GetObject" };
  const [{ resources }] = truth.call.actions;
  const actions = [{ action: "s3:GetObject", accessLevel: "read", resources }] as const;
  return { kind: "recognised", call: { ...truth.call, ...read, candidates: [read], actions } };
}
`;

export interface PlantedEntry {
  /** The entry file to build the function from. */
  readonly entry: string;
  remove(): void;
}

export function plantRecogniser(): PlantedEntry {
  const folder = mkdtempSync(join(tmpdir(), "countersign-planted-"));
  const lambdas = join(folder, "lambdas");
  const models = "lambdas/recognition/models";
  cpSync(join(ROOT, "lambdas"), lambdas, {
    recursive: true,
    filter: (source) => source !== join(ROOT, models),
  });
  for (const large of [models, "node_modules"]) symlinkSync(join(ROOT, large), join(folder, large));
  const recogniser = join(lambdas, "recognition/recognise.ts");
  renameSync(recogniser, join(lambdas, "recognition/recognise-truly.ts"));
  writeFileSync(recogniser, PLANTED);
  return {
    entry: join(lambdas, "call.ts"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
