// Payloads over S3: each under its session and its digest, written once (`If-None-Match: *`), so nobody can put another
// text where a record says that this one is. S3 checks what arrives against that very digest; whoever reads checks again.
// Decides nothing; that only masked texts come here is the flow's.

import { createHash } from "node:crypto";
import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { CountersignError } from "../boundary/errors.ts";
import { type PayloadReader, type Payloads, payloadKey } from "../recording/payloads.ts";

/** In all: a caller waits for it, and the answer must start within 50 s. 6 MB inside a region take well under 1 s. */
const PUT_MS = 6_000;
const GET_MS = 10_000;

export interface PayloadsSetup {
  readonly client: S3Client;
  readonly bucket: string;
}

/** A client whose tries are few and short. */
export function payloadsClient(): S3Client {
  return new S3Client({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
}

export function createPayloads({ client, bucket }: PayloadsSetup): Payloads {
  return {
    async put(session, bytes) {
      const hash = createHash("sha256").update(bytes).digest();
      const Key = payloadKey(session, hash.toString("hex"));
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key,
        Body: bytes,
        ContentType: "application/octet-stream",
        ChecksumSHA256: hash.toString("base64"),
        IfNoneMatch: "*",
      });
      const until = AbortSignal.timeout(PUT_MS);
      try {
        await client.send(command, { abortSignal: until });
      } catch (error) {
        if (!isThere(error)) throw error;
      }
      return Key;
    },
  };
}

/** Under its digest stands what was to be written, from before or by a try whose answer was lost. */
function isThere(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === "PreconditionFailed";
}

export function createPayloadReader({ client, bucket }: PayloadsSetup): PayloadReader {
  return {
    async get(session, digest) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: payloadKey(session, digest) });
      try {
        const { Body } = await client.send(command, { abortSignal: AbortSignal.timeout(GET_MS) });
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        if (createHash("sha256").update(bytes).digest("hex") !== digest) {
          throw new CountersignError("record_failed", "a stored payload is not what its name says");
        }
        return bytes;
      } catch (error) {
        if (error instanceof NoSuchKey) return "none";
        throw error;
      }
    },
  };
}
