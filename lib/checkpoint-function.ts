// The function that seals the records, with the bucket of checkpoints, the key that signs them, its schedule and its
// alarms. Decides that nobody deletes a checkpoint (Object Lock, and the bucket's own policy), that the function can do
// nothing but read the time index, sign, and add a checkpoint. Bucket and key are retained: without them no export proves
// anything. That no two checkpoints share a sequence is lambdas/aws/checkpoint-store.ts.

import { CfnElement, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { CountersignConfig } from "./config.ts";
import { lockedBucket } from "./locked-bucket.ts";
import { MinutelyFunction, type MinutelyFunctionProps } from "./minutely-function.ts";

export interface CheckpointFunctionProps extends MinutelyFunctionProps {
  readonly retention: CountersignConfig["checkpointRetention"];
  /** Of the records: how long the lock holds where the configuration does not say it. */
  readonly retentionDays: number;
}

const PREFIX = "checkpoints/";

const WORK = {
  name: "checkpoint",
  purpose: "seals the records each minute",
  undone: "records are not sealed; calls go on",
  look: "access to the bucket, the key or the time index",
};

export class CheckpointFunction extends MinutelyFunction {
  constructor(scope: Construct, id: string, { code, logRetention, ...props }: CheckpointFunctionProps) {
    super(scope, id, WORK, { code, logRetention });
    this.#grantStore(this.#bucket(props));
    this.#grantSign(this.#key());
  }

  #bucket({ retention, retentionDays }: Omit<CheckpointFunctionProps, "code" | "logRetention">): s3.Bucket {
    const { mode, days } = retention;
    const bucket = lockedBucket(this, {
      encryption: s3.BucketEncryption.S3_MANAGED,
      objectLockDefaultRetention: s3.ObjectLockRetention[mode](Duration.days(days ?? retentionDays)),
    });
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
}
