// Holds the shape of the house: which room may import what (STYLE 1 and 2) and how large a file may grow (STYLE 14).

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const DOMAINS = [
  "ingress",
  "identity",
  "recognition",
  "policy",
  "approval",
  "upstream",
  "masking",
  "recording",
];
const PURE_PACKAGES = [
  "node:crypto",
  "node:buffer",
  "node:zlib",
  "@smithy/signature-v4",
  "aws-jwt-verify",
  "cborg",
  "@cedar-policy/cedar-wasm",
];
const MAX_LINES = 300;

interface Edge {
  readonly from: string;
  readonly to: string;
}

let edges: readonly Edge[] = [];

beforeAll(async () => {
  edges = [...(await runtimeImports()), ...sources().flatMap(typeImports)];
});

describe("three worlds", () => {
  it("keeps domain modules free of SDK clients, CDK, network, files and processes", () => {
    const offenders = edges.filter(({ from, to }) => domainOf(from) !== undefined && !allowedInDomain(to));
    expect(offenders.map(show)).toEqual([]);
  });

  it("keeps the clock, randomness and the environment out of domain modules", () => {
    const impure =
      /\bDate\.now\(|\bnew Date\(\)|Math\.random\(|\brandom(?:Bytes|UUID|Int)\(|process\.env|\bfetch\(/;
    const offenders = sources().filter((file) => domainOf(file) !== undefined && impure.test(codeOf(file)));
    expect(offenders).toEqual([]);
  });

  it("imports AWS SDK clients only in lambdas/aws/ and entry files", () => {
    const offenders = edges.filter(
      ({ from, to }) => from.startsWith("lambdas/") && to.startsWith("@aws-sdk/") && !isEntryOrAdapter(from),
    );
    expect(offenders.map(show)).toEqual([]);
  });

  it("never lets request-time code import synth-time or local code", () => {
    const offenders = edges.filter(
      ({ from, to }) => from.startsWith("lambdas/") && /^(lib|bin|test)\//.test(to),
    );
    expect(offenders.map(show)).toEqual([]);
  });

  it("keeps the small AWS independent of what it checks", () => {
    const offenders = edges.filter(
      ({ from, to }) => from.startsWith("lib/local/aws/") && /^lambdas\//.test(to),
    );
    expect(offenders.map(show)).toEqual([]);
  });
});

describe("domain modules", () => {
  it("are each readable alone: they import the nouns and themselves, never one another", () => {
    const offenders = edges.filter(({ from, to }) => {
      const domain = domainOf(from);
      return domain !== undefined && to.startsWith("lambdas/") && domainOf(to) !== domain && !isNoun(to);
    });
    expect(offenders.map(show)).toEqual([]);
  });

  it("are known together only to flow/ and the entry files", () => {
    const byFile = Map.groupBy(
      edges.filter(({ from, to }) => from.startsWith("lambdas/") && domainOf(to) !== undefined),
      ({ from }) => from,
    );
    const offenders = [...byFile].filter(([from, list]) => {
      const domains = new Set(list.map(({ to }) => domainOf(to)));
      return domains.size > 1 && !from.startsWith("lambdas/flow/") && !isEntryOrAdapter(from);
    });
    expect(offenders.map(([from]) => from)).toEqual([]);
  });
});

describe("size", () => {
  it(`keeps every source file at ${MAX_LINES} lines or fewer`, () => {
    const large = sources().filter(
      (file) => readFileSync(join(ROOT, file), "utf8").split("\n").length > MAX_LINES + 1,
    );
    expect(large).toEqual([]);
  });

  it("gives every source file a header comment", () => {
    const bare = sources().filter(
      (file) =>
        !file.startsWith("test/") && !/^(#!.*\n)?(\/\/|\/\*)/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(bare).toEqual([]);
  });
});

function sources(): string[] {
  const rooms = ["bin", "lib", "lambdas", "test", "bench"];
  return rooms.flatMap((room) => walk(join(ROOT, room))).map((file) => relative(ROOT, file));
}

function walk(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return walk(path);
    return /\.(ts|mts|mjs|js)$/.test(entry.name) && statSync(path).isFile() ? [path] : [];
  });
}

async function runtimeImports(): Promise<Edge[]> {
  const { metafile } = await build({
    entryPoints: sources().filter((file) => file.startsWith("lambdas/") || file.startsWith("lib/")),
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outdir: "unused",
    loader: { ".wasm": "file" },
    logLevel: "silent",
  });
  return Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
    imports.map(({ path }) => ({ from, to: path })),
  );
}

/** `import type` lines leave no trace in a bundle, so they are read from the text. */
function typeImports(file: string): Edge[] {
  const statements = codeOf(file).matchAll(/import\s+type\s[^;]*?from\s+"([^"]+)"/g);
  return [...statements].map(([, specifier = ""]) => ({
    from: file,
    to: specifier.startsWith(".") ? relative(ROOT, join(ROOT, file, "..", specifier)) : specifier,
  }));
}

function codeOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
}

function domainOf(path: string): string | undefined {
  const room = /^lambdas\/([^/]+)\//.exec(path)?.[1];
  return room !== undefined && DOMAINS.includes(room) ? room : undefined;
}

function isNoun(path: string): boolean {
  return path.startsWith("lambdas/model/");
}

function isEntryOrAdapter(path: string): boolean {
  return path.startsWith("lambdas/aws/") || /^lambdas\/[^/]+\.ts$/.test(path);
}

function allowedInDomain(target: string): boolean {
  if (target.startsWith("lambdas/")) return true; // which room is the other test's question
  return PURE_PACKAGES.some((name) => target === name || target.startsWith(`${name}/`));
}

function show({ from, to }: Edge): string {
  return `${from} -> ${to}`;
}
