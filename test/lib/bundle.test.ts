import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { afterAll, describe, expect, it } from "vitest";
import { type BundleProps, withBundle } from "../../lib/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-bundle-"));
const entry = join(folder, "entry.ts");
const models = join(folder, "models");
mkdirSync(models);
writeFileSync(entry, "export const handler = async (): Promise<number> => 1;");
writeFileSync(join(models, "s3.json"), "{}");

afterAll(() => rmSync(folder, { recursive: true }));

const plain: BundleProps = { entry, json: { "deployment.json": { a: 1 } }, folders: { models } };

/** The asset keys of functions with these bundles in one stack. */
function keysOf(...all: readonly BundleProps[]): string[] {
  const stack = new Stack(new App({ outdir: mkdtempSync(join(folder, "out-")) }), "Stack");
  all.forEach((props, index) => {
    const rest = { handler: "index.handler", runtime: lambda.Runtime.NODEJS_24_X };
    withBundle(props, (code) => new lambda.Function(stack, `F${index}`, { code, ...rest }));
  });
  const functions = Object.values(Template.fromStack(stack).findResources("AWS::Lambda::Function"));
  return functions.map(({ Properties }) => Properties.Code.S3Key);
}

describe("the bundle", () => {
  const [before] = keysOf(plain);

  it("has the same hash when nothing changed", () => {
    expect(keysOf(plain)).toEqual([before]);
  });

  it("has another hash when a file beside the code changed, also within one app", () => {
    const keys = keysOf(plain, { ...plain, json: { "deployment.json": { a: 2 } } });
    expect(keys[0]).toBe(before);
    expect(keys[1]).not.toBe(before);
  });

  it("has another hash when a copied folder or the code changed", () => {
    writeFileSync(join(models, "s3.json"), '{"changed":true}');
    const [afterModels] = keysOf(plain);
    writeFileSync(entry, "export const handler = async (): Promise<number> => 2;");
    const [afterCode] = keysOf(plain);
    expect(new Set([before, afterModels, afterCode]).size).toBe(3);
  });
});
