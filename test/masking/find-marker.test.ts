import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findMarker } from "../../lambdas/masking/find-marker.ts";
import { keyMarker, MARKER, markerFor } from "../../lambdas/masking/marker.ts";

const KEY = Buffer.from("key");

describe("a request that carries a marker back", () => {
  it.each([
    MARKER,
    keyMarker(3),
    markerFor("4111111111111111", "last4"),
    markerFor("value", "hash", KEY),
    `{"password":"${MARKER}"}`,
    encodeURIComponent(MARKER),
    encodeURIComponent(encodeURIComponent(MARKER)),
    MARKER.replace("[", "\\u005b"),
    Buffer.from(MARKER).toString("hex"),
  ])("is found in %s", (text) => {
    expect(findMarker({ Items: ["a", { Value: text }] })).toBe("Items[1].Value");
    expect(findMarker({ Blob: Buffer.from(text) })).toBe("Blob");
    expect(findMarker({ Map: { [text]: "v" } })).toMatch(/^Map\./);
  });

  it("is found in base64 wherever in a text the marker stands", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const encoded = Buffer.from(before + MARKER + after).toString("base64");
        expect(findMarker({ A: encoded })).toBe("A");
        expect(findMarker({ A: encoded.replaceAll("+", "-").replaceAll("/", "_") })).toBe("A");
      }),
    );
  });

  it.each(["masked", "[MASKED:COUNTERSIGN]", "[masked]", "countersign"])("is not seen in %s", (text) => {
    expect(findMarker({ A: text, B: 1, C: null, D: { kind: "number", text: "1.50" } })).toBeUndefined();
  });
});
