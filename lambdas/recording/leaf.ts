// What a checkpoint proves of one record: its two keys and its text, byte for byte as they are stored. Pure. The parts
// are length-prefixed, so that no other keys and text give the same bytes, whatever an agent wrote into them.
// docs/record-format.md is the specification, its vectors are the test.

import { leafHash } from "./merkle-tree.ts";

/** A record as the table and an export hold it. */
export interface StoredText {
  readonly pk: string;
  readonly sk: string;
  /** The record's JSON text, exactly. */
  readonly record: string;
}

const PURPOSE = "countersign record 1";

/** The bytes of the leaf. The strings must be well-formed: a lone surrogate has no UTF-8. */
export function leafBytes({ pk, sk, record }: StoredText): Uint8Array {
  const parts = [PURPOSE, pk, sk, record].map((part) => Buffer.from(part, "utf8"));
  return Buffer.concat(parts.flatMap((part) => [Buffer.from(`${part.length}:`, "latin1"), part]));
}

/** The leaf's hash in the Merkle tree, hex. */
export function leafHashOf(stored: StoredText): string {
  return Buffer.from(leafHash(leafBytes(stored))).toString("hex");
}
