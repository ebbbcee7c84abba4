// The state machine of one approval (statemachines/approval.asl.json) and who may do what to its executions. Its role may
// invoke the two functions of its tasks and nothing else.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as sfn from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

export interface ApprovalWorkflowProps {
  readonly ask: lambda.Function;
  readonly run: lambda.Function;
}

const DEFINITION = join(import.meta.dirname, "../statemachines/approval.asl.json");

const ACCEPTED = {
  "AwsSolutions-SF1":
    "Step Functions keeps the history of each execution for 90 days, with ids only; log groups would need a role with wildcards to say the same again. A failed execution has an alarm.",
  "AwsSolutions-SF2":
    "Tracing needs a role with wildcards, and would show no more than the history: an approval is in the records.",
};

const TASK_TOKENS = {
  "AwsSolutions-IAM5[Resource::*]":
    "IAM knows no resource for SendTaskSuccess: the permission is the task token, which is stored sealed.",
};

export class ApprovalWorkflow extends Construct {
  readonly #machine: sfn.StateMachine;

  constructor(scope: Construct, id: string, { ask, run }: ApprovalWorkflowProps) {
    super(scope, id);
    const role = new iam.Role(this, "Role", {
      description: "Countersign: the tasks of approvals",
      assumedBy: new iam.ServicePrincipal("states.amazonaws.com"),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [ask.functionArn, run.functionArn],
      }),
    );
    this.#machine = new sfn.StateMachine(this, "Machine", {
      comment: "Countersign: one approval",
      stateMachineType: sfn.StateMachineType.STANDARD,
      definitionBody: sfn.DefinitionBody.fromString(readFileSync(DEFINITION, "utf8")),
      definitionSubstitutions: { AskFunctionArn: ask.functionArn, RunFunctionArn: run.functionArn },
      role,
    });
    acknowledge(this.#machine, ACCEPTED);
    // Only the state NotClosed fails an execution: an approval without a record of its end.
    new cloudwatch.Alarm(this, "NotClosed", {
      alarmDescription:
        "Countersign: the end of an approval could not be recorded. Look at the failed execution and the log of the function ask; once the cause is gone, start an execution with the same input under another name: it closes the approval.",
      metric: this.#machine.metricFailed({ period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  grantStart(consumer: lambda.Function): void {
    consumer.addEnvironment("APPROVAL_MACHINE_ARN", this.#machine.stateMachineArn);
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["states:StartExecution"],
        resources: [this.#machine.stateMachineArn],
      }),
    );
  }

  /** Static: naming the machine would make a cycle, as its tasks are those who resume it. */
  static grantResume(consumer: lambda.Function): void {
    consumer.addToRolePolicy(
      new iam.PolicyStatement({ actions: ["states:SendTaskSuccess"], resources: ["*"] }),
    );
    if (consumer.role !== undefined) acknowledge(consumer.role, TASK_TOKENS);
  }
}
