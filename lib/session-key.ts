// The HMAC key under which session ids become secrets: HMAC(key, session id). It never leaves KMS, so no secret is stored
// and a copy of the tables signs nothing. Retained: without it every open session ends.

import { RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

export class SessionKey extends Construct {
  readonly #key: kms.Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#key = new kms.Key(this, "Key", {
      description: "Countersign: makes the secrets of sessions (HMAC)",
      keySpec: kms.KeySpec.HMAC_256,
      keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Lets the function compute a session's secret. No VerifyMac: comparing is done in the function, in constant time. */
  grantGenerate(consumer: lambda.Function): void {
    consumer.addEnvironment("SESSION_KEY_ARN", this.#key.keyArn);
    consumer.addToRolePolicy(
      new iam.PolicyStatement({ actions: ["kms:GenerateMac"], resources: [this.#key.keyArn] }),
    );
  }
}
