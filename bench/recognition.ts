// Times recognition alone: routing and parsing of three usual calls in a warm process, and a service's first call in a
// fresh one (its shard is read and unpacked then).

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Bench } from "tinybench";
import { modelFiles } from "../lambdas/boundary/model-files.ts";
import type { SignedRequest } from "../lambdas/model/signed-request.ts";
import { recognise } from "../lambdas/recognition/recognise.ts";

const MODELS = join(import.meta.dirname, "../lambdas/recognition/models");
const ACCOUNT = { account: "111122223333", partition: "aws" };
const RUNS = 7;

export interface RecognitionFigures {
  /** Median of warm calls. */
  readonly warm: readonly { readonly name: string; readonly microseconds: number }[];
  /** Median over fresh processes: from the first look at the request to the call, the shard's reading included. */
  readonly first: readonly { readonly name: string; readonly milliseconds: number }[];
}

/** @throws when one of the requests is refused: then there is nothing to time. */
export async function recognitionFigures(): Promise<RecognitionFigures> {
  const models = modelFiles(MODELS);
  const bench = new Bench({ time: 400, warmupTime: 200 });
  for (const [name, request] of Object.entries(usualRequests())) {
    const found = recognise(request, ACCOUNT, models);
    if (found.kind === "refused") throw new Error(`${name} is refused: ${found.message}`);
    bench.add(name, () => void recognise(request, ACCOUNT, models));
  }
  await bench.run();
  return {
    warm: bench.tasks.map(({ name, result }) => {
      if (!("latency" in result)) throw new Error(`${name} failed`);
      return { name, microseconds: result.latency.p50 * 1_000 };
    }),
    first: Object.keys(usualRequests()).map((name) => ({ name, milliseconds: firstCall(name) })),
  };
}

/** In a fresh process, so that nothing is compiled or read yet but the modules themselves. */
function firstCall(name: string): number {
  const script =
    `const { firstCallOf } = await import(${JSON.stringify(import.meta.url)});` +
    `console.log(firstCallOf(${JSON.stringify(name)}));`;
  const times = Array.from({ length: RUNS }, () =>
    Number(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" })),
  ).sort((one, other) => one - other);
  return times[Math.floor(RUNS / 2)] ?? 0;
}

/** For the fresh process only: milliseconds of this process's first recognition. */
export function firstCallOf(name: string): number {
  const request = usualRequests()[name];
  if (!request) throw new Error(`there is no request called ${name}`);
  const models = modelFiles(MODELS);
  const started = performance.now();
  const { kind } = recognise(request, ACCOUNT, models);
  const milliseconds = performance.now() - started;
  if (kind === "refused") throw new Error(`${name} is refused`);
  return milliseconds;
}

function usualRequests(): Readonly<Record<string, SignedRequest>> {
  const text = (body: string): Uint8Array => Buffer.from(body);
  const request = (signingName: string, headers: Record<string, string>, parts: Partial<SignedRequest>) => ({
    method: "POST",
    path: "/",
    query: [],
    body: new Uint8Array(),
    region: "eu-west-1",
    ...parts,
    signingName,
    headers: new Map(Object.entries(headers).map(([name, value]): [string, string[]] => [name, [value]])),
  });
  return {
    "dynamodb GetItem": request(
      "dynamodb",
      { "x-amz-target": "DynamoDB_20120810.GetItem", "content-type": "application/x-amz-json-1.0" },
      { body: text('{"TableName":"orders","Key":{"id":{"S":"A-1"}},"ConsistentRead":true}') },
    ),
    "s3 PutObject, 1 KB": request(
      "s3",
      { "content-type": "text/plain", "x-amz-meta-owner": "reports", "x-amz-checksum-crc32": "NhCmhg==" },
      { method: "PUT", path: "/reports/2026/01/day%2031.txt", body: new Uint8Array(1_024) },
    ),
    "ec2 DescribeInstances": request(
      "ec2",
      { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      {
        body: text(
          "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-state-name&Filter.1.Value.1=running" +
            "&InstanceId.1=i-0123456789abcdef0&InstanceId.2=i-0123456789abcdef1&MaxResults=100",
        ),
      },
    ),
  };
}
