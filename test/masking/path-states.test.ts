import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MemberMask, matchMask, namesExactly, parseMask } from "../../lambdas/masking/mask-paths.ts";
import { PathStates } from "../../lambdas/masking/path-states.ts";
import { stepsOf } from "./leaves.ts";

const MASKS = [
  ...["A", "A.B", "A[].B", "A[][]", "A.*", "*", "*.B", "A.B*", "B{}", "A.b.c", "A*.B[].A"],
  ...["**.B", "**.A.*", "**.A[].B", "**.b.c", "A.B.A.B.A"],
];
const PLACES = ["A", "B", "AB", "[0]", "[1]", "{A}", "{b}", "{b.c}", "{A.B}"];

const place = fc
  .tuple(fc.constantFrom("A", "B"), fc.array(fc.constantFrom(...PLACES), { maxLength: 6 }), fc.boolean())
  .map(([root, steps, isKey]) =>
    `${[root, ...steps].join(".")}${isKey ? ".{A}!" : ""}`.replaceAll(".[", "["),
  );

function maskOf(text: string): MemberMask {
  const mask = parseMask(text);
  if (mask?.kind !== "members") throw new Error(text);
  return mask;
}

describe("all paths at once", () => {
  it("match as each of them does alone, whatever was asked before", () => {
    const texts = fc.uniqueArray(fc.constantFrom(...MASKS), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(texts, fc.array(place, { minLength: 1, maxLength: 12 }), (paths, places) => {
        const masks = paths.map(maskOf);
        const states = new PathStates(
          masks.map((mask) => ({ ...mask, exact: false })),
          (matches) => matches,
        );
        for (const at of places) {
          const { whole, inside } = states.verdict(stepsOf(at));
          masks.forEach((mask, number) => {
            const match = matchMask(mask, stepsOf(at))?.kind;
            const kind = whole.includes(number) ? "whole" : undefined;
            const within = inside.some(({ pattern }) => pattern === number) ? "inside" : undefined;
            expect([at, paths[number], kind ?? within]).toEqual([at, paths[number], match]);
          });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("name a place exactly as each of them does alone", () => {
    const named = MASKS.map(maskOf).filter(({ anywhere, segments }) => {
      return !anywhere && segments.every((segment) => segment.kind === "items" || !segment.open);
    });
    const states = new PathStates(
      named.map((mask) => ({ ...mask, exact: true })),
      ({ whole }) => whole,
    );
    fc.assert(
      fc.property(place, (at) => {
        const numbers = named.flatMap((mask, number) => (namesExactly(mask, stepsOf(at)) ? [number] : []));
        expect(states.verdict(stepsOf(at))).toEqual(numbers);
      }),
      { numRuns: 500 },
    );
  });
});
