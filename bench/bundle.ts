// Measures the deployed bundle: its sizes, and how long a fresh process takes to import it (wiring and warm-up included).

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { synthesize } from "../lib/app.ts";
import { demoConfig } from "../lib/local/demo-world.ts";

export interface BundleFigures {
  readonly codeBytes: number;
  readonly codeGzipBytes: number;
  readonly wasmBytes: number;
  readonly modelBytes: number;
  readonly modelFiles: number;
  /** Median, milliseconds. */
  readonly importMs: number;
  readonly runs: number;
}

const RUNS = 9;
const ISSUER = {
  issuer: "https://idp.example.com",
  jwksUri: "https://idp.example.com/jwks",
  audience: "countersign",
};
const ENVIRONMENT = {
  STATE_TABLE: "state",
  SESSIONS_TABLE: "sessions",
  SESSION_KEY_ARN: "arn:aws:kms:eu-west-1:111122223333:key/0",
  ORIGIN_SECRET_ARN: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:origin",
  PUBLIC_URL_PARAMETER: "/countersign/public-url",
  API_STAGE: "live",
  SEAL_KEY_ARN: "arn:aws:kms:eu-west-1:111122223333:key/1",
  MASK_KEY_ARN: "arn:aws:kms:eu-west-1:111122223333:key/2",
  APPROVAL_MACHINE_ARN: "arn:aws:states:eu-west-1:111122223333:stateMachine:approval",
  WAITING_PLACES: "10",
  PAYLOAD_BUCKET: "payloads",
  AWS_REGION: "eu-west-1",
};
/** Lambda's runtime gives this global before it imports the handler. */
const IMPORT =
  "globalThis.awslambda = { streamifyResponse: (h) => h, HttpResponseStream: { from: (s) => s } };" +
  "const t = performance.now(); await import(process.argv[1]); console.log(performance.now() - t);";

export async function bundleFigures(): Promise<BundleFigures> {
  const outdir = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  try {
    const region = "eu-west-1";
    const assembly = synthesize({ config: demoConfig(ISSUER), outdir, account: "111122223333", region });
    // Each function has an asset of its own, named by its hash: that of `call` is the one that counts.
    const text = JSON.stringify(assembly.stacks[0]?.template);
    const [, hash] =
      /"S3Key":"([0-9a-f]{64})\.zip"\},"Description":"Countersign: the data plane"/.exec(text) ?? [];
    if (hash === undefined) throw new Error("the synthesised stack has no asset of `call`");
    return figuresOf(join(outdir, `asset.${hash}`));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function figuresOf(directory: string): BundleFigures {
  const code = readFileSync(join(directory, "index.mjs"));
  const wasm = readdirSync(directory).find((name) => name.endsWith(".wasm")) ?? "";
  const models = readdirSync(join(directory, "models"));
  const times = Array.from({ length: RUNS }, () => importMs(directory)).sort((a, b) => a - b);
  return {
    codeBytes: code.length,
    codeGzipBytes: gzipSync(code).length,
    wasmBytes: statSync(join(directory, wasm)).size,
    modelBytes: models.reduce((sum, name) => sum + statSync(join(directory, "models", name)).size, 0),
    modelFiles: models.length,
    importMs: times[Math.floor(RUNS / 2)] ?? 0,
    runs: RUNS,
  };
}

function importMs(directory: string): number {
  const url = pathToFileURL(join(directory, "index.mjs")).href;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", IMPORT, url], {
    env: ENVIRONMENT,
  });
  // The function logs its start first.
  return Number(output.toString("utf8").trimEnd().split("\n").at(-1));
}
