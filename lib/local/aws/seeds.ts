// Fills accounts past IAM, as their owners would before agents came: what exists already is overwritten.

import { randomUUID } from "node:crypto";
import type { BucketSeed, KeySpec, ParameterSeed, SecretSeed, Seeds, TableSpec } from "./contract.ts";
import type { DynamoStores } from "./dynalite-store.ts";
import { storedObject } from "./s3-writes.ts";
import { putVersion, secretArn } from "./secrets-manager.ts";
import type { Bucket, Secret, World } from "./world.ts";

export function createSeeds(world: World, stores: DynamoStores, region: string, now: () => number): Seeds {
  return {
    bucket(account, seed) {
      putBucket(world, account, seed, region, now());
      world.touch();
    },
    emptyBucket(account, name) {
      world.account(account).buckets.get(name)?.objects.clear();
      world.touch();
    },
    async table(account: string, table: TableSpec, items) {
      await stores.ensureTable(account, table);
      for (const item of items) await stores.run(account, "PutItem", { TableName: table.name, Item: item });
    },
    secret(account: string, { name, value, previous, kmsKeyArn }: SecretSeed) {
      const arn = secretArn(account, region, name);
      putSecret(
        world,
        account,
        { arn, name, kmsKeyArn },
        previous === undefined ? [value] : [previous, value],
        now(),
      );
      return arn;
    },
    parameter(account: string, { name, value, kmsKeyArn }: ParameterSeed) {
      world.account(account).parameters.set(name, { name, value, kmsKeyArn, version: 1, modified: now() });
      world.touch();
    },
    key(account: string, { keyId, arn }: KeySpec) {
      world.addKey(account, keyId, arn, "ENCRYPT_DECRYPT");
    },
    user(account: string, name: string) {
      world.account(account).users.set(name, { name, path: "/", created: now() });
      world.touch();
    },
    tags(account: string, arn: string, tags: Readonly<Record<string, string>>) {
      const kept = world.account(account);
      kept.tags ??= new Map();
      kept.tags.set(arn, new Map(Object.entries(tags)));
      world.touch();
    },
  };
}

/** Replaces a secret by one with these values, the last of them current. */
export function putSecret(
  world: World,
  account: string,
  { arn, name, kmsKeyArn }: Pick<Secret, "arn" | "name" | "kmsKeyArn">,
  values: readonly string[],
  now: number,
): void {
  const secret: Secret = { arn, name, kmsKeyArn, created: now, versions: new Map(), stages: new Map() };
  for (const value of values) putVersion(secret, value, randomUUID(), now);
  world.account(account).secrets.set(name, secret);
  world.touch();
}

export function putBucket(
  world: World,
  account: string,
  seed: BucketSeed,
  region: string,
  now: number,
): void {
  const { buckets } = world.account(account);
  const bucket: Bucket = {
    name: seed.name,
    region,
    created: buckets.get(seed.name)?.created ?? now,
    kmsKeyArn: seed.kmsKeyArn,
    objects: buckets.get(seed.name)?.objects ?? new Map(),
    ...(seed.objectLock !== undefined && { objectLock: seed.objectLock }),
  };
  for (const { key, body, contentType } of seed.objects) {
    const stored = storedObject(Buffer.from(body), {
      modified: now,
      headers: new Map([["content-type", contentType ?? "binary/octet-stream"]]),
      checksum: undefined,
      kmsKeyArn: seed.kmsKeyArn,
    });
    bucket.objects.set(key, stored);
  }
  buckets.set(seed.name, bucket);
}
