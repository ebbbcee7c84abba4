import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    globalSetup: ["test/e2e/global-setup.ts"],
    // Left to itself vitest keeps one core free: with two that is half of the machine. More than there are cores makes a
    // cold function of an end-to-end test wait so long for its turn that its own time limits end the call.
    maxWorkers: "100%",
  },
});
