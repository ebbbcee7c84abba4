// Writes the shards: one file per signing name and an index of names and regions, and beside them, in `answers`, one
// file per signing name for what answers hold. Files that no service has any more
// are removed, so that the directory is always what one run of the generator made.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Shard } from "../../lambdas/recognition/shard.ts";
import { documentedOperations } from "./action-table.ts";
import { type BotocoreService, readJson, readServices } from "./botocore.ts";
import type { Partition } from "./endpoint-rules.ts";
import { iamDataVersion } from "./iam.ts";
import { SDK_CLIENTS, sdkExports, sdkVersion } from "./sdk-clients.ts";
import { type Merged, mergeSdk } from "./sdk-merge.ts";
import { packAnswerShards, packShards } from "./shards.ts";
import { vendingOperations } from "./vending.ts";

export interface WrittenShards {
  readonly services: number;
  readonly operations: number;
  readonly bytes: number;
  /** Of the shards of answers. */
  readonly answerBytes: number;
  readonly iamData: string;
  readonly sdk: string;
  /** What the SDK's schemas had beyond botocore's models. */
  readonly fromSdk: { readonly operations: number; readonly members: number };
}

/** Reads botocore's data directory and writes every shard into `target`. */
export function writeShards(directory: string, target: string): WrittenShards {
  const { partitions } = readJson(join(directory, "partitions.json")) as { partitions: Partition[] };
  const read = readServices(directory);
  const merged = read.map((service) => withSdk(service, "requests"));
  const services = merged.map(({ service }) => service);
  refuseUnknownEntries(services);
  const shards = packShards(services, partitions);
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(target)) rmSync(join(target, file), { recursive: true });
  let bytes = write(join(target, "index.json"), index(shards, partitions));
  for (const shard of shards) bytes += write(join(target, `${shard.signingName}.json`), shard);
  let answerBytes = 0;
  mkdirSync(join(target, "answers"));
  const answering = read.map((service) => withSdk(service, "answers").service);
  for (const shard of packAnswerShards(answering, partitions)) {
    answerBytes += write(join(target, "answers", `${shard.signingName}.json`), shard);
  }
  return {
    services: services.length,
    operations: services.reduce((sum, { model }) => sum + Object.keys(model.operations).length, 0),
    bytes,
    answerBytes,
    iamData: iamDataVersion(),
    sdk: sdkVersion(),
    fromSdk: {
      operations: merged.reduce((sum, { operations }) => sum + operations, 0),
      members: merged.reduce((sum, { members }) => sum + members, 0),
    },
  };
}

function withSdk(service: BotocoreService, side: "requests" | "answers"): Merged {
  const client = SDK_CLIENTS.find((each) => each.service === service.name);
  return client ? mergeSdk(service, sdkExports(client), side) : { service, operations: 0, members: 0 };
}

/** A hand-written entry that no model has is a typing error, or an operation that AWS removed: never silence. */
function refuseUnknownEntries(services: readonly BotocoreService[]): void {
  const known = new Map(services.map(({ name, model }) => [name, new Set(Object.keys(model.operations))]));
  const unknown = [...documentedOperations(), ...vendingOperations()]
    .filter(({ service, operation }) => !known.get(service)?.has(operation))
    .map(({ service, operation }) => `${service}:${operation}`);
  if (unknown.length > 0) throw new Error(`no model has these hand-written entries: ${unknown.join(", ")}`);
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
