// Which other call tells the same as S3's 404 for a key that is not there. S3 answers 403 unless the credential may list
// the bucket, so a session policy for one object hides from a permitted reader what many programs ask for. Builds that
// listing for policy to be asked about; it is never sent. Pure.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (permissions)

import type { AwsCall } from "../model/aws-call.ts";

const READS: ReadonlySet<string> = new Set(["GetObject", "HeadObject"]);

/** The listing of just this key, or `undefined` where the call is no certain read of one key. */
export function absenceCallOf(call: AwsCall): AwsCall | undefined {
  const { service, operation, candidates, parameters, partition, account, upstream } = call;
  const { Bucket, Key } = parameters;
  if (service !== "s3" || !READS.has(operation) || candidates.length !== 1) return undefined;
  // A version is named, or it is not: that is s3:ListBucketVersions' to tell.
  if (typeof Bucket !== "string" || typeof Key !== "string" || parameters.VersionId !== undefined)
    return undefined;
  const resource = {
    literals: [`arn:${partition}:s3:::${Bucket}`],
    type: "bucket",
    service,
    account,
    region: "",
  } as const;
  const listing = { service, operation: "ListObjectsV2" };
  return {
    ...call,
    ...listing,
    candidates: [listing],
    actions: [{ action: "s3:ListBucket", accessLevel: "list", resources: [resource] }],
    parameters: { Bucket, Prefix: Key },
    sensitiveParameters: [],
    idempotencyTokens: [],
    vendsCredentials: false,
    upstream: {
      ...upstream,
      method: "GET",
      path: `/${Bucket}`,
      query: [
        ["list-type", "2"],
        ["prefix", Key],
      ],
      headers: [],
      body: new Uint8Array(),
    },
  };
}
