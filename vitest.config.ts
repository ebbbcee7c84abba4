import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // One more than there are cores: the end-to-end tests wait a good part of their time.
    maxWorkers: availableParallelism() + 1,
  },
});
