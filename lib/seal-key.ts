// The key that seals what approvals store: held requests, task tokens and kept answers. Decides who may seal and who may
// open which of them: the purpose is part of the encryption context, so a function that opens answers opens no token.
// Retained: what is sealed under it lives a week at most, but a key deleted by mistake would refuse every open approval.

import { RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { SealPurpose } from "../lambdas/approval/ports.ts";

export interface SealUses {
  readonly seals?: readonly SealPurpose[];
  readonly opens?: readonly SealPurpose[];
}

export class SealKey extends Construct {
  readonly #key: kms.Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#key = new kms.Key(this, "Key", {
      description: "Countersign: seals held requests, task tokens and kept answers",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  grantUse(consumer: lambda.Function, { seals = [], opens = [] }: SealUses): void {
    consumer.addEnvironment("SEAL_KEY_ARN", this.#key.keyArn);
    this.#grant(consumer, "kms:GenerateDataKey", seals);
    this.#grant(consumer, "kms:Decrypt", opens);
  }

  #grant(consumer: lambda.Function, action: string, purposes: readonly SealPurpose[]): void {
    if (purposes.length === 0) return;
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: [action],
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { "kms:EncryptionContext:purpose": [...purposes] } },
      }),
    );
  }
}
