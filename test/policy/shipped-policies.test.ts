// Runs policies/tests/*.json as `npm run policy:test` does: requests against the policies as shipped, with the decision
// that is expected of them.

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runPolicyCases } from "../../lib/policy-case-run.ts";

const { results, unreached, bundle } = runPolicyCases(join(import.meta.dirname, "../../policies"));

describe("the shipped policies", () => {
  it.each(results.map((each) => [`${each.file}: ${each.name}`, each] as const))("%s", (_, { faults }) => {
    expect(faults).toEqual([]);
  });

  it("are shown by at least 200 cases", () => {
    expect(results.length).toBeGreaterThanOrEqual(200);
  });

  it("are each decisive in some case", () => {
    expect(unreached.map(({ id }) => id)).toEqual([]);
  });

  it("give no warning at synth", () => {
    expect(bundle.warnings).toEqual([]);
  });

  it("all tell a reason when they forbid", () => {
    const silent = bundle.policies.filter(
      ({ facts, annotations }) => facts.effect === "forbid" && annotations.reason === undefined,
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
  });
});
