// Proves the vectors: builds the token check with one weakness at a time, and asks that some vector, some accepted token
// or some scenario fails.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCENARIOS, type VerifierModule } from "./keyring-scenarios.ts";
import { ACCEPTED, issuersOf, judge, VECTORS } from "./vectors.ts";
import { WEAKNESSES, type Weakness } from "./weaknesses.ts";

const SOURCE = join(import.meta.dirname, "../../../lambdas/identity/token");
let directory = "";
let builds = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "planted-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function buildWith(weakness: Weakness | undefined): Promise<VerifierModule> {
  builds += 1;
  const outfile = join(directory, `build-${builds}.mjs`);
  const { outputFiles } = await build({
    entryPoints: [join(SOURCE, "token-verifier.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    plugins: [
      {
        name: "plant",
        setup({ onLoad }) {
          onLoad({ filter: /identity\/token\/[a-z0-9-]+\.ts$/ }, async ({ path }) => ({
            contents: planted(await readFile(path, "utf8"), basename(path), weakness),
            loader: "ts",
          }));
        },
      },
    ],
  });
  await writeFile(outfile, outputFiles[0]?.contents ?? "");
  return import(pathToFileURL(outfile).href);
}

function planted(source: string, file: string, weakness: Weakness | undefined): string {
  if (weakness?.file !== file) {
    return source;
  }
  if (source.split(weakness.find).length !== 2) {
    throw new Error(`\`${weakness.find}\` must stand in ${file} exactly once: bring the list up to date`);
  }
  return source.replace(weakness.find, () => weakness.plant);
}

/** The name of the first test that a build fails, or `undefined` when it passes all. */
async function firstFailure(module: VerifierModule): Promise<string | undefined> {
  const verdictOf = judge(module.createTokenVerifier);
  for (const vector of VECTORS) {
    if ((await verdictOf(vector.token, issuersOf(vector))) !== vector.code) {
      return vector.attack;
    }
  }
  for (const { what, token, issuer } of ACCEPTED) {
    if ((await verdictOf(token, [issuer])) !== "verified") {
      return what;
    }
  }
  for (const { name, play } of SCENARIOS) {
    const failed = await play(module).then(
      () => false,
      () => true,
    );
    if (failed) {
      return name;
    }
  }
  return undefined;
}

describe("the token check", () => {
  it("passes every vector and scenario when nothing is planted", async () => {
    expect(await firstFailure(await buildWith(undefined))).toBeUndefined();
  });

  it.each(WEAKNESSES.map((weakness) => [`${weakness.file}: ${weakness.name}`, weakness] as const))(
    "is caught with this weakness planted: %s",
    async (_, weakness) => {
      expect(await firstFailure(await buildWith(weakness))).toBeTypeOf("string");
    },
  );
});
