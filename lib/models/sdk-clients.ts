// The installed clients of the AWS SDK for JavaScript v3, by botocore's service name. Their schemas are often newer than
// botocore's models, so the generator merges them; the coverage run sends requests with them.

import { createRequire } from "node:module";

export interface SdkClient {
  /** The package is `@aws-sdk/client-<name>`. */
  readonly name: string;
  /** botocore's service name. */
  readonly service: string;
  readonly signingName: string;
}

const client = (name: string, service = name, signingName = service): SdkClient => ({
  name,
  service,
  signingName,
});

export const SDK_CLIENTS: readonly SdkClient[] = [
  client("acm"),
  client("athena"),
  client("auto-scaling", "autoscaling"),
  client("cloudformation"),
  client("cloudfront"),
  client("cloudwatch", "cloudwatch", "monitoring"),
  client("cloudwatch-logs", "logs"),
  client("dynamodb"),
  client("ec2"),
  client("ecr"),
  client("ecs"),
  client("eks"),
  client("eventbridge", "events"),
  client("firehose"),
  client("iam"),
  client("kms"),
  client("lambda"),
  client("organizations"),
  client("route-53", "route53"),
  client("s3"),
  client("secrets-manager", "secretsmanager"),
  client("sesv2", "sesv2", "ses"),
  client("sfn", "stepfunctions", "states"),
  client("sns"),
  client("sqs"),
  client("ssm"),
  client("sts"),
];

const require = createRequire(import.meta.url);

/** What a client's package exports: its classes and its schemas. */
export function sdkExports({ name }: SdkClient): Readonly<Record<string, unknown>> {
  return require(`@aws-sdk/client-${name}`) as Record<string, unknown>;
}

/** The version that all clients share. */
export function sdkVersion(): string {
  return (require("@aws-sdk/client-sts/package.json") as { version: string }).version;
}
