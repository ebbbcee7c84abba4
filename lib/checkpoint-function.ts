// The function that seals the records, with the bucket of checkpoints, the key that signs them, its schedule and its
// alarms. Decides that nobody deletes a checkpoint (Object Lock, and the bucket's own policy), that the function can do
// nothing but read the time index, sign, and add a checkpoint. Bucket and key are retained: without them no export proves
// anything. That no two checkpoints share a sequence is lambdas/aws/checkpoint-store.ts.

import { CfnElement, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as events from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import * as s3 from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { CountersignConfig } from "./config.ts";
import { GatewayFunction } from "./gateway-function.ts";

export interface CheckpointFunctionProps {
  readonly code: lambda.Code;
  readonly logRetention: logs.RetentionDays;
  readonly retention: CountersignConfig["checkpointRetention"];
  /** Of the records: how long the lock holds where the configuration does not say it. */
  readonly retentionDays: number;
}

const PREFIX = "checkpoints/";
const MINUTE = Duration.minutes(1);

export class CheckpointFunction extends GatewayFunction {
  constructor(scope: Construct, id: string, { code, logRetention, ...props }: CheckpointFunctionProps) {
    super(scope, id, {
      purpose: "seals the records each minute",
      code,
      // An hour's backlog in one run.
      timeout: Duration.minutes(5),
      memoryMb: 512,
      logRetention,
      // Two at once do no harm, but one is all there is to do.
      reservedConcurrency: 1,
    });
    this.#grantStore(this.#bucket(props));
    this.#grantSign(this.#key());
    new events.Rule(this, "EveryMinute", {
      description: "Countersign: seals the records",
      schedule: events.Schedule.rate(MINUTE),
      targets: [new LambdaFunction(this.function)],
    });
    // The next minute comes by itself, and starts where this one failed.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MINUTE });
    this.#alarms();
  }

  #bucket({ retention, retentionDays }: Omit<CheckpointFunctionProps, "code" | "logRetention">): s3.Bucket {
    const { mode, days } = retention;
    const bucket = new s3.Bucket(this, "Bucket", {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: s3.ObjectLockRetention[mode](Duration.days(days ?? retentionDays)),
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
        "One function writes here, once a minute, and only what is signed: CloudTrail's data events say who else read it, where the operator turns them on.",
    });
    new CfnOutput(this, "BucketName", {
      description: "--bucket of `countersign export`",
      value: bucket.bucketName,
    }).overrideLogicalId("CheckpointBucketName");
    return bucket;
  }

  #grantStore(bucket: s3.Bucket): void {
    this.function.addEnvironment("CHECKPOINT_BUCKET", bucket.bucketName);
    this.#allow(["s3:GetObject", "s3:PutObject"], bucket.arnForObjects(`${PREFIX}*`));
    this.#allow(["s3:ListBucket"], bucket.bucketArn, { StringEquals: { "s3:prefix": PREFIX } });
    const { defaultChild: resource } = bucket.node;
    const id = CfnElement.isCfnElement(resource) ? Stack.of(this).getLogicalId(resource) : "";
    if (this.function.role === undefined) return;
    acknowledge(this.function.role, {
      [`AwsSolutions-IAM5[Resource::<${id}.Arn>/${PREFIX}*]`]:
        "Each checkpoint has a key of its own, which the function makes from its sequence.",
    });
  }

  #key(): kms.Key {
    const key = new kms.Key(this, "Key", {
      description: "Countersign: signs checkpoints",
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new CfnOutput(this, "KeyArn", {
      description: "--key-arn of `countersign export-key`",
      value: key.keyArn,
    }).overrideLogicalId("CheckpointKeyArn");
    return key;
  }

  #grantSign(key: kms.Key): void {
    this.function.addEnvironment("CHECKPOINT_KEY_ARN", key.keyArn);
    this.#allow(["kms:Sign"], key.keyArn, { StringEquals: { "kms:SigningAlgorithm": "ECDSA_SHA_256" } });
  }

  #allow(actions: string[], resource: string, conditions: iam.Conditions = {}): void {
    this.function.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [resource], conditions }));
  }

  #alarms(): void {
    new cloudwatch.Alarm(this, "Failing", {
      alarmDescription:
        "Countersign: records are not sealed, the function checkpoint fails. Calls go on. Look at its log: access to the bucket, the key or the time index. Once the cause is gone it catches up by itself.",
      metric: this.function.metricErrors({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    new cloudwatch.Alarm(this, "Stopped", {
      alarmDescription:
        "Countersign: records are not sealed, nothing started the function checkpoint for 3 minutes. Calls go on. Look whether its EventBridge rule is enabled and its reserved concurrency is 1. It catches up by itself.",
      metric: this.function.metricInvocations({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}
