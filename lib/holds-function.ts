// Legal hold: the bucket that copies of held sessions lie in, and the function that copies each minute what those sessions
// have recorded since. Decides that nobody deletes a copy (Object Lock's legal hold, and the bucket's own policy), that the
// function can add copies and lift no hold, and that the API can do both: it takes administrators' orders.

import { CfnOutput, Duration, RemovalPolicy } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as events from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import * as s3 from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { GatewayFunction } from "./gateway-function.ts";
import { acknowledgeObjects, grantKeyThroughS3 } from "./payloads-bucket.ts";

export interface HoldsFunctionProps {
  readonly code: lambda.Code;
  readonly logRetention: logs.RetentionDays;
  /** Encrypts the copies. */
  readonly key: kms.IKey;
}

const PREFIX = "holds/";
const MINUTE = Duration.minutes(1);

export class HoldsFunction extends GatewayFunction {
  readonly #bucket: s3.Bucket;
  readonly #key: kms.IKey;

  constructor(scope: Construct, id: string, { code, logRetention, key }: HoldsFunctionProps) {
    super(scope, id, {
      purpose: "copies what sessions under legal hold record",
      code,
      timeout: Duration.minutes(5),
      memoryMb: 512,
      logRetention,
      // Two at once do no harm, but one is all there is to do.
      reservedConcurrency: 1,
    });
    this.#key = key;
    this.#bucket = this.#holds();
    this.#grantCopies(this.function);
    this.#allow(this.function, ["s3:PutObjectLegalHold"], {
      StringEquals: { "s3:object-lock-legal-hold": "ON" },
    });
    new events.Rule(this, "EveryMinute", {
      description: "Countersign: copies what sessions under legal hold record",
      schedule: events.Schedule.rate(MINUTE),
      targets: [new LambdaFunction(this.function)],
    });
    // The next minute comes by itself, and takes up what this one left.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MINUTE });
    this.#alarm();
  }

  /** Lets the function place and lift holds. */
  grantOrder(consumer: lambda.Function): void {
    this.#grantCopies(consumer);
    this.#allow(consumer, ["s3:PutObjectLegalHold"]);
  }

  #grantCopies(consumer: lambda.Function): void {
    consumer.addEnvironment("HOLDS_BUCKET", this.#bucket.bucketName);
    this.#allow(consumer, ["s3:GetObject", "s3:PutObject"]);
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["s3:ListBucket"],
        resources: [this.#bucket.bucketArn],
        conditions: { StringLike: { "s3:prefix": `${PREFIX}*` } },
      }),
    );
    grantKeyThroughS3(consumer, this.#key, ["kms:Decrypt", "kms:GenerateDataKey"]);
    acknowledgeObjects(
      consumer,
      this.#bucket,
      PREFIX,
      "Copies are named by the session that was held, and by content.",
    );
  }

  #allow(consumer: lambda.Function, actions: string[], conditions: iam.Conditions = {}): void {
    const resources = [this.#bucket.arnForObjects(`${PREFIX}*`)];
    consumer.addToRolePolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }

  #holds(): s3.Bucket {
    const bucket = new s3.Bucket(this, "Bucket", {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.#key,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: true,
      // No default retention: a legal hold ends by an order, not by a day.
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
    acknowledge(bucket, {
      "AwsSolutions-S1":
        "Two functions write here, by administrators' orders, which are recorded: CloudTrail's data events say who else read it, where the operator turns them on.",
    });
    new CfnOutput(this, "BucketName", {
      description: "Where sessions under legal hold are copied to",
      value: bucket.bucketName,
    }).overrideLogicalId("HoldsBucketName");
    return bucket;
  }

  #alarm(): void {
    new cloudwatch.Alarm(this, "Failing", {
      alarmDescription:
        "Countersign: what sessions under legal hold record is not copied, the function holds fails. Calls go on. Look at its log: access to the buckets, the key or the tables. Once the cause is gone it catches up by itself, as long as the records are kept.",
      metric: this.function.metricErrors({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
