// A bucket with Object Lock that nobody deletes from: not its functions, not an administrator who has not first taken the
// denial out of its policy. Decides that; what is locked, and for how long, its owner says.

import { RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as s3 from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";

/** Outlives the stack: without it nothing that lies there proves anything. */
export function lockedBucket(scope: Construct, props: s3.BucketProps): s3.Bucket {
  const bucket = new s3.Bucket(scope, "Bucket", {
    ...props,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    versioned: true,
    objectLockEnabled: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: "NobodyDeletes",
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ["s3:DeleteObject*", "s3:BypassGovernanceRetention"],
      resources: [bucket.arnForObjects("*")],
    }),
  );
  return bucket;
}
