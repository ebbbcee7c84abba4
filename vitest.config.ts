import { defineConfig } from "vitest/config";

/** Rooms whose tests leave nothing behind in their process: their files share one, and with it models and wasm. */
const SHARING = [
  ...[
    "approval",
    "boundary",
    "identity",
    "ingress",
    "masking",
    "policy",
    "recognition",
    "recording",
    "upstream",
  ],
  ...["aws", "flow", "net"],
].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 120_000,
    globalSetup: ["test/e2e/global-setup.ts"],
    // Left to itself vitest keeps one core free: with two that is half of the machine. More than there are cores makes a
    // cold function of an end-to-end test wait so long for its turn that its own time limits end the call.
    maxWorkers: "100%",
    projects: [
      { extends: true, test: { name: "rooms", include: SHARING, isolate: false } },
      { extends: true, test: { name: "alone", include: ["test/**/*.test.ts"], exclude: SHARING } },
    ],
  },
});
