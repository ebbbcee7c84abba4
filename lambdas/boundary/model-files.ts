// Reads the model shards from the bundle, each at most once. The signing name is caller-controlled: it must be one that
// the index lists before it becomes part of a file name.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelSource, Shard } from "../recognition/shard.ts";

/** The shards in `directory`. A missing or broken directory is a fault and is thrown. */
export function modelFiles(directory: string): ModelSource {
  const index = readJson(join(directory, "index.json")) as { readonly signingNames: readonly string[] };
  const names = new Set(index.signingNames);
  const shards = new Map<string, Shard>();
  return {
    shard(signingName) {
      if (!names.has(signingName)) return undefined;
      const known = shards.get(signingName);
      if (known) return known;
      const shard = readJson(join(directory, `${signingName}.json`)) as Shard;
      shards.set(signingName, shard);
      return shard;
    },
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
