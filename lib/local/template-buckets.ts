// The template's buckets. What protects or keeps their objects (versions, days of a lock, lifecycles, policies, logs) has no
// counterpart on one machine, where nobody but the template's roles reaches them; keys and legal holds have one.

import type { BucketSpec } from "./aws/contract.ts";
import { type Members, TemplateError } from "./members.ts";
import type { Resource, ResourcesOf } from "./template.ts";

export interface Buckets {
  readonly buckets: readonly BucketSpec[];
}

export function readBuckets(resourcesOf: ResourcesOf): Buckets {
  return { buckets: resourcesOf("AWS::S3::Bucket").map(readBucket) };
}

function readBucket({ ref, properties }: Resource): BucketSpec {
  properties.ignore("BucketName", "PublicAccessBlockConfiguration", "OwnershipControls");
  properties.ignore("AccessControl", "LifecycleConfiguration", "Tags");
  // A lock's days have no counterpart; legal holds do, which come with orders and not with a default.
  properties.ignore("VersioningConfiguration", "ObjectLockConfiguration");
  const objectLock = properties.any("ObjectLockEnabled") === true;
  const kmsKeyArn = keyOf(properties);
  properties.done();
  return { name: ref, ...(objectLock && { objectLock }), ...(kmsKeyArn !== undefined && { kmsKeyArn }) };
}

/** The customer key of a bucket under SSE-KMS: S3 then uses it in the caller's name, whose role must allow that. */
function keyOf(properties: Members): string | undefined {
  if (!properties.has("BucketEncryption")) return undefined;
  const encryption = properties.members("BucketEncryption");
  const keys = encryption.each("ServerSideEncryptionConfiguration").map((rule) => {
    rule.ignore("BucketKeyEnabled"); // saves requests to KMS, and asks the same of the caller
    const byDefault = rule.members("ServerSideEncryptionByDefault");
    const algorithm = byDefault.text("SSEAlgorithm");
    const key = byDefault.maybeText("KMSMasterKeyID");
    if (algorithm !== (key === undefined ? "AES256" : "aws:kms"))
      throw new TemplateError(byDefault.path, "is neither S3's own encryption nor a customer key's");
    byDefault.done();
    rule.done();
    return key;
  });
  encryption.done();
  return keys[0];
}
