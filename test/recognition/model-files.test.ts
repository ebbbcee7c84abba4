// The shards on disk: only names that the index lists ever become part of a file name.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelFiles } from "../../lambdas/boundary/model-files.ts";

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "shards-"));
  writeFileSync(join(path, "index.json"), JSON.stringify({ signingNames: ["one"], partitions: {} }));
  writeFileSync(join(path, "one.json"), JSON.stringify({ signingName: "one", services: [] }));
  writeFileSync(join(path, "secret.json"), "{}");
  return path;
}

describe("modelFiles", () => {
  it("reads a shard once and gives the same object again", () => {
    const path = directory();
    const models = modelFiles(path);
    const first = models.shard("one");
    expect(first).toEqual({ signingName: "one", services: [] });
    writeFileSync(join(path, "one.json"), "broken");
    expect(models.shard("one")).toBe(first);
  });

  it.each(["secret", "index", "../one", "one.json", "", "ONE", "__proto__"])(
    "has no shard for %j",
    (name) => {
      expect(modelFiles(directory()).shard(name)).toBeUndefined();
    },
  );

  it("fails loudly when there is no index", () => {
    expect(() => modelFiles(join(tmpdir(), "no-such-directory"))).toThrow(/ENOENT/);
  });
});
