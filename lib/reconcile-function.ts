// The function that ends what functions that were cut off left undone, with its schedule and its alarms. Decides that it
// runs alone and each minute; what it may read and write is granted by the capabilities (lib/stack.ts): it appends records,
// keeps a cursor, reads open approvals and starts their workflow. It may call nothing at AWS for anybody.

import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as events from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { GatewayFunction } from "./gateway-function.ts";

export interface ReconcileFunctionProps {
  readonly code: lambda.Code;
  readonly logRetention: logs.RetentionDays;
}

const MINUTE = Duration.minutes(1);

export class ReconcileFunction extends GatewayFunction {
  constructor(scope: Construct, id: string, props: ReconcileFunctionProps) {
    super(scope, id, {
      ...props,
      purpose: "closes calls that were left without an end",
      // An hour's backlog in one run.
      timeout: Duration.minutes(5),
      memoryMb: 512,
      // Two at once do no harm, but one is all there is to do.
      reservedConcurrency: 1,
    });
    new events.Rule(this, "EveryMinute", {
      description: "Countersign: closes calls that were left without an end",
      schedule: events.Schedule.rate(MINUTE),
      targets: [new LambdaFunction(this.function)],
    });
    // The next minute comes by itself, and starts where this one failed.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MINUTE });
    this.#alarms();
  }

  #alarms(): void {
    new cloudwatch.Alarm(this, "Failing", {
      alarmDescription:
        "Countersign: calls that were cut off stay without an end in the records, the function reconcile fails. Calls go on, and none is sent twice. Look at its log: access to the tables, their key, the time index or the state machine of approvals. Once the cause is gone it catches up by itself.",
      metric: this.function.metricErrors({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    new cloudwatch.Alarm(this, "Stopped", {
      alarmDescription:
        "Countersign: calls that were cut off stay without an end in the records, nothing started the function reconcile for 3 minutes. Calls go on, and none is sent twice. Look whether its EventBridge rule is enabled and its reserved concurrency is 1. It catches up by itself.",
      metric: this.function.metricInvocations({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}
