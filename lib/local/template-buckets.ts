// The template's buckets. What protects or keeps their objects (encryption, versions, Object Lock, policies, logs) has no
// counterpart on one machine, where nobody but the template's roles reaches them.

import type { BucketSpec } from "./aws/contract.ts";
import type { Resource, ResourcesOf } from "./template.ts";

export interface Buckets {
  readonly buckets: readonly BucketSpec[];
}

export function readBuckets(resourcesOf: ResourcesOf): Buckets {
  return { buckets: resourcesOf("AWS::S3::Bucket").map(readBucket) };
}

function readBucket({ ref, properties }: Resource): BucketSpec {
  properties.ignore("BucketName", "BucketEncryption", "PublicAccessBlockConfiguration", "OwnershipControls");
  properties.ignore("AccessControl", "LifecycleConfiguration", "Tags");
  properties.ignore("VersioningConfiguration", "ObjectLockEnabled", "ObjectLockConfiguration");
  properties.done();
  return { name: ref };
}
