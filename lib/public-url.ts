// Where the gateway is reached, as an SSM parameter that functions read at init, by name. The value in their environment
// would make each function wait for the distribution, and a cycle (function -> distribution -> stage -> method ->
// function) as soon as the distribution names anything behind the API; synth would not see it, a deployment would fail.

import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as ssm from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { PUBLIC_URL_PARAMETER } from "./names.ts";

export interface PublicUrlProps {
  /** `https://<host>`, without a slash at the end. */
  readonly url: string;
}

export class PublicUrl extends Construct {
  constructor(scope: Construct, id: string, props: PublicUrlProps) {
    super(scope, id);
    new ssm.StringParameter(this, "Parameter", {
      parameterName: PUBLIC_URL_PARAMETER,
      description: "Countersign: the address of the gateway",
      stringValue: props.url,
    });
  }

  /** INVARIANT: by name, never by a reference to the parameter, which would bring the dependency back. */
  grantRead(consumer: lambda.Function): void {
    consumer.addEnvironment("PUBLIC_URL_PARAMETER", PUBLIC_URL_PARAMETER);
    const parameter = Stack.of(this).formatArn({
      service: "ssm",
      resource: "parameter",
      resourceName: PUBLIC_URL_PARAMETER.slice(1),
    });
    consumer.addToRolePolicy(
      new iam.PolicyStatement({ actions: ["ssm:GetParameter"], resources: [parameter] }),
    );
  }
}
