// Whole requests of botocore, mutated anywhere: signing name, method, path, query, headers, body. Recognition must never
// crash, take over 50 ms, or build a request that is recognised as something else than its original (R1).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import type { QueryParameter } from "../../lambdas/model/wire-request.ts";
import { recognise } from "../../lambdas/recognition/recognise.ts";
import { rebuildProblem } from "../coverage/judge.ts";
import type { Target } from "./campaign.ts";

const ROOT = join(import.meta.dirname, "../..");
const VECTORS = join(ROOT, "test/recognition/vectors/botocore.json");
const ACCOUNT = { account: "111122223333", partition: "aws" };
const REQUEST_BYTES = 65_536;
/** Ingress refuses a longer URL and more headers than these, together. */
const HEAD_BYTES = 18_432;
const MAX_MS = 50;
const REPEATS = 3;

/** What steers recognition, as lines of the form below. */
const WORDS = [
  ...["GET ", "PUT ", "POST ", "DELETE ", "HEAD ", "PATCH ", "s3 ", "ec2 ", "dynamodb ", "monitoring "],
  ...["\n?acl\t", "\n?policy\t", "\n?delete\t", "\n?versionId\tv", "\n?Action\tx", "\n?x-id\tGetObject"],
  ...[
    "\nx-amz-copy-source:a/b",
    "\nx-amz-acl:public-read",
    "\nx-amz-target:",
    "\nsmithy-protocol:rpc-v2-cbor",
  ],
  ...[
    "\ncontent-type:application/json",
    "\ncontent-encoding:gzip",
    "\nx-amz-tagging:a=b",
    "\nrange:bytes=0-1",
  ],
  ...["%2F", "%2e", "%00", "..", "//", "/", "?", "&", "=", "+", "{", "}", '"', "\\u0041", "<", ">", "&amp;"],
  ...[
    ",",
    ";",
    "[]",
    ".1",
    ".member.1",
    "null",
    "-1",
    "1e999",
    "\u00ef\u00bb\u00bf",
    "\u00c3\u00a9",
    "\u0000",
  ],
];

interface Vector {
  readonly request: Omit<SignedRequest, "headers" | "body"> & {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** One target for each protocol. */
export function requestTargets(): readonly Target[] {
  const models = modelFiles(join(ROOT, "lambdas/recognition/models"));
  const { vectors } = JSON.parse(readFileSync(VECTORS, "utf8")) as { vectors: readonly Vector[] };
  const byProtocol = Map.groupBy(vectors.map(toBytes), (seed) => {
    const found = recognise(toRequest(seed), ACCOUNT, models);
    if (found.kind === "refused") throw new Error(`a request to mutate is refused: ${found.message}`);
    return found.call.protocol;
  });
  return [...byProtocol].map(([protocol, seeds]) => ({
    name: `whole requests (${protocol})`,
    material: { seeds, words: WORDS, maxBytes: REQUEST_BYTES },
    accepts(input) {
      if (headBytes(input) > HEAD_BYTES) return false;
      const request = toRequest(input);
      const slow = millisecondsOver(() => recognise(request, ACCOUNT, models));
      if (slow !== undefined) throw new Error(`recognition took ${slow.toFixed(0)} ms`);
      const found = recognise(request, ACCOUNT, models);
      if (found.kind === "refused") return false;
      const problem = rebuildProblem(found.call, request, models);
      if (problem !== undefined) throw new Error(`the rebuilt request: ${problem}`);
      return true;
    },
  }));
}

/** The least of some runs, where the first was too slow: what the input costs, not what the machine was doing. */
function millisecondsOver(run: () => unknown): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < REPEATS && least > MAX_MS; count += 1) {
    const started = performance.now();
    run();
    least = Math.min(least, performance.now() - started);
  }
  return least > MAX_MS ? least : undefined;
}

/** `<signing name> <method> <path>`, then `?name<tab>value` and `name:value` lines, an empty line, the body. */
function toBytes({ request: { signingName, method, path, query, headers, body } }: Vector): Buffer {
  const lines = [
    `${signingName} ${method} ${path}`,
    ...query.map(([name, value]) => `?${name}\t${value}`),
    ...Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}:${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\n")}\n\n`), Buffer.from(body, "base64")]);
}

function headBytes(input: Uint8Array): number {
  const end = Buffer.from(input.buffer, input.byteOffset, input.byteLength).indexOf("\n\n");
  return end < 0 ? input.length : end;
}

function toRequest(input: Uint8Array): SignedRequest {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const end = bytes.indexOf("\n\n");
  const [first = "", ...lines] = bytes.toString("utf8", 0, end < 0 ? bytes.length : end).split("\n");
  const [signingName = "", method = "", path = "/"] = first.split(" ");
  const query: QueryParameter[] = [];
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    if (line.startsWith("?")) {
      const [name = "", value = ""] = line.slice(1).split("\t");
      query.push([name, value]);
    } else {
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
      const known = headers.get(name);
      if (known) known.push(line.slice(colon + 1));
      else headers.set(name, [line.slice(colon + 1)]);
    }
  }
  const body = end < 0 ? new Uint8Array() : bytes.subarray(end + 2);
  return { method, path, query, headers, body, signingName, region: "eu-west-1" };
}
