// What may be taken out of the template without a test's notice, and why. Everything else must be missed by name.

interface Unnoticed {
  readonly mutants: RegExp;
  readonly because: string;
}

export const UNNOTICED: readonly Unnoticed[] = [
  {
    mutants: /^grant logs:/,
    because: "Lambda's runtime writes the logs with it, and the local cloud has no log service",
  },
  {
    mutants: /^grant kms:GenerateDataKey/,
    because: "DynamoDB's documentation asks for it; which of its writes use it only a real account shows",
  },
  {
    mutants: /^grant dynamodb:BatchGetItem of (?:Ask|Approvals)/,
    because:
      "reads of table state are granted as a pair (lib/records-store.ts), and these functions read one by one",
  },
  {
    mutants: /^grant dynamodb:PutItem \(2\) of Ask/,
    because:
      "writes of table state are granted as a pair (lib/records-store.ts), and this function only updates",
  },
  {
    mutants: /^grant dynamodb:UpdateItem of Reconcile/,
    because:
      "writes of table state are granted as a pair (lib/records-store.ts), and it only puts its cursors",
  },
  {
    mutants: /^grant dynamodb:DeleteItem of (?:Ask|Run)/,
    because:
      "what is not dropped goes with its TTL, and nobody waits for it; test/lib/approval-grants.test.ts",
  },
  {
    mutants: /^grant dynamodb:Query of (?:Ask|Run)/,
    because: "reads back what became of a call whose holder was cut off; test/flow/ask-crash.test.ts does",
  },
  {
    mutants: /^grant states:SendTaskSuccess of Ask/,
    because:
      "needed where the vote came before the task that asks for it; test/flow/ask.test.ts has the order",
  },
  {
    mutants:
      /^grant kms:GenerateMac(?: \(\d\))? of (?:Run|Call)Function.*MaskKey|^grant kms:GenerateMac of Run/,
    because: "asked for only where a policy says `=hash`; test/flow/own-masks.test.ts",
  },
  {
    mutants: /^grant s3:PutObject of Run/,
    because: "asked for only where an approved stored call is large; test/lib/payloads-bucket.test.ts",
  },
  {
    mutants: /^grant s3:ListBucket \(2\) of Holds/,
    because: "tells a payload that is gone from one that may not be read, and none is gone here",
  },
  {
    mutants: /^grant dynamodb:(?:BatchGetItem|PutItem) of Holds/,
    because: "granted as pairs (lib/records-store.ts): this function reads one by one, and only updates",
  },
  {
    mutants: /ReservedConcurrentExecutions of Holds/,
    because: "two runs at once do no harm: a copy is named by its content; test/flow/legal-hold.test.ts",
  },
  {
    mutants: /^header copy content-length$/,
    because: "the verifier takes the length of the body that arrived",
  },
  {
    mutants: /^line of the edge's function: delete headers\.authorization;$/,
    because: "the API drops a SigV4 signature too, and ingress believes the copy alone: a second lock",
  },
  {
    mutants: /Lambda::Permission GatewayApiANY/,
    because: "the other permission's pattern, `/*/*`, covers the root as well",
  },
  {
    mutants: /GatewayApiThrottling|Stage MethodSettings/,
    because: "the local API throttles nobody",
  },
  {
    mutants: /GatewayApiServiceUnavailable/,
    because: "no request makes the API itself fail while everything is in its place",
  },
  {
    mutants: / (?:Description|Name|FunctionConfig\.Comment|DistributionConfig\.Comment) of /,
    because: "it is for people",
  },
  {
    mutants: /^AWS::ApiGateway::\w+ RestApiId of /,
    because: "the local cloud serves the one API that there is; CloudFormation refuses a template without it",
  },
  {
    mutants: /^resource AWS::CloudWatch::Alarm/,
    because: "the local cloud has no metrics, and nobody is alarmed on one machine",
  },
  {
    mutants:
      /ReservedConcurrentExecutions of (?:Checkpoint|Reconcile)|^resource AWS::Lambda::EventInvokeConfig/,
    because:
      "two runs at once and repeated ones do no harm: checkpoints.e2e.test.ts here, test/flow/reconcile.test.ts; test/lib asserts them",
  },
  {
    mutants: /BucketPolicy|AccessLogSetting|DistributionConfig\.Logging|LoggingConfig/,
    because: "access logs and log groups have no counterpart on one machine; test/lib asserts them",
  },
  {
    mutants: /^AWS::Lambda::Function (?:Architectures|Code\.S3Bucket|MemorySize|Timeout) /,
    because:
      "capacity and place: the local function runs in this machine's memory, and no test waits for a timeout",
  },
  {
    mutants: /(?:TimeoutInMillis|OriginReadTimeout|OriginKeepaliveTimeout) of /,
    because: "the default would be felt after half a minute; test/lib asserts the values",
  },
  {
    mutants:
      /(?:EndpointConfiguration(?:\.Types)?|OriginSSLProtocols|HttpVersion|IPV6Enabled|ConnectionAttempts) of /,
    because: "edge and API are one process here, reached over HTTP/1.1; test/lib asserts the values",
  },
  {
    mutants: /CustomErrorResponses\[\d+\] \((?:400|403|416)\)/,
    because: "CloudFront keeps such an answer only for its Cache-Control, which errors of AWS do not have",
  },
];
