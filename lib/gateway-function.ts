// One of the gateway's functions: what all have in common, its logs kept, its role without a managed policy. Decides
// nothing else; every further permission comes by the grant of the capability that gives it, together with the
// environment variable.

import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { RoleConfig } from "../lambdas/model/deployment.ts";

export interface GatewayFunctionProps {
  /** Completes "Countersign: ". */
  readonly purpose: string;
  /** What its role does, where that says more. */
  readonly rolePurpose?: string;
  readonly code: lambda.Code;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly logRetention: logs.RetentionDays;
  /** Only where another account has to know it. */
  readonly roleName?: string;
  readonly reservedConcurrency?: number | undefined;
}

export class GatewayFunction extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, "Logs", {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new iam.Role(this, "Role", {
      ...(props.roleName !== undefined && { roleName: props.roleName }),
      description: `Countersign: ${props.rolePurpose ?? props.purpose}`,
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    });
    this.function = new lambda.Function(this, "Function", {
      description: `Countersign: ${props.purpose}`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: "index.handler",
      code: props.code,
      timeout: props.timeout,
      memorySize: props.memoryMb,
      role,
      logGroup,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
    });
    this.function.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      }),
    );
  }

  /** Exactly the configured roles: no pattern, so that configuration and permission cannot drift apart. */
  protected grantAssume(roles: readonly RoleConfig[]): void {
    this.function.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        resources: roles.map(({ arn }) => arn),
      }),
    );
  }
}
