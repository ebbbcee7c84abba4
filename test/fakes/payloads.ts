// The bucket of payloads in memory. The adapter over S3 keeps the same contract: test/aws/payloads.test.ts.

import { createHash } from "node:crypto";
import { type PayloadReader, type Payloads, payloadKey } from "../../lambdas/recording/payloads.ts";

export interface FakePayloads extends Payloads, PayloadReader {
  readonly objects: Map<string, Uint8Array>;
  /** How often something was to be stored, also what stood there already. */
  puts: number;
  /** While set, every call fails with it: a bucket that is down. */
  failure: Error | undefined;
}

export function fakePayloads(): FakePayloads {
  const fake: FakePayloads = {
    objects: new Map(),
    puts: 0,
    failure: undefined,
    async put(session, bytes) {
      fake.puts += 1;
      if (fake.failure !== undefined) throw fake.failure;
      const key = payloadKey(session, createHash("sha256").update(bytes).digest("hex"));
      if (!fake.objects.has(key)) fake.objects.set(key, Uint8Array.from(bytes));
      return key;
    },
    async get(session, digest) {
      if (fake.failure !== undefined) throw fake.failure;
      const bytes = fake.objects.get(payloadKey(session, digest));
      if (bytes === undefined) return "none";
      if (createHash("sha256").update(bytes).digest("hex") !== digest)
        throw new Error("a stored payload is not what its name says");
      return bytes;
    },
  };
  return fake;
}
