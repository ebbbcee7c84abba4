// The secret that CloudFront adds to each request to the API: who does not know it did not come through our edge, and
// may not speak its headers. CloudFormation puts it into the distribution by a dynamic reference, so the template and
// the function's environment hold its name only.

import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

// 48 of 62 letters and digits: 48 * log2(62) = 285 bits.
const SECRET_CHARACTERS = 48;

export class OriginSecret extends Construct {
  readonly #secret: secretsmanager.Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#secret = new secretsmanager.Secret(this, "Secret", {
      description: "Countersign: the header by which the API knows CloudFront",
      generateSecretString: { passwordLength: SECRET_CHARACTERS, excludePunctuation: true },
    });
    acknowledge(this.#secret, {
      "AwsSolutions-SMG4":
        "CloudFront takes the value at deploy time only: a rotation that nothing carries to the distribution would close the gateway. The runbook replaces secret and distribution together.",
    });
  }

  /** The value as CloudFormation's dynamic reference, for the distribution's origin header and nothing else. */
  get reference(): string {
    return this.#secret.secretValue.unsafeUnwrap();
  }

  grantRead(consumer: lambda.Function): void {
    consumer.addEnvironment("ORIGIN_SECRET_ARN", this.#secret.secretArn);
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["secretsmanager:GetSecretValue"],
        resources: [this.#secret.secretArn],
      }),
    );
  }
}
