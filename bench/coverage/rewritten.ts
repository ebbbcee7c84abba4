// Values that clients make or change themselves, so that what was sent is not what they were given. Everything else that
// differs counts against the recogniser.

import type { Difference } from "./compare.ts";
import type { Sample } from "./sample.ts";

interface Rewrite {
  readonly services: RegExp;
  readonly path: RegExp;
  readonly kinds: readonly Difference["kind"][];
  /** Looked for in the value that was recognised. */
  readonly found?: RegExp;
  /** The value that was recognised is an empty document. */
  readonly empty?: true;
  readonly reason: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const REWRITES: readonly Rewrite[] = [
  {
    services: /./,
    path: /^\w+$/,
    kinds: ["added"],
    found: UUID,
    reason: "idempotency tokens that the caller left out are filled in",
  },
  {
    services: /./,
    path: /^\w+$/,
    kinds: ["added"],
    empty: true,
    reason: "an empty document is sent for a payload that was left out",
  },
  {
    services: /^(?:ec2|autoscaling)$/,
    path: /(?:^|\.)UserData$/,
    kinds: ["differs"],
    reason: "botocore writes user data in base64",
  },
  {
    services: /^s3$/,
    path: /^CopySource$/,
    kinds: ["differs"],
    reason: "botocore percent-encodes copy sources",
  },
  {
    services: /^s3$/,
    path: /^(?:Copy)?(?:Source)?SSECustomerKey(?:MD5)?$/,
    kinds: ["differs", "added"],
    reason: "customer keys are written in base64, and their MD5 is added",
  },
  {
    services: /^s3(?:control)?$/,
    path: /^(?:Checksum\w+|ContentMD5)$/,
    kinds: ["added"],
    reason: "checksums are added",
  },
  {
    services: /^s3$/,
    path: /^Expires$/,
    kinds: ["differs"],
    reason: "a time for botocore, a text for AWS",
  },
  {
    services: /^s3$/,
    path: /^NotificationConfiguration\.\w+Configuration\.Events?$/,
    kinds: ["missing", "differs"],
    reason: "the old `Event` and the list `Events` share one element; both were set",
  },
  {
    services: /^(?:rds|docdb|neptune)$/,
    path: /^(?:SourceRegion|PreSignedUrl)$/,
    kinds: ["missing", "added", "differs"],
    reason: "botocore makes a signed URL of the source region",
  },
  {
    services: /^(?:ec2)$/,
    path: /^(?:SourceRegion|PresignedUrl|DestinationRegion)$/,
    kinds: ["added", "differs"],
    reason: "clients sign a URL of the source region",
  },
  {
    services: /^route53$/,
    path: /^(?:Id|HostedZoneId|DelegationSetId|ChangeId)$/,
    kinds: ["differs"],
    reason: "all before the last slash of an id is stripped",
  },
  {
    services: /^(?:cloudfront|route53|s3)$/,
    path: /^(?:Max(?:Items|Results)|PartNumberMarker)$/,
    kinds: ["differs"],
    reason: "a number in one client's models, a text in the other's: the digits are the same",
  },
  {
    services: /^s3$/,
    path: /^CacheControl$/,
    kinds: ["missing"],
    reason: "the JavaScript SDK leaves `cache-control` unsigned, so it does not count",
  },
  {
    services: /^(?:apigateway|bedrock-agentcore|s3)$/,
    path: /^(?:accepts|contentType|ContentType)$/,
    kinds: ["added"],
    reason: "`accept` and `content-type` that clients send on their own",
  },
  {
    services: /^glacier$/,
    path: /^checksum$/,
    kinds: ["added"],
    reason: "botocore adds the tree hash",
  },
  {
    services: /^s3$/,
    path: /^EncodingType$/,
    kinds: ["added"],
    reason: "botocore asks for encoded keys in lists",
  },
  {
    services: /^bedrock-agentcore$/,
    path: /^traceId$/,
    kinds: ["missing"],
    reason: "`x-amzn-trace-id` is never signed, so it does not count",
  },
];

export function isRewritten({ service }: Sample, { path, kind, found }: Difference): boolean {
  return REWRITES.some(
    (rewrite) =>
      rewrite.services.test(service) &&
      rewrite.path.test(path) &&
      rewrite.kinds.includes(kind) &&
      (rewrite.empty === undefined || isEmpty(found)) &&
      (rewrite.found === undefined || (typeof found === "string" && rewrite.found.test(found))),
  );
}

function isEmpty(value: Difference["found"]): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
