// Reads AWS's answer: whole where it is small, else as a stream whose end is an act. Counts and hashes what goes on to the
// caller, which is what the record's digest is of.

import { createHash } from "node:crypto";
import { CountersignError } from "../boundary/errors.ts";
import { INLINE_BYTES } from "../recording/payloads.ts";

export interface Tally {
  readonly bytes: number;
  /** The first 8 KB of them, or all: what a record takes. */
  readonly head: Uint8Array;
  /** sha256, hex. */
  readonly digest: string;
}

/** Changes bytes on their way: what is certain by now, then the rest. */
export interface ByteFilter {
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

export type AnswerBody =
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | {
      readonly kind: "stream";
      /** `finish` is called once, when the last byte was passed on (with its tally) or when the stream ended early. */
      readonly chunks: (filter: ByteFilter, finish: Finish) => AsyncGenerator<Uint8Array>;
      /** Closes the connection without reading on. Never throws. */
      readonly discard: () => Promise<void>;
    };

/** Returns true when the end is on record. */
type Finish = (tally: Tally | "cut") => Promise<boolean>;

/**
 * @param atMost the bytes up to which an answer is read whole
 * @throws when the answer is cut within them
 */
export async function readAnswerBody(body: AsyncIterable<Uint8Array>, atMost: number): Promise<AnswerBody> {
  const rest = body[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= atMost) {
    const next = await rest.next();
    if (next.done === true) return { kind: "whole", bytes: Buffer.concat(parts) };
    parts.push(next.value);
    bytes += next.value.length;
  }
  return {
    kind: "stream",
    chunks(filter, finish) {
      const chunks = streamed(parts, rest, filter, finish);
      // Started here, since a generator that was left before its first step would skip its `finally`.
      void chunks.next();
      return chunks;
    },
    async discard() {
      await rest.return?.().catch(() => {});
    },
  };
}

export function tallyOf(bytes: Uint8Array): Tally {
  const counter = new Counter();
  counter.count(bytes);
  return counter.tally();
}

async function* streamed(
  parts: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  filter: ByteFilter,
  finish: Finish,
): AsyncGenerator<Uint8Array> {
  const counter = new Counter();
  let whole = false;
  let onRecord = false;
  try {
    yield new Uint8Array();
    for (const part of parts) yield counter.count(filter.push(part));
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield counter.count(filter.push(next.value));
    }
    yield counter.count(filter.end());
    whole = true;
  } finally {
    // Also when the client left or AWS cut the answer: each Intent gets its Outcome.
    await rest.return?.().catch(() => {});
    onRecord = await finish(whole ? counter.tally() : "cut");
  }
  // INVARIANT: an answer without its record never looks complete to the caller.
  if (!onRecord)
    throw new CountersignError("record_failed", "the outcome of this call could not be recorded");
}

class Counter {
  bytes = 0;
  readonly #hash = createHash("sha256");
  readonly #head: Uint8Array[] = [];

  count(chunk: Uint8Array): Uint8Array {
    if (this.bytes < INLINE_BYTES) this.#head.push(chunk.subarray(0, INLINE_BYTES - this.bytes));
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    return chunk;
  }

  tally(): Tally {
    const [first = new Uint8Array(), ...more] = this.#head;
    const head = more.length === 0 ? first : Buffer.concat(this.#head);
    return { bytes: this.bytes, digest: this.#hash.digest("hex"), head };
  }
}
