// The state machine of approvals, over Step Functions: starts one execution for each approval, under the approval's name,
// and lets it go on. Ids and times are all that it is told. What the machine does is statemachines/approval.asl.json's.

import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";
import type { Workflow } from "../approval/ports.ts";

export interface WorkflowSetup {
  readonly client: SFNClient;
  readonly machineArn: string;
}

export function createWorkflow({ client, machineArn }: WorkflowSetup): Workflow {
  return {
    async start(id, input) {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn: machineArn, name: id, input: JSON.stringify(input) }),
        );
      } catch (error) {
        // While it runs, AWS answers the same start as if it were the first. After its end this is what is left to say:
        // the name is the approval's alone, so that it was started is all that was asked.
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
    async resume(taskToken, result) {
      try {
        await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(result) }));
        return "resumed";
      } catch (error) {
        if (isGone(error)) return "gone";
        throw error;
      }
    },
  };
}

function isGone(error: unknown): boolean {
  return error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
}
