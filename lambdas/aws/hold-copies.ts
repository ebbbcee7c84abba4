// Copies under legal hold over S3: a bucket with Object Lock. A key is written once (`If-None-Match: *`), so each has one
// version, and lifting its hold lifts all there is of it. Decides nothing.

import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { HoldCopies } from "../recording/holds.ts";

export interface HoldCopiesSetup {
  readonly client: S3Client;
  readonly bucket: string;
}

export function createHoldCopies({ client, bucket: Bucket }: HoldCopiesSetup): HoldCopies {
  return {
    async keysBelow(Prefix) {
      const keys: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix,
            ...(ContinuationToken !== undefined && { ContinuationToken }),
          }),
        );
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
        ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
      return keys;
    },
    async read(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    async add(Key, Body) {
      // S3 puts nothing under hold that came without a checksum.
      const held = {
        ObjectLockLegalHoldStatus: "ON",
        ChecksumAlgorithm: "SHA256",
        IfNoneMatch: "*",
      } as const;
      try {
        await client.send(new PutObjectCommand({ Bucket, Key, Body, ...held }));
      } catch (error) {
        if (!(error instanceof S3ServiceException) || error.name !== "PreconditionFailed") throw error;
      }
    },
    async lock(Key, Status) {
      await client.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status } }));
    },
  };
}
