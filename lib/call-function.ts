// The function of the data plane. Decides its size, its role's fixed name, which target roles it may assume, and how many
// callers may wait in it for people.

import { Duration } from "aws-cdk-lib";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { RoleConfig } from "../lambdas/model/deployment.ts";
import { GatewayFunction } from "./gateway-function.ts";
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

// A caller that waits for people holds an instance: a fifth of all at most, so that the others' calls still run.
const WAITING_SHARE = 5;
const WAITING_PLACES_WITHOUT_LIMIT = 20;

export class CallFunction extends GatewayFunction {
  constructor(scope: Construct, id: string, props: CallFunctionProps) {
    super(scope, id, {
      purpose: "the data plane",
      rolePurpose: "verifies, decides and forwards calls",
      code: props.code,
      timeout: TIMEOUT,
      memoryMb: MEMORY_MB,
      logRetention: props.logRetention,
      roleName: CALL_ROLE_NAME,
      reservedConcurrency: props.reservedConcurrency,
    });
    this.grantAssume(props.roles);
    this.function.addEnvironment("WAITING_PLACES", String(waitingPlaces(props.reservedConcurrency)));
  }
}

function waitingPlaces(reserved: number | undefined): number {
  if (reserved === undefined) return WAITING_PLACES_WITHOUT_LIMIT;
  return Math.max(1, Math.floor(reserved / WAITING_SHARE));
}
