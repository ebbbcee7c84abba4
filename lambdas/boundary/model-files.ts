// Reads the model shards from the bundle, each at most once. The signing name is caller-controlled: it must be one that
// the index lists before it becomes part of a file name.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnswerShard, AnswerSource, ModelSource, Shard } from "../recognition/shard.ts";

/** The shards in `directory` and its `answers`. A missing or broken directory is a fault and is thrown. */
export function modelFiles(directory: string): ModelSource & AnswerSource {
  const index = readJson(join(directory, "index.json")) as { readonly signingNames: readonly string[] };
  const names = new Set(index.signingNames);
  const once = <T>(folder: string): ((signingName: string) => T | undefined) => {
    const read = new Map<string, T>();
    return (signingName) => {
      if (!names.has(signingName)) return undefined;
      const known = read.get(signingName);
      if (known) return known;
      const shard = readJson(join(folder, `${signingName}.json`)) as T;
      read.set(signingName, shard);
      return shard;
    };
  };
  return { shard: once<Shard>(directory), answers: once<AnswerShard>(join(directory, "answers")) };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
