// Makes hostile inputs for a parser: mutated seeds, joined words of its grammar, plain noise, and now and then a very
// large one. Deterministic: an input depends on the seed, the parser's name and its number, and on nothing before it.

import { createHash } from "node:crypto";

export interface Material {
  readonly seeds: readonly Uint8Array[];
  /** Pieces of the grammar, and what sits at its borders. */
  readonly words: readonly string[];
  /** The largest input that this parser can be given. */
  readonly maxBytes: number;
}

/** A number from 0 up to `bound`, without it. */
export type Random = (bound: number) => number;

const LARGE_ONE_IN = 2_000;
const HUGE_ONE_IN = 10_000;
const LARGE_BYTES = 65_536;
const MOST_EDITS = 6;

/** The input with this number. */
export function inputOf(material: Material, random: Random): Buffer {
  const kind = random(100);
  const base = kind < 8 ? noise(random, 64) : kind < 22 ? phrase(material, random) : mutant(material, random);
  if (random(LARGE_ONE_IN) !== 0) return base.subarray(0, material.maxBytes);
  const bytes = random(HUGE_ONE_IN / LARGE_ONE_IN) === 0 ? material.maxBytes : LARGE_BYTES;
  return enlarged(base, Math.min(bytes, material.maxBytes), random);
}

/** Mulberry32 over a hash of the names: small, fast and the same everywhere. */
export function randomOf(seed: number, target: string, index: number): Random {
  let state = createHash("sha256").update(`${seed} ${target} ${index}`).digest().readUInt32LE(0);
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}

function noise(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random(most + 1) }, () => random(256)));
}

function phrase({ words }: Material, random: Random): Buffer {
  return Buffer.from(
    Array.from({ length: 1 + random(24) }, () => pick(words, random) ?? "").join(""),
    "latin1",
  );
}

function mutant(material: Material, random: Random): Buffer {
  let input: Buffer = Buffer.from(pick(material.seeds, random) ?? []);
  // Mostly one or two: an input that is nearly right goes further in.
  for (let edits = 1 + random(1 + random(MOST_EDITS)); edits > 0; edits--)
    input = edited(input, material, random);
  return input;
}

type Edit = (input: Buffer, at: number, material: Material, random: Random) => Buffer;

const EDITS: readonly Edit[] = [
  // one bit, one byte
  (input, at, _, random) => replaced(input, at, 1, Buffer.from([(input[at] ?? 0) ^ (1 << random(8))])),
  (input, at, _, random) => replaced(input, at, 1, Buffer.from([random(256)])),
  (input, at, _, random) => replaced(input, at, 0, Buffer.from([random(256)])),
  // a stretch less, twice, elsewhere, or cut off
  (input, at, _, random) => replaced(input, at, 1 + random(16), Buffer.alloc(0)),
  (input, at, _, random) => replaced(input, at, 0, input.subarray(at, at + 1 + random(64))),
  (input, at, _, random) =>
    replaced(input, random(input.length + 1), 0, input.subarray(at, at + 1 + random(16))),
  (input, at) => Buffer.from(input.subarray(0, at)),
  // a word of the grammar, put in or in place of something
  (input, at, { words }, random) => replaced(input, at, 0, wordOf(words, random)),
  (input, at, { words }, random) => replaced(input, at, 1 + random(8), wordOf(words, random)),
  // the end of another seed
  (input, at, { seeds }, random) => {
    const other = Buffer.from(pick(seeds, random) ?? []);
    return Buffer.concat([input.subarray(0, at), other.subarray(random(other.length + 1))]);
  },
];

function edited(input: Buffer, material: Material, random: Random): Buffer {
  const edit = pick(EDITS, random);
  return edit === undefined ? input : edit(input, random(input.length + 1), material, random);
}

/** One piece of the input many times over, in the place where it stood: deep, wide or long, by what the piece is. */
function enlarged(base: Buffer, bytes: number, random: Random): Buffer {
  const at = random(base.length + 1);
  const piece = base.subarray(at, at + 1 + random(12));
  const times = Math.floor(Math.max(bytes - base.length, 0) / Math.max(piece.length, 1));
  return replaced(base, at, 0, Buffer.alloc(times * piece.length, piece.length === 0 ? "[" : piece)).subarray(
    0,
    bytes,
  );
}

function wordOf(words: readonly string[], random: Random): Buffer {
  return Buffer.from(pick(words, random) ?? "", "latin1");
}

function replaced(input: Buffer, at: number, length: number, by: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), by, input.subarray(at + length)]);
}

function pick<T>(list: readonly T[], random: Random): T | undefined {
  return list[random(list.length)];
}
