// The HMAC key under which the mask style `hash` makes values joinable: the same value has the same marker everywhere in
// this deployment, and nobody without the key can try values out. A key of its own, since the session key signs sessions.
// Retained: with another one, markers of before and after do not match.

import { RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

export class MaskKey extends Construct {
  readonly #key: kms.Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#key = new kms.Key(this, "Key", {
      description: "Countersign: makes masked values joinable (HMAC)",
      keySpec: kms.KeySpec.HMAC_256,
      keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Lets the function compute the key of the markers. */
  grantHash(consumer: lambda.Function): void {
    consumer.addEnvironment("MASK_KEY_ARN", this.#key.keyArn);
    consumer.addToRolePolicy(
      new iam.PolicyStatement({ actions: ["kms:GenerateMac"], resources: [this.#key.keyArn] }),
    );
  }
}
