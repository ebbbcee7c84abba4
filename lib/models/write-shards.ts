// Writes the shards: one file per signing name and an index of names and regions. Files that no service has any more
// are removed, so that the directory is always what one run of the generator made.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Shard } from "../../lambdas/recognition/shard.ts";
import { readJson, readServices } from "./botocore.ts";
import type { Partition } from "./endpoint-rules.ts";
import { iamDataVersion } from "./iam.ts";
import { packShards } from "./shards.ts";

export interface WrittenShards {
  readonly services: number;
  readonly operations: number;
  readonly bytes: number;
  readonly iamData: string;
}

/** Reads botocore's data directory and writes every shard into `target`. */
export function writeShards(directory: string, target: string): WrittenShards {
  const { partitions } = readJson(join(directory, "partitions.json")) as { partitions: Partition[] };
  const services = readServices(directory);
  const shards = packShards(services, partitions);
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(target)) rmSync(join(target, file));
  let bytes = write(join(target, "index.json"), index(shards, partitions));
  for (const shard of shards) bytes += write(join(target, `${shard.signingName}.json`), shard);
  return {
    services: services.length,
    operations: services.reduce((sum, { model }) => sum + Object.keys(model.operations).length, 0),
    bytes,
    iamData: iamDataVersion(),
  };
}

function index(shards: readonly Shard[], partitions: readonly Partition[]): object {
  return {
    signingNames: shards.map(({ signingName }) => signingName).sort(),
    partitions: Object.fromEntries(
      partitions.map(({ id, regions, outputs }) => [
        id,
        {
          suffix: outputs.dnsSuffix,
          regions: Object.keys(regions).filter((name) => !name.endsWith("-global")),
        },
      ]),
    ),
  };
}

function write(path: string, value: object): number {
  const text = `${JSON.stringify(value)}\n`;
  writeFileSync(path, text);
  return Buffer.byteLength(text);
}
