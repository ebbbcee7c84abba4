// The names that CloudTrail has for operations. Mostly the operation's own; some carry the API's date, and S3's are of an
// older age. https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html

const S3_NAMES: ReadonlyMap<string, string> = new Map([
  ["ListObjectsV2", "ListObjects"],
  ["GetBucketLifecycleConfiguration", "GetBucketLifecycle"],
  ["PutBucketLifecycleConfiguration", "PutBucketLifecycle"],
  ["GetBucketNotificationConfiguration", "GetBucketNotification"],
  ["PutBucketNotificationConfiguration", "PutBucketNotification"],
  ["GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"],
  ["PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"],
  ["GetPublicAccessBlock", "GetBucketPublicAccessBlock"],
  ["PutPublicAccessBlock", "PutBucketPublicAccessBlock"],
  ["DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"],
]);

/** `Invoke20150331`, `UpdateFunctionCode20150331v2`, `CreateDistribution2020_05_31` */
const DATE = /(?:20\d{6}(?:v\d+)?|20\d\d_\d\d_\d\d)$/;

/** True when an event of this name can be of this operation. */
export function isEventOf(eventName: string, service: string, operation: string): boolean {
  const name = eventName.replace(DATE, "");
  return [operation, service === "s3" ? S3_NAMES.get(operation) : undefined]
    .filter((each) => each !== undefined)
    .some((each) => each.replace(DATE, "") === name);
}
