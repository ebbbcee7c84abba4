// The tree is RFC 6962's. Roots and proofs of the eight inputs are those of Certificate Transparency's reference
// implementation (github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc; the same in
// github.com/transparency-dev/merkle, testonly/constants.go).

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  consistencyProof,
  type Hash,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  rootOf,
} from "../../lambdas/recording/merkle-tree.ts";

const INPUTS = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEAVES = INPUTS.map((text) => leafHash(Buffer.from(text, "hex")));
const hex = (hashes: readonly Hash[]) => hashes.map((hash) => Buffer.from(hash).toString("hex"));

describe("the published vectors", () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))("of %i leaves have this root", (size, root) => {
    expect(hex([rootOf(LEAVES.slice(0, size))])).toEqual([root]);
  });

  it.each<[index: number, size: number, proof: readonly string[]]>([
    [0, 1, []],
    [
      0,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      5,
      8,
      [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
  ])("prove that leaf %i is among %i", (index, size, proof) => {
    expect(hex(inclusionProof(LEAVES.slice(0, size), index))).toEqual(proof);
  });

  it.each<[older: number, newer: number, proof: readonly string[]]>([
    [1, 1, []],
    [
      1,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      6,
      8,
      [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
    [
      2,
      5,
      [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ],
    ],
  ])("prove that %i leaves begin %i", (older, newer, proof) => {
    expect(hex(consistencyProof(LEAVES.slice(0, newer), older))).toEqual(proof);
  });
});

/** The RFC's own recursion, as a second opinion. */
function naiveRoot(leaves: readonly Hash[]): Hash {
  const [only] = leaves;
  if (only === undefined) return createHash("sha256").digest();
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const halves = [naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split))];
  return createHash("sha256")
    .update(Buffer.concat([Uint8Array.of(1), ...halves]))
    .digest();
}

const manyLeaves = (size: number) =>
  Array.from({ length: size }, (_, each) => leafHash(Buffer.from(`${each}`)));
const SIZE = fc.integer({ min: 1, max: 70 });
const flipped = (hash: Hash | undefined, bit: number) => {
  const bytes = Buffer.from(hash ?? []);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes;
};

describe("trees of every size", () => {
  it("have the root of the RFC's recursion", () => {
    for (let size = 0; size <= 130; size += 1) {
      expect(rootOf(manyLeaves(size))).toEqual(naiveRoot(manyLeaves(size)));
    }
  });

  it("prove each leaf at its place and at no other", () => {
    fc.assert(
      fc.property(SIZE, fc.nat(), fc.nat(), (size, a, b) => {
        const [leaves, index, other] = [manyLeaves(size), a % size, b % size];
        const [root, proof] = [rootOf(leaves), inclusionProof(leaves, index)];
        const leaf = leaves[index] ?? Buffer.alloc(0);
        expect(isIncluded({ leaf, index, size, root, proof })).toBe(true);
        expect(isIncluded({ leaf, index: other, size, root, proof })).toBe(other === index);
      }),
    );
  });

  it("prove each beginning, and no other tree", () => {
    fc.assert(
      fc.property(SIZE, fc.nat(), fc.nat(255), (size, a, bit) => {
        const [leaves, beginning] = [manyLeaves(size), (a % size) + 1];
        const proof = consistencyProof(leaves, beginning);
        const older = { size: beginning, root: rootOf(leaves.slice(0, beginning)) };
        const newer = { size, root: rootOf(leaves) };
        expect(isConsistent({ older, newer, proof })).toBe(true);
        const forked = { ...older, root: flipped(older.root, bit) };
        expect(isConsistent({ older: forked, newer, proof })).toBe(false);
        expect(isConsistent({ older, newer: { ...newer, root: flipped(newer.root, bit) }, proof })).toBe(
          false,
        );
      }),
    );
  });

  it("refuse a proof with a changed, absent or further hash", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(), fc.nat(255), (size, a, b, bit) => {
        const [leaves, index] = [manyLeaves(size), a % size];
        const proof = inclusionProof(leaves, index);
        const at = b % proof.length;
        const claim = { leaf: leaves[index] ?? Buffer.alloc(0), index, size, root: rootOf(leaves) };
        expect(isIncluded({ ...claim, proof: proof.with(at, flipped(proof[at], bit)) })).toBe(false);
        expect(isIncluded({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...proof, claim.leaf] })).toBe(false);
      }),
    );
  });

  it("have no leaf and no beginning outside of them", () => {
    expect(() => inclusionProof(LEAVES, 8)).toThrow(RangeError);
    expect(() => consistencyProof(LEAVES, 0)).toThrow(RangeError);
    expect(() => consistencyProof(LEAVES, 9)).toThrow(RangeError);
    const [root, leaf] = [rootOf(LEAVES), LEAVES[0] ?? Buffer.alloc(0)];
    expect(isIncluded({ leaf, index: -1, size: 8, root, proof: [] })).toBe(false);
    expect(isConsistent({ older: { size: 0, root }, newer: { size: 8, root }, proof: [] })).toBe(false);
  });
});
