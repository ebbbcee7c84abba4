// The function of the data plane. Decides its size, its role's fixed name and which target roles it may assume; every
// other permission comes by the grant of the capability that gives it, together with the environment variable.

import { Duration, RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { RoleConfig } from "../lambdas/model/deployment.ts";
import { CALL_ROLE_NAME } from "./names.ts";

export interface CallFunctionProps {
  readonly code: lambda.Code;
  readonly roles: readonly RoleConfig[];
  readonly logRetention: logs.RetentionDays;
  readonly reservedConcurrency: number | undefined;
}

// Over the edge's 60 s, so that a call that outlives its caller still writes its Outcome.
const TIMEOUT = Duration.seconds(120);

// CPU comes with memory: at 1,769 MB one whole core. 1,024 MB loads code and policy engine in about half the time of
// 512 MB, and holds three bodies of the largest size (4.5 MB in, 6 MB out) many times over.
const MEMORY_MB = 1024;

export class CallFunction extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, props: CallFunctionProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, "Logs", {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new iam.Role(this, "Role", {
      roleName: CALL_ROLE_NAME,
      description: "Countersign: verifies, decides and forwards calls",
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    });
    this.function = new lambda.Function(this, "Function", {
      description: "Countersign: the data plane",
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: "index.handler",
      code: props.code,
      timeout: TIMEOUT,
      memorySize: MEMORY_MB,
      role,
      logGroup,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
    });
    this.#grantLogs(logGroup);
    this.#grantAssume(props.roles);
  }

  #grantLogs(logGroup: logs.LogGroup): void {
    this.function.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      }),
    );
  }

  /** Exactly the configured roles: no pattern, so that configuration and permission cannot drift apart. */
  #grantAssume(roles: readonly RoleConfig[]): void {
    this.function.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        resources: roles.map(({ arn }) => arn),
      }),
    );
  }
}
