// A payload is stored once under its digest, and read as what its name says or not at all: one contract, held by the
// adapter over the small AWS's S3, with the grants that its functions have, and by the fake.

import { createHash } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createPayloadReader, createPayloads } from "../../lambdas/aws/payloads.ts";
import type { SessionId } from "../../lambdas/model/ids.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import { type PayloadReader, type Payloads, payloadKey } from "../../lambdas/recording/payloads.ts";
import { fakePayloads } from "../fakes/payloads.ts";
import { allow, GATEWAY, type Json, type Lab, openLab } from "../local/aws/harness.ts";

const BUCKET = "payloads-bucket";
const OBJECTS = `arn:aws:s3:::${BUCKET}/payloads/*`;
// As lib/payloads-bucket.ts grants them.
const ADDS = allow("s3:PutObject", OBJECTS, { Null: { "s3:if-none-match": "false" } });
const READS = [allow("s3:GetObject", OBJECTS), allow("s3:ListBucket", `arn:aws:s3:::${BUCKET}`)];

const BYTES = Buffer.from([0xff, 0x00, ...Buffer.from("ü\n".repeat(6_000))]);
const DIGEST = createHash("sha256").update(BYTES).digest("hex");

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
  lab.aws.seed.bucket(GATEWAY, { name: BUCKET, objects: [] });
});
afterEach(() => {
  lab.aws.heal();
  vi.restoreAllMocks();
});
afterAll(() => lab.stop());

const client = (grants: Json[], maxAttempts = 1): S3Client =>
  new S3Client({ ...lab.client(lab.roleWith(GATEWAY, ...grants)), maxAttempts });
const writer = (maxAttempts?: number): Payloads =>
  createPayloads({ client: client([ADDS], maxAttempts), bucket: BUCKET });
const reader = (): PayloadReader => createPayloadReader({ client: client(READS), bucket: BUCKET });

interface Store {
  readonly payloads: Payloads;
  readonly reader: PayloadReader;
  /** Puts other bytes under the key, past all grants. */
  tamper(key: string): void;
  breakDown(): void;
}

function overS3(): Store {
  return {
    payloads: writer(),
    reader: reader(),
    tamper: (key) => lab.aws.seed.bucket(GATEWAY, { name: BUCKET, objects: [{ key, body: "tampered" }] }),
    breakDown: () => lab.aws.fail({ service: "s3", how: "500", times: Number.POSITIVE_INFINITY }),
  };
}

function inMemory(): Store {
  const fake = fakePayloads();
  return {
    payloads: fake,
    reader: fake,
    tamper: (key) => void fake.objects.set(key, Buffer.from("tampered")),
    breakDown: () => {
      fake.failure = new Error("the bucket is down");
    },
  };
}

describe.each<[string, () => Store]>([
  ["the adapter", overS3],
  ["the fake", inMemory],
])("payloads: %s", (_, make) => {
  it("are stored under session and digest, and read back byte for byte", async () => {
    const { payloads, reader: readers } = make();
    const session = newSessionId();
    expect(await payloads.put(session, BYTES)).toBe(payloadKey(session, DIGEST));
    expect(Buffer.from((await readers.get(session, DIGEST)) as Uint8Array)).toEqual(BYTES);
  });

  it("may be put again, to the same key", async () => {
    const { payloads } = make();
    const session = newSessionId();
    const keys = [await payloads.put(session, BYTES), await payloads.put(session, BYTES)];
    expect(keys).toEqual([payloadKey(session, DIGEST), payloadKey(session, DIGEST)]);
  });

  it("are none under another session, or another digest", async () => {
    const { payloads, reader: readers } = make();
    const session = newSessionId();
    await payloads.put(session, BYTES);
    expect(await readers.get(newSessionId(), DIGEST)).toBe("none");
    expect(await readers.get(session, "0".repeat(64))).toBe("none");
  });

  it("that are not what their name says are not read", async () => {
    const { payloads, reader: readers, tamper } = make();
    const session = newSessionId();
    tamper(await payloads.put(session, BYTES));
    await expect(readers.get(session, DIGEST)).rejects.toThrow("not what its name says");
  });

  it("throw when the bucket is down", async () => {
    const { payloads, reader: readers, breakDown } = make();
    const session = newSessionId();
    await payloads.put(session, BYTES);
    breakDown();
    await expect(payloads.put(session, BYTES)).rejects.toThrow();
    await expect(readers.get(session, DIGEST)).rejects.toThrow();
  });
});

describe("payloads in the bucket", () => {
  it("are never replaced: what stands under a key stays, though it were put there by somebody else", async () => {
    const session = newSessionId();
    const key = payloadKey(session, DIGEST);
    lab.aws.seed.bucket(GATEWAY, { name: BUCKET, objects: [{ key, body: "tampered" }] });
    await writer().put(session, BYTES);
    await expect(reader().get(session, DIGEST)).rejects.toThrow("not what its name says");
  });

  it("are stored though the answer of the first try was lost", async () => {
    const session = newSessionId();
    lab.aws.fail({ service: "s3", operation: "PutObject", how: "reset-after" });
    expect(await writer(3).put(session, BYTES)).toBe(payloadKey(session, DIGEST));
    expect(Buffer.from((await reader().get(session, DIGEST)) as Uint8Array)).toEqual(BYTES);
  });

  it.each<[string, (session: SessionId) => Promise<unknown>, number]>([
    ["put", (session) => writer().put(session, BYTES), 6_000],
    ["get", (session) => reader().get(session, DIGEST), 10_000],
  ])("are given up on by `%s` where S3 does not answer in its time", async (_, act, bound) => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const asked = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => timeout(50));
    lab.aws.fail({ service: "s3", how: "slow", milliseconds: 1_000 });
    await expect(act(newSessionId())).rejects.toThrow();
    expect(asked.mock.calls).toEqual([[bound]]);
  });

  it("of which the reader may not know whether they are there are no `none`, but a failure", async () => {
    const blind = createPayloadReader({ client: client([allow("s3:GetObject", OBJECTS)]), bucket: BUCKET });
    await expect(blind.get(newSessionId(), DIGEST)).rejects.toThrow();
  });
});
