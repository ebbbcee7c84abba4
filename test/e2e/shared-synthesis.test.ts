// What the end-to-end tests serve is what is deployed: the shared synthesis against one of its own.

import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { synthesizeHere } from "../../lib/local/assembly.ts";
import { demoConfig } from "../../lib/local/demo-world.ts";
import { SYNTHESES } from "./global-setup.ts";
import { synthesisIn } from "./shared-synthesis.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-compared-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ISSUER = "https://localhost:54321";
const config = demoConfig({ issuer: ISSUER, jwksUri: `${ISSUER}/jwks`, audience: "countersign" });
const options = { config, account: "111122223333", region: "eu-west-1" };

/** Each function's files by name, in the order of the functions; the key of its code says only how they hash. */
function functionsOf(template: unknown, outdir: string) {
  const { Resources } = template as {
    Resources: Record<string, { Type: string; Properties: { Code: { S3Key: string } } }>;
  };
  const functions = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::Lambda::Function");
  return functions.map(([id, { Properties }]) => {
    const asset = realpathSync(join(outdir, `asset.${Properties.Code.S3Key.replace(/\.zip$/, "")}`));
    const files = filesOf(asset).map((name) => [name, readFileSync(join(asset, name)).toString("base64")]);
    return [id, Object.fromEntries(files)] as const;
  });
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const linked = entry.isSymbolicLink() || entry.isDirectory();
    return linked ? filesOf(join(directory, entry.name)).map((name) => join(entry.name, name)) : [entry.name];
  });
}

const withoutKeys = (template: unknown): unknown =>
  JSON.parse(JSON.stringify(template).replaceAll(/[0-9a-f]{64}\.zip/g, ""));

describe("a copy of the shared synthesis", { timeout: 120_000 }, () => {
  it("has the template, the code and the files that a synthesis of its own has", async () => {
    const shared = process.env[SYNTHESES] ?? "";
    const [own, copy] = [join(folder, "own"), join(folder, "copy")];
    const ownTemplate = await synthesizeHere({ ...options, outdir: own });
    const copyTemplate = await synthesisIn(shared, { ...options, outdir: copy });
    expect(withoutKeys(copyTemplate)).toEqual(withoutKeys(ownTemplate));
    const [expected, found] = [functionsOf(ownTemplate, own), functionsOf(copyTemplate, copy)];
    expect(expected.length).toBeGreaterThan(3);
    expect(found).toEqual(expected);
  });
});
