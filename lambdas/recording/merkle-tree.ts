// Merkle trees as RFC 6962, section 2.1, defines them: SHA-256, 0x00 before a leaf, 0x01 before a node, so that no node
// passes for a leaf. Pure. Trees are lists of leaf hashes; proofs are lists of hashes, from the leaf upwards.
// https://www.rfc-editor.org/rfc/rfc6962#section-2.1

import { createHash } from "node:crypto";

export type Hash = Uint8Array;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array): Hash {
  return createHash("sha256").update(LEAF).update(leaf).digest();
}

/** The root over these leaf hashes, in this order. Of none: SHA-256 of nothing. */
export function rootOf(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return createHash("sha256").digest();
  let level = leaves;
  // A last node without a neighbour goes up as it is: the same tree as the RFC's, which splits at powers of two.
  while (level.length > 1) {
    const above: Hash[] = [];
    for (let index = 0; index < level.length; index += 2)
      above.push(parentOf(level[index], level[index + 1]));
    level = above;
  }
  return at(level, 0);
}

/** PATH(m, D[n]): proves that leaf `index` is under the root. @throws RangeError when there is no such leaf */
export function inclusionProof(leaves: readonly Hash[], index: number): readonly Hash[] {
  if (!isIndex(index, leaves.length)) throw new RangeError("the tree has no such leaf");
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionProof(left, index), rootOf(right)]
    : [...inclusionProof(right, index - split), rootOf(left)];
}

export interface Inclusion {
  readonly leaf: Hash;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/** True when the proof leads from this leaf at this place to this root. RFC 9162, section 2.1.3.2. */
export function isIncluded({ leaf, index, size, root, proof }: Inclusion): boolean {
  if (!isIndex(index, size)) return false;
  let [place, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash);
      [place, last] = upPastLeft(place, last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(hash, root);
}

/** PROOF(m, D[n]): proves that the tree of the first `size` leaves is the beginning of this one. @throws RangeError */
export function consistencyProof(leaves: readonly Hash[], size: number): readonly Hash[] {
  if (!isIndex(size - 1, leaves.length)) throw new RangeError("the tree has no such beginning");
  return subProof(leaves, size, true);
}

export interface Consistency {
  readonly older: { readonly size: number; readonly root: Hash };
  readonly newer: { readonly size: number; readonly root: Hash };
  readonly proof: readonly Hash[];
}

/** True when the proof shows that the newer tree begins with the older one. RFC 9162, section 2.1.4.2. */
export function isConsistent({ older, newer, proof }: Consistency): boolean {
  if (!isIndex(older.size - 1, newer.size)) return false;
  if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
  // A whole older tree is a node of the newer one: the proof leaves it out.
  const [first, ...rest] = isPowerOfTwo(older.size) ? [older.root, ...proof] : proof;
  if (first === undefined) return false;
  let [place, last] = upPastLeft(older.size - 1, newer.size - 1, true);
  let [olderHash, newerHash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      olderHash = nodeHash(sibling, olderHash);
      newerHash = nodeHash(sibling, newerHash);
      [place, last] = upPastLeft(place, last);
    } else {
      newerHash = nodeHash(newerHash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(olderHash, older.root) && same(newerHash, newer.root);
}

function subProof(leaves: readonly Hash[], size: number, isWhole: boolean): readonly Hash[] {
  if (size === leaves.length) return isWhole ? [] : [rootOf(leaves)];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return size <= split
    ? [...subProof(left, size, isWhole), rootOf(right)]
    : [...subProof(right, size - split, false), rootOf(left)];
}

/**
 * Goes up while the node has no sibling on its way: from a right edge that stands alone, or, at the `start` of a
 * consistency proof, from right children.
 */
function upPastLeft(place: number, last: number, start = false): [number, number] {
  let [node, edge] = [place, last];
  while (start ? node % 2 === 1 : node % 2 === 0 && node !== 0) [node, edge] = [half(node), half(edge)];
  return [node, edge];
}

function parentOf(left: Hash | undefined, right: Hash | undefined): Hash {
  if (left === undefined) throw new RangeError("a node needs a child");
  return right === undefined ? left : nodeHash(left, right);
}

function nodeHash(left: Hash, right: Hash): Hash {
  return createHash("sha256").update(NODE).update(left).update(right).digest();
}

/** The largest power of two below `count`, which is 2 or more. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

function isPowerOfTwo(count: number): boolean {
  return splitOf(count + 1) === count;
}

function isIndex(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
}

function half(count: number): number {
  return Math.floor(count / 2);
}

function at(hashes: readonly Hash[], index: number): Hash {
  const hash = hashes[index];
  if (hash === undefined) throw new RangeError("there is no such hash");
  return hash;
}

function same(one: Hash, other: Hash): boolean {
  return Buffer.compare(one, other) === 0;
}
