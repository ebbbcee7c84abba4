// Reads and deletes objects of the small S3. An object under SSE-KMS asks IAM for its key too, through S3.

import { keyNeed } from "./kms.ts";
import type { S3Address } from "./s3-address.ts";
import { bucketNeed, bucketOf } from "./s3-buckets.ts";
import { demandNoHold } from "./s3-legal-hold.ts";
import type { Context } from "./service.ts";
import { AwsError, type AwsReply, type AwsRequest, header, type Need, type Plan } from "./wire.ts";
import type { StoredObject } from "./world.ts";

const RANGE = /^bytes=([0-9]*)-([0-9]*)$/;

export function getObject(request: AwsRequest, address: S3Address, context: Context): Plan {
  return {
    needs: readNeeds(address.bucket, address.key, context),
    run: () => {
      const object = existingObject(address, context);
      const unmet = conditionOf(request, object);
      if (unmet !== undefined) return unmet;
      const range = rangeOf(header(request, "range"), object.body.byteLength);
      if (range === undefined) return { status: 200, headers: headersOf(request, object), body: object.body };
      const [first, last] = range;
      const body = object.body.subarray(first, last + 1);
      const { [object.checksum?.header ?? ""]: _whole, ...headers } = headersOf(request, object);
      const position = `bytes ${first}-${last}/${object.body.byteLength}`;
      const length = String(body.byteLength);
      return {
        status: 206,
        headers: { ...headers, "content-range": position, "content-length": length },
        body,
      };
    },
  };
}

export function headObject(request: AwsRequest, address: S3Address, context: Context): Plan {
  return {
    needs: readNeeds(address.bucket, address.key, context),
    run: () => {
      const object = existingObject(address, context);
      const unmet = conditionOf(request, object);
      return unmet ?? { status: 200, headers: headersOf(request, object), body: object.body };
    },
  };
}

export function deleteObject(_request: AwsRequest, address: S3Address, context: Context): Plan {
  const { bucket, key } = address;
  return {
    needs: [objectNeed("s3:DeleteObject", bucket, key)],
    run: () => {
      demandNoHold(address, context);
      bucketOf(bucket, context).objects.delete(key);
      context.world.touch();
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    },
  };
}

export function objectNeed(action: string, bucket: string, key: string): Need {
  return { action, resource: `arn:aws:s3:::${bucket}/${key}` };
}

/** What reading the object needs; of an object that does not exist no key is known. */
export function readNeeds(bucket: string, key: string, { account, region }: Context): readonly Need[] {
  const need = objectNeed("s3:GetObject", bucket, key);
  const kmsKeyArn = account.buckets.get(bucket)?.objects.get(key)?.kmsKeyArn;
  return kmsKeyArn === undefined ? [need] : [need, keyNeed("kms:Decrypt", kmsKeyArn, "s3", region)];
}

/** The object, or S3's answer for a missing one: who may not list the bucket is not told that the key is free. */
export function existingObject(
  { bucket, key }: Pick<S3Address, "bucket" | "key">,
  context: Context,
): StoredObject {
  const object = bucketOf(bucket, context).objects.get(key);
  if (object !== undefined) return object;
  if (context.may(bucketNeed("s3:ListBucket", bucket))) {
    throw new AwsError("NoSuchKey", 404, "The specified key does not exist.", { Key: key });
  }
  throw new AwsError("AccessDenied", 403, "Access Denied");
}

function headersOf(request: AwsRequest, object: StoredObject): Readonly<Record<string, string>> {
  const checksum = header(request, "x-amz-checksum-mode") === "ENABLED" ? object.checksum : undefined;
  return {
    "content-length": String(object.body.byteLength),
    "accept-ranges": "bytes",
    etag: object.etag,
    "last-modified": new Date(object.modified).toUTCString(),
    ...Object.fromEntries(object.headers),
    ...encryptionHeaders(object.kmsKeyArn),
    ...(checksum !== undefined && {
      [checksum.header]: checksum.value,
      "x-amz-checksum-type": "FULL_OBJECT",
    }),
  };
}

export function encryptionHeaders(kmsKeyArn: string | undefined): Readonly<Record<string, string>> {
  if (kmsKeyArn === undefined) return { "x-amz-server-side-encryption": "AES256" };
  return {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyArn,
  };
}

function conditionOf(request: AwsRequest, { etag }: StoredObject): AwsReply | undefined {
  const match = header(request, "if-match");
  if (match !== undefined && match !== etag && match !== "*") {
    throw new AwsError(
      "PreconditionFailed",
      412,
      "At least one of the pre-conditions you specified did not hold",
    );
  }
  const noneMatch = header(request, "if-none-match");
  if (noneMatch === undefined || (noneMatch !== etag && noneMatch !== "*")) return undefined;
  return { status: 304, headers: { etag }, body: Buffer.alloc(0) };
}

/** First and last byte, or `undefined` for the whole (S3 answers several ranges with the whole, too). */
function rangeOf(text: string | undefined, size: number): [first: number, last: number] | undefined {
  const match = RANGE.exec(text ?? "");
  if (match === null) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first <= last) return [first, last];
  throw new AwsError("InvalidRange", 416, "The requested range is not satisfiable", {
    ActualObjectSize: String(size),
  });
}
