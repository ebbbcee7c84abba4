// Stands in for S3: a subset, without versions, ACLs or bucket policies. Finds what the request means, refuses headers
// that nothing here carries out, and hands over to s3-buckets.ts and s3-objects.ts.

import { unknownOperation } from "./errors.ts";
import { addressOf, type S3Address, type S3Operation } from "./s3-address.ts";
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketTagging,
  headBucket,
  listBuckets,
} from "./s3-buckets.ts";
import { getObjectLegalHold, putObjectLegalHold } from "./s3-legal-hold.ts";
import { listObjects } from "./s3-list.ts";
import { deleteObject, getObject, headObject } from "./s3-objects.ts";
import { copyObject, putObject } from "./s3-writes.ts";
import type { AwsService, Context } from "./service.ts";
import { AwsError, type AwsRequest, header, type Plan } from "./wire.ts";

type S3Plan = (request: AwsRequest, address: S3Address, context: Context) => Plan;

const PLANS: Readonly<Record<S3Operation, S3Plan>> = {
  ListBuckets: listBuckets,
  ListObjectsV2: listObjects,
  GetBucketLocation: getBucketLocation,
  GetBucketTagging: getBucketTagging,
  HeadBucket: headBucket,
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  GetObject: getObject,
  HeadObject: headObject,
  PutObject: putObject,
  GetObjectLegalHold: getObjectLegalHold,
  PutObjectLegalHold: putObjectLegalHold,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
};

const ALL = [
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-security-token",
  "x-amz-user-agent",
  "x-amz-expected-bucket-owner",
];
const READ = ["if-match", "if-none-match", "x-amz-checksum-mode"];
const ENCRYPTION = ["x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"];
const UPLOAD = [
  "x-amz-sdk-checksum-algorithm",
  "x-amz-checksum-algorithm",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
];
const HEADERS: Partial<Readonly<Record<S3Operation, readonly string[]>>> = {
  GetObject: READ,
  HeadObject: READ,
  PutObject: [...ENCRYPTION, ...UPLOAD, "if-none-match", "x-amz-object-lock-legal-hold"],
  PutObjectLegalHold: UPLOAD,
  CopyObject: [...ENCRYPTION, "x-amz-copy-source", "x-amz-metadata-directive"],
};
const UPLOADED_HEADER = /^x-amz-(?:meta-|checksum-(?:crc32|crc32c|crc64nvme|sha1|sha256)$)/;

/** `home` is the region of the small AWS. */
export function s3(home: string): AwsService {
  return {
    name: "s3",
    errors: "s3",
    operationOf: (request) => addressOf(request, home).operation,
    plan(request, context) {
      const address = addressOf(request, home);
      refuseUnservedHeaders(request, address.operation);
      const owner = header(request, "x-amz-expected-bucket-owner");
      if (owner !== undefined && owner !== context.account.id)
        throw new AwsError("AccessDenied", 403, "Access Denied");
      return PLANS[address.operation](request, address, context);
    },
  };
}

/** Headers that would change the meaning of the call, were they not ignored. */
function refuseUnservedHeaders(request: AwsRequest, operation: S3Operation): void {
  const served = new Set([...ALL, ...(HEADERS[operation] ?? [])]);
  const uploads = ["PutObject", "CopyObject", "CreateBucket", "PutObjectLegalHold"].includes(operation);
  for (const name of request.headers.keys()) {
    const steers = name.startsWith("x-amz-") || name.startsWith("if-");
    if (!steers || served.has(name) || (uploads && UPLOADED_HEADER.test(name))) continue;
    throw Object.assign(unknownOperation("s3"), {
      message: `the local cloud does not carry out \`${name}\``,
    });
  }
}
