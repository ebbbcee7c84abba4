import { describe, expect, test } from "vitest";
import { NOW } from "./independent-signer.ts";
import { judge } from "./judge.ts";
import { eventOf, readVectors, type Vector } from "./vector.ts";

const TABLES = ["honest", "authorization", "time", "coverage", "tampering", "paths", "payload", "chunked"];

for (const table of TABLES) {
  describe(`signature vectors: ${table}`, () => {
    const vectors = readVectors<Vector>(`${table}.json`);

    test.each(vectors)("$name: $expect", (vector) => {
      const { end, message } = judge(eventOf(vector), NOW + (vector.later ?? 0));
      expect(`${end} ${message}`).toContain(vector.expect);
      expect(end).toBe(vector.expect);
      expect(message).toContain(vector.says ?? "");
    });

    test("are each named once", () => {
      expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    });
  });
}
