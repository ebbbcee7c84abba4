// Reads AWS's answer: whole where it is small, else as a stream whose end is an act. Counts and hashes what goes by.

import { createHash } from "node:crypto";
import { CountersignError } from "../boundary/errors.ts";

const BUFFER_BYTES = 1_048_576; // answers up to 1 MB wait for their Outcome; S3 objects beyond that stream

export interface Tally {
  readonly bytes: number;
  /** sha256, hex. */
  readonly digest: string;
}

export type AnswerBody =
  | { readonly kind: "whole"; readonly bytes: Uint8Array; readonly tally: Tally }
  /** `finish` is called once, when the last byte was passed on (with its tally) or when the stream ended early. */
  | { readonly kind: "stream"; readonly chunks: (finish: Finish) => AsyncGenerator<Uint8Array> };

/** Returns true when the end is on record. */
type Finish = (tally: Tally | "cut") => Promise<boolean>;

/** @throws when the answer is cut within its first megabyte. */
export async function readAnswerBody(body: AsyncIterable<Uint8Array>): Promise<AnswerBody> {
  const counter = new Counter();
  const rest = body[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  while (counter.bytes <= BUFFER_BYTES) {
    const next = await rest.next();
    if (next.done === true) return { kind: "whole", bytes: Buffer.concat(parts), tally: counter.tally() };
    parts.push(counter.count(next.value));
  }
  return {
    kind: "stream",
    chunks(finish) {
      const chunks = streamed(parts, rest, counter, finish);
      // Started here, since a generator that was left before its first step would skip its `finally`.
      void chunks.next();
      return chunks;
    },
  };
}

async function* streamed(
  parts: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  counter: Counter,
  finish: Finish,
): AsyncGenerator<Uint8Array> {
  let whole = false;
  let onRecord = false;
  try {
    yield new Uint8Array();
    yield* parts;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield counter.count(next.value);
    }
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

  count(chunk: Uint8Array): Uint8Array {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    return chunk;
  }

  tally(): Tally {
    return { bytes: this.bytes, digest: this.#hash.digest("hex") };
  }
}
