// A session id is 128 bits that nobody can guess, in the form that model/ids.ts checks.

import { describe, expect, it } from "vitest";
import { parseSessionId } from "../../lambdas/model/ids.ts";
import { newNonce, newSessionId } from "../../lambdas/net/randomness.ts";

const IDS = Array.from({ length: 4_000 }, newSessionId);

describe("a session id", () => {
  it("has the form of a session id, every time", () => {
    expect(IDS.every((id) => parseSessionId(id) === id)).toBe(true);
  });

  it("never comes twice", () => {
    expect(new Set(IDS).size).toBe(IDS.length);
  });

  it("uses every character in each of its first 25 places, and the eight of 3 bits in the last", () => {
    const seen = (place: number) => new Set(IDS.map((id) => id[place])).size;
    // 4,000 draws miss one of 32 characters with a chance of 32 * (31/32)^4000 < 1e-53.
    expect(Array.from({ length: 26 }, (_, place) => seen(place))).toEqual([...Array(25).fill(32), 8]);
  });
});

describe("a nonce", () => {
  it("tells two writes apart", () => {
    expect(newNonce()).not.toBe(newNonce());
  });
});
