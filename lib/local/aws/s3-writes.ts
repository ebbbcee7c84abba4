// Writes objects of the small S3: PutObject and CopyObject. What lands under a KMS key asks IAM for a data key of it,
// through S3.

import { createHash } from "node:crypto";
import { keyNeed } from "./kms.ts";
import { type S3Address, splitName } from "./s3-address.ts";
import { bucketOf, xmlReply } from "./s3-buckets.ts";
import { demandNoHold, uploadedHold } from "./s3-legal-hold.ts";
import { encryptionHeaders, existingObject, objectNeed, readNeeds } from "./s3-objects.ts";
import { type Payload, payloadOf } from "./s3-payload.ts";
import type { Context } from "./service.ts";
import { AwsError, type AwsRequest, header, type Need, type Plan } from "./wire.ts";
import type { StoredObject } from "./world.ts";
import { elements } from "./xml.ts";

const MAX_KEY_BYTES = 1_024;
const KEPT_HEADERS = new Set([
  "content-type",
  "content-disposition",
  "content-language",
  "cache-control",
  "expires",
]);

/** Makes the stored form of a body. */
export function storedObject(body: Uint8Array, more: Omit<StoredObject, "body" | "etag">): StoredObject {
  // under KMS an ETag is not the MD5 of the object: nobody may rely on it
  const hash =
    more.kmsKeyArn === undefined
      ? createHash("md5").update(body).digest("hex")
      : createHash("sha256").update(more.kmsKeyArn).update(body).digest("hex").slice(0, 32);
  return { body, etag: `"${hash}"`, ...more };
}

export function putObject(request: AwsRequest, address: S3Address, context: Context): Plan {
  const { bucket, key } = address;
  demandKey(key);
  const payload = payloadOf(request);
  const kmsKeyArn = encryptionOf(request, bucket, context);
  const onlyNew = header(request, "if-none-match");
  if (onlyNew !== undefined && onlyNew !== "*")
    throw new AwsError("NotImplemented", 501, "if-none-match: * only");
  const put: Need = {
    ...objectNeed("s3:PutObject", bucket, key),
    ...(onlyNew !== undefined && { context: { "s3:if-none-match": [onlyNew] } }),
  };
  const { needs: holdNeeds, legalHold } = uploadedHold(request, address, context);
  return {
    needs: [put, ...holdNeeds, ...dataKeyNeeds(kmsKeyArn, context)],
    run: () => {
      const { objects } = bucketOf(bucket, context);
      if (onlyNew !== undefined && objects.has(key)) {
        throw new AwsError(
          "PreconditionFailed",
          412,
          "At least one of the pre-conditions you specified did not hold",
        );
      }
      demandNoHold(address, context);
      const object = storedObject(payload.body, {
        modified: context.now(),
        headers: keptHeaders(request),
        checksum: payload.checksum,
        kmsKeyArn,
        ...(legalHold !== undefined && { legalHold }),
      });
      objects.set(key, object);
      context.world.touch();
      return { status: 200, headers: writtenHeaders(object, payload.checksum), body: Buffer.alloc(0) };
    },
  };
}

export function copyObject(request: AwsRequest, address: S3Address, context: Context): Plan {
  const { bucket, key } = address;
  demandKey(key);
  const source = sourceOf(header(request, "x-amz-copy-source") ?? "");
  const replace = header(request, "x-amz-metadata-directive") === "REPLACE";
  const kmsKeyArn = encryptionOf(request, bucket, context);
  if (request.body.length > 0) throw new AwsError("InvalidRequest", 400, "a copy has no body");
  payloadOf(request);
  return {
    needs: [
      ...readNeeds(source.bucket, source.key, context),
      objectNeed("s3:PutObject", bucket, key),
      ...dataKeyNeeds(kmsKeyArn, context),
    ],
    run: () => {
      const original = existingObject(source, context);
      demandNoHold(address, context);
      const object = storedObject(original.body, {
        modified: context.now(),
        headers: replace ? keptHeaders(request) : original.headers,
        checksum: original.checksum,
        kmsKeyArn,
      });
      bucketOf(bucket, context).objects.set(key, object);
      context.world.touch();
      const result = { LastModified: new Date(object.modified).toISOString(), ETag: object.etag };
      const reply = xmlReply("CopyObjectResult", elements(result));
      return { ...reply, headers: { ...reply.headers, ...encryptionHeaders(kmsKeyArn) } };
    },
  };
}

function demandKey(key: string): void {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return;
  throw new AwsError("KeyTooLongError", 400, "Your key is too long");
}

function sourceOf(text: string): { bucket: string; key: string } {
  if (text.includes("?"))
    throw new AwsError("NotImplemented", 501, "versions are not served by the local cloud");
  const source = splitName(text.replace(/^\//, ""));
  if (source.key !== "") return source;
  throw new AwsError(
    "InvalidArgument",
    400,
    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
  );
}

/** The key that the new object lies under: the request's, else the bucket's own. */
function encryptionOf(request: AwsRequest, bucket: string, { account }: Context): string | undefined {
  const wanted = header(request, "x-amz-server-side-encryption");
  const named = header(request, "x-amz-server-side-encryption-aws-kms-key-id");
  const byDefault = account.buckets.get(bucket)?.kmsKeyArn;
  if (wanted === undefined && named === undefined) return byDefault;
  if (wanted === "AES256" && named === undefined) return undefined;
  const key =
    named === undefined
      ? byDefault
      : [...account.keys.values()].find(({ arn, keyId }) => named === arn || named === keyId)?.arn;
  if (wanted === "aws:kms" && key !== undefined) return key;
  throw new AwsError(
    "InvalidArgument",
    400,
    "the local cloud knows AES256, and aws:kms under a key of this account",
  );
}

function dataKeyNeeds(kmsKeyArn: string | undefined, { region }: Context): readonly Need[] {
  return kmsKeyArn === undefined ? [] : [keyNeed("kms:GenerateDataKey", kmsKeyArn, "s3", region)];
}

function keptHeaders(request: AwsRequest): ReadonlyMap<string, string> {
  const kept = new Map([["content-type", "binary/octet-stream"]]);
  for (const name of request.headers.keys()) {
    if (KEPT_HEADERS.has(name) || name.startsWith("x-amz-meta-")) kept.set(name, header(request, name) ?? "");
  }
  // aws-chunked is how the body travelled, not what it is
  const codings = (header(request, "content-encoding") ?? "").split(",").map((coding) => coding.trim());
  const own = codings.filter((coding) => coding !== "" && coding !== "aws-chunked").join(",");
  if (own !== "") kept.set("content-encoding", own);
  return kept;
}

function writtenHeaders(
  object: StoredObject,
  checksum: Payload["checksum"],
): Readonly<Record<string, string>> {
  return {
    etag: object.etag,
    ...encryptionHeaders(object.kmsKeyArn),
    ...(checksum !== undefined && {
      [checksum.header]: checksum.value,
      "x-amz-checksum-type": "FULL_OBJECT",
    }),
  };
}
