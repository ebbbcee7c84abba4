// Fetching and keeping keys, by scenario; and what a fetcher's fault does.

import { describe, expect, it } from "vitest";
import * as verifierModule from "../../../lambdas/identity/token/token-verifier.ts";
import { goodToken, ISSUER_CONFIG, NOW } from "./issue.ts";
import { SCENARIOS } from "./keyring-scenarios.ts";

describe("keys of an issuer", () => {
  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, { play }) => {
    await expect(play(verifierModule)).resolves.toBeUndefined();
  });

  it("throws a fault of the fetcher that is no JwksUnavailable, and tries again for the next token", async () => {
    let fetches = 0;
    const verifier = verifierModule.createTokenVerifier({
      issuers: [ISSUER_CONFIG],
      fetcher: {
        fetch: async () => {
          fetches += 1;
          throw new RangeError("a bug");
        },
      },
      now: () => NOW + 5 * fetches,
    });
    await expect(verifier.verify(goodToken())).rejects.toThrow(RangeError);
    await expect(verifier.verify(goodToken())).rejects.toThrow(RangeError);
    expect(fetches).toBe(2);
  });
});
