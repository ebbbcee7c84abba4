// A function that is started each minute and works alone: its schedule, and the alarms that say that its work does not get
// done. Decides that it is not repeated, since the next minute comes by itself and takes up what this one left. What it may
// do is granted by the capabilities.

import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as events from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { GatewayFunction } from "./gateway-function.ts";

export interface MinutelyFunctionProps {
  readonly code: lambda.Code;
  readonly logRetention: logs.RetentionDays;
}

interface Work {
  /** Completes "Countersign: ", for function and schedule. */
  readonly purpose: string;
  /** What is left undone, and what goes on all the same: the beginning of both alarms. */
  readonly undone: string;
  /** Where to look when it fails. */
  readonly look: string;
  /** As the entry file. */
  readonly name: string;
}

const MINUTE = Duration.minutes(1);

export class MinutelyFunction extends GatewayFunction {
  constructor(scope: Construct, id: string, { purpose, ...work }: Work, props: MinutelyFunctionProps) {
    super(scope, id, {
      ...props,
      purpose,
      // An hour's backlog in one run.
      timeout: Duration.minutes(5),
      memoryMb: 512,
      // Two at once do no harm, but one is all there is to do.
      reservedConcurrency: 1,
    });
    new events.Rule(this, "EveryMinute", {
      description: `Countersign: ${purpose}`,
      schedule: events.Schedule.rate(MINUTE),
      targets: [new LambdaFunction(this.function)],
    });
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: MINUTE });
    this.#alarms(work);
  }

  #alarms({ undone, look, name }: Omit<Work, "purpose">): void {
    new cloudwatch.Alarm(this, "Failing", {
      alarmDescription: `Countersign: ${undone}: the function ${name} fails. Look at its log: ${look}. Once the cause is gone it catches up by itself.`,
      metric: this.function.metricErrors({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    new cloudwatch.Alarm(this, "Stopped", {
      alarmDescription: `Countersign: ${undone}: nothing started the function ${name} for 3 minutes. Look whether its EventBridge rule is enabled and its reserved concurrency is 1. It catches up by itself.`,
      metric: this.function.metricInvocations({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}
