// The bucket of payloads: parameters and answers that are too large for a record, as long as the records are kept. Decides
// who may do what to them: functions that record add an object and never replace or delete one, the API reads. The key
// encrypts what is under legal hold too. Bucket and key outlive the stack, as the records do.

import { CfnElement, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

export interface PayloadsBucketProps {
  /** Of the records. */
  readonly retentionDays: number;
}

const PREFIX = "payloads/";

// An object is written once in a session of up to 12 h, and later records of the session may name it too.
const MARGIN_DAYS = 1;

export class PayloadsBucket extends Construct {
  /** Encrypts what functions store of calls. Each grant of it is the bucket's. */
  readonly key: kms.Key;
  readonly #bucket: s3.Bucket;

  constructor(scope: Construct, id: string, { retentionDays }: PayloadsBucketProps) {
    super(scope, id);
    this.key = new kms.Key(this, "Key", {
      description: "Countersign: encrypts payloads of records, and what is under legal hold",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#bucket = new s3.Bucket(this, "Bucket", {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      // One data key of KMS for many objects.
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [
        {
          id: "Retention",
          expiration: Duration.days(retentionDays + MARGIN_DAYS),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(this.#bucket, {
      "AwsSolutions-S1":
        "The gateway's own records say who had each payload written and who looked at it; CloudTrail's data events say who else read it, where the operator turns them on.",
    });
    new CfnOutput(this, "Name", {
      description: "Where records' parametersAt and response.at point",
      value: this.#bucket.bucketName,
    }).overrideLogicalId("PayloadBucketName");
  }

  /** Lets the function add payloads. The condition has it say `If-None-Match`: none is ever replaced. */
  grantAdd(consumer: lambda.Function): void {
    this.#allow(consumer, "s3:PutObject", { Null: { "s3:if-none-match": "false" } });
    grantKeyThroughS3(consumer, this.key, ["kms:GenerateDataKey"]);
  }

  grantRead(consumer: lambda.Function): void {
    this.#allow(consumer, "s3:GetObject");
    // Without it S3 does not tell a payload that is gone from one that may not be read.
    consumer.addToRolePolicy(
      new iam.PolicyStatement({ actions: ["s3:ListBucket"], resources: [this.#bucket.bucketArn] }),
    );
    grantKeyThroughS3(consumer, this.key, ["kms:Decrypt"]);
  }

  #allow(consumer: lambda.Function, action: string, conditions: iam.Conditions = {}): void {
    consumer.addEnvironment("PAYLOAD_BUCKET", this.#bucket.bucketName);
    const resources = [this.#bucket.arnForObjects(`${PREFIX}*`)];
    consumer.addToRolePolicy(new iam.PolicyStatement({ actions: [action], resources, conditions }));
    acknowledgeObjects(
      consumer,
      this.#bucket,
      PREFIX,
      "Each payload has a key of its own, named by its content.",
    );
  }
}

/** S3 uses the key in the caller's name; nobody else may bring the function to use it. */
export function grantKeyThroughS3(consumer: lambda.Function, key: kms.IKey, actions: string[]): void {
  const service = `s3.${Stack.of(consumer).region}.amazonaws.com`;
  const conditions = { StringEquals: { "kms:ViaService": service } };
  consumer.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [key.keyArn], conditions }));
}

/** For a grant of the objects below a prefix, whose names nobody knows beforehand. */
export function acknowledgeObjects(
  consumer: lambda.Function,
  bucket: s3.Bucket,
  prefix: string,
  reason: string,
): void {
  const { defaultChild: resource } = bucket.node;
  const id = CfnElement.isCfnElement(resource) ? Stack.of(bucket).getLogicalId(resource) : "";
  if (consumer.role === undefined) return;
  acknowledge(consumer.role, { [`AwsSolutions-IAM5[Resource::<${id}.Arn>/${prefix}*]`]: reason });
}
