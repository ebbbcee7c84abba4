// The function that carries out an approved call when its caller need not be there (`run=stored`): a task of the approval
// workflow. It may do at AWS what `call` may, and reads stored requests, which `call` cannot.

import { Duration } from "aws-cdk-lib";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { RoleConfig } from "../lambdas/model/deployment.ts";
import { GatewayFunction } from "./gateway-function.ts";
import { RUN_ROLE_NAME } from "./names.ts";

export interface RunFunctionProps {
  readonly code: lambda.Code;
  readonly roles: readonly RoleConfig[];
  readonly logRetention: logs.RetentionDays;
}

// As `call`: the same bodies, the same policy engine, the same time at AWS. A claim counts a little longer (130 s).
const TIMEOUT = Duration.seconds(120);
const MEMORY_MB = 1024;

export class RunFunction extends GatewayFunction {
  constructor(scope: Construct, id: string, props: RunFunctionProps) {
    super(scope, id, {
      purpose: "runs approved calls that were stored",
      code: props.code,
      timeout: TIMEOUT,
      memoryMb: MEMORY_MB,
      logRetention: props.logRetention,
      roleName: RUN_ROLE_NAME,
    });
    this.grantAssume(props.roles);
  }
}
