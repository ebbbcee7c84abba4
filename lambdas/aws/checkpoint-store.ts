// Keeps checkpoints in a bucket with versions and a default Object Lock: what is written under a key stays. A key is
// written once (`If-None-Match: *`), so two checkpoints cannot share a sequence and the chain cannot fork. The keys count
// down, so that the first one in the bucket's order is the latest. Trusts nobody but this function to write there.

import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { CountersignError } from "../boundary/errors.ts";
import { parseCheckpoint } from "../recording/checkpoint.ts";
import type { CheckpointStore } from "../recording/checkpoint-ports.ts";
import { type CheckpointLine, parseLine, writeLine } from "../recording/export-format.ts";

const PREFIX = "checkpoints/";
const HIGHEST = 999_999_999_999; // one a minute: enough for 1.9 million years

export interface CheckpointStoreSetup {
  readonly client: S3Client;
  readonly bucket: string;
}

export function createCheckpointStore(setup: CheckpointStoreSetup): CheckpointStore {
  const { client, bucket } = setup;
  return {
    async latest() {
      const { Contents } = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: PREFIX, MaxKeys: 1 }),
      );
      const key = Contents?.[0]?.Key;
      return key === undefined ? "none" : read(setup, key);
    },
    at: (sequence) => read(setup, checkpointKey(sequence)),
    async append(sequence, line) {
      const key = checkpointKey(sequence);
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: writeLine(line),
            ContentType: "application/json",
            IfNoneMatch: "*",
          }),
        );
        return "appended";
      } catch (error) {
        if (!(error instanceof S3ServiceException) || error.name !== "PreconditionFailed") throw error;
        // The SDK may have repeated a write whose first answer was lost. Signatures differ each time: same text, same write.
        return writeLine(await read(setup, key)) === writeLine(line) ? "appended" : "exists";
      }
    },
  };
}

/** Where the checkpoint with this sequence lies. */
function checkpointKey(sequence: number): string {
  return `${PREFIX}${String(HIGHEST - sequence).padStart(String(HIGHEST).length, "0")}.json`;
}

async function read({ client, bucket }: CheckpointStoreSetup, key: string): Promise<CheckpointLine> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const line = parseLine((await Body?.transformToString("utf-8")) ?? "");
  if (line?.type !== "checkpoint") throw unreadable();
  const checkpoint = parseCheckpoint(line.checkpoint);
  // A checkpoint that lies under another's key would make the chain jump.
  if (checkpoint === undefined || checkpointKey(checkpoint.sequence) !== key) throw unreadable();
  return line;
}

function unreadable(): CountersignError {
  return new CountersignError("record_failed", "a stored checkpoint cannot be read");
}
