// Legal hold: the bucket that copies of held sessions lie in, and the function that copies each minute what those sessions
// have recorded since. Decides that nobody deletes a copy (Object Lock's legal hold, and the bucket's own policy), that the
// function can add copies and lift no hold, and that the API can do both: it takes administrators' orders.

import { CfnOutput } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as s3 from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { lockedBucket } from "./locked-bucket.ts";
import { MinutelyFunction, type MinutelyFunctionProps } from "./minutely-function.ts";
import { acknowledgeObjects, grantKeyThroughS3 } from "./payloads-bucket.ts";

export interface HoldsFunctionProps extends MinutelyFunctionProps {
  /** Encrypts the copies. */
  readonly key: kms.IKey;
}

const PREFIX = "holds/";

const WORK = {
  name: "holds",
  purpose: "copies what sessions under legal hold record",
  undone:
    "what sessions under legal hold record is not copied; calls go on, and it can be made up for as long as the records are kept",
  look: "access to the buckets, their key or the tables",
};

export class HoldsFunction extends MinutelyFunction {
  readonly #bucket: s3.Bucket;
  readonly #key: kms.IKey;

  constructor(scope: Construct, id: string, { code, logRetention, key }: HoldsFunctionProps) {
    super(scope, id, WORK, { code, logRetention });
    this.#key = key;
    this.#bucket = this.#holds();
    this.#grantCopies(this.function);
    this.#allow(this.function, ["s3:PutObjectLegalHold"], {
      StringEquals: { "s3:object-lock-legal-hold": "ON" },
    });
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
    // No default retention: a legal hold ends by an order, not by a day.
    const bucket = lockedBucket(this, {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.#key,
      bucketKeyEnabled: true,
    });
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
}
