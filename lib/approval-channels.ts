// What the functions of approvals may read and send beyond the gateway's own resources: the secrets of the login client and
// of the Slack app, and mail from one address. Decides who gets which; without `approvals` in the configuration, nobody
// gets anything.

import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { ApprovalsConfig } from "../lambdas/model/deployment.ts";

export interface ApprovalChannelsProps {
  readonly approvals: ApprovalsConfig | null;
}

export class ApprovalChannels extends Construct {
  readonly #approvals: ApprovalsConfig | null;

  constructor(scope: Construct, id: string, { approvals }: ApprovalChannelsProps) {
    super(scope, id);
    this.#approvals = approvals;
  }

  /** For the function that serves the login. */
  grantLogin(consumer: lambda.Function): void {
    this.#grantSecret(consumer, this.#approvals?.login.clientSecretArn ?? null);
  }

  /** For those who speak to Slack, or hear from it. */
  grantSlack(consumer: lambda.Function): void {
    this.#grantSecret(consumer, this.#approvals?.slack?.secretArn ?? null);
  }

  /** Mail from the configured address, by whichever identity is verified: the address or its domain. */
  grantMail(consumer: lambda.Function): void {
    const from = this.#approvals?.mailFrom ?? null;
    if (from === null) return;
    const identity = (resourceName: string) =>
      Stack.of(this).formatArn({ service: "ses", resource: "identity", resourceName });
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["ses:SendEmail"],
        resources: [identity(from), identity(from.slice(from.lastIndexOf("@") + 1))],
        conditions: { StringEquals: { "ses:FromAddress": from } },
      }),
    );
  }

  #grantSecret(consumer: lambda.Function, secretArn: string | null): void {
    if (secretArn === null) return;
    consumer.addToRolePolicy(
      new iam.PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [secretArn] }),
    );
  }
}
