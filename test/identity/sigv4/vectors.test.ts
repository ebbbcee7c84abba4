import { describe, expect, test } from "vitest";
import { NOW } from "./independent-signer.ts";
import { judge } from "./judge.ts";
import { complaints, eventOf, readVectors, type Vector } from "./vector.ts";

const TABLES = ["honest", "authorization", "time", "coverage", "tampering", "paths", "payload", "chunked"];

for (const table of TABLES) {
  describe(`signature vectors: ${table}`, () => {
    const vectors = readVectors<Vector>(`${table}.json`);

    test.each(vectors)("$name: $expect", (vector) => {
      expect(complaints(vector, judge(eventOf(vector), NOW + (vector.later ?? 0)))).toEqual([]);
    });

    test("are each named once", () => {
      expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    });
  });
}
