import { describe, expect, test } from "vitest";
import { type Finding, runCampaign, type Target } from "../../bench/fuzz/campaign.ts";
import { inputOf, randomOf } from "../../bench/fuzz/mutate.ts";
import { fuzzTargets } from "../../bench/fuzz/targets.ts";

const SEED = 7;
const MATERIAL = { seeds: [Buffer.from("hello")], words: ["a", "b"], maxBytes: 1_000 };

function findingsOf(accepts: Target["accepts"]): readonly Finding["kind"][] {
  const [report] = runCampaign([{ name: "planted", material: MATERIAL, accepts }], {
    seed: SEED,
    inputs: 40,
  });
  return report?.findings.map(({ kind }) => kind) ?? [];
}

describe("the parsers of the front door", () => {
  const targets = fuzzTargets();

  test("neither crash, stall, swell nor differ from a second reader over 20,000 hostile inputs", () => {
    const reports = runCampaign(targets, { seed: SEED, inputs: 20_000 });
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
    expect(reports.reduce((sum, { inputs }) => sum + inputs, 0)).toBeGreaterThanOrEqual(20_000);
    // An attack that is always refused at the first byte tries nothing.
    for (const { name, accepted } of reports) expect(accepted, name).toBeGreaterThan(0);
  });

  test.each(targets)(
    "$name takes one of its own seeds, so mutants of it go deep",
    ({ accepts, material }) => {
      expect(material.seeds.some((seed) => accepts(seed))).toBe(true);
    },
  );
});

describe("a campaign", () => {
  test("finds a parser that throws", () => {
    const kinds = findingsOf((input) => {
      if (input.length > 6) throw new RangeError("planted");
      return true;
    });
    expect(kinds).toContain("crash");
  });

  test("finds a parser that takes 200 ms for some input", () => {
    let slow = 0;
    const kinds = findingsOf((input) => {
      const until = performance.now() + (input.length > 20 && slow++ < 4 ? 230 : 0);
      while (performance.now() < until);
      return true;
    });
    expect(kinds).toContain("slow");
  });

  test("finds a parser that makes 64 MB of some input, and one that keeps them", () => {
    const kept: unknown[] = [];
    let calls = 0;
    const kinds = findingsOf(() => {
      if (calls++ < 4) kept.push(Buffer.alloc(80 * 1_048_576, 1));
      return true;
    });
    expect(kinds.filter((kind) => kind === "memory").length).toBeGreaterThanOrEqual(2);
  });

  test("makes the same inputs of the same seed, and others of another", () => {
    const made = (seed: number) =>
      Array.from({ length: 50 }, (_, index) => inputOf(MATERIAL, randomOf(seed, "t", index)).toString("hex"));
    expect(made(1)).toEqual(made(1));
    expect(made(2)).not.toEqual(made(1));
    expect(new Set(made(1)).size).toBeGreaterThan(40);
  });
});
