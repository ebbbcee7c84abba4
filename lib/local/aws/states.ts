// Stands in for Step Functions (Standard): starting, resuming, stopping and looking at executions, through the real SDK's
// wire format. What an execution does is states-execution.ts's.

import {
  countOf,
  type JsonInput,
  type JsonOperation,
  type JsonPlan,
  jsonService,
  optionalText,
  textOf,
} from "./json-service.ts";
import type { AwsService } from "./service.ts";
import type { HistoryEvent } from "./states-execution.ts";
import type { Execution, Executions } from "./states-executions.ts";
import { StateError } from "./states-expressions.ts";
import { AwsError } from "./wire.ts";

const NAME = /^[\w-]{1,80}$/;
const MAX_PAGE = 1_000;
const MAX_PAYLOAD = 262_144; // bytes of an input or output

export function stepFunctions(executions: Executions): AwsService {
  const operation = (members: string[], plan: (input: JsonInput) => JsonPlan): JsonOperation => ({
    members,
    plan: (input) => plan(input),
  });
  return jsonService({
    name: "states",
    target: "AWSStepFunctions",
    contentType: "application/x-amz-json-1.0",
    operations: new Map([
      [
        "StartExecution",
        operation(["stateMachineArn", "name", "input"], (input) => startExecution(input, executions)),
      ],
      ["SendTaskSuccess", operation(["taskToken", "output"], (input) => sendSuccess(input, executions))],
      [
        "SendTaskFailure",
        operation(["taskToken", "error", "cause"], (input) => sendFailure(input, executions)),
      ],
      ["DescribeExecution", operation(["executionArn"], (input) => describe(input, executions))],
      [
        "GetExecutionHistory",
        operation(["executionArn", "maxResults", "reverseOrder", "includeExecutionData"], (input) =>
          history(input, executions),
        ),
      ],
      ["StopExecution", operation(["executionArn", "error", "cause"], (input) => stop(input, executions))],
      [
        "ListExecutions",
        operation(["stateMachineArn", "statusFilter", "maxResults"], (input) => list(input, executions)),
      ],
    ]),
  });
}

function startExecution(input: JsonInput, executions: Executions): JsonPlan {
  const machineArn = textOf(input, "stateMachineArn");
  const name = optionalText(input, "name") ?? crypto.randomUUID();
  if (!NAME.test(name)) throw new AwsError("InvalidName", 400, `Invalid Name: '${name}'`);
  const text = optionalText(input, "input") ?? "{}";
  demandJson(text, "InvalidExecutionInput");
  return {
    needs: [{ action: "states:StartExecution", resource: machineArn }],
    run: () => {
      const machine = executions.machines.get(machineArn);
      if (machine === undefined) {
        throw new AwsError("StateMachineDoesNotExist", 400, `State Machine Does Not Exist: '${machineArn}'`);
      }
      const { arn, startedAt } = executions.start(machine, name, text);
      return { executionArn: arn, startDate: startedAt / 1_000 };
    },
  };
}

function sendSuccess(input: JsonInput, executions: Executions): JsonPlan {
  const token = textOf(input, "taskToken");
  const output = textOf(input, "output");
  demandJson(output, "InvalidOutput");
  return {
    needs: [{ action: "states:SendTaskSuccess", resource: "*" }],
    run: () => {
      executions.resume(token, ({ resolve }) => resolve(JSON.parse(output)));
      return {};
    },
  };
}

function sendFailure(input: JsonInput, executions: Executions): JsonPlan {
  const token = textOf(input, "taskToken");
  const error = new StateError(optionalText(input, "error") ?? "", optionalText(input, "cause") ?? "");
  return {
    needs: [{ action: "states:SendTaskFailure", resource: "*" }],
    run: () => {
      executions.resume(token, ({ reject }) => reject(error));
      return {};
    },
  };
}

function describe(input: JsonInput, executions: Executions): JsonPlan {
  const arn = textOf(input, "executionArn");
  return {
    needs: [{ action: "states:DescribeExecution", resource: arn }],
    run: () => {
      const execution = existing(arn, executions);
      const { output, error, cause } = execution;
      return { ...summaryOf(execution), input: execution.input, output, error, cause };
    },
  };
}

function history(input: JsonInput, executions: Executions): JsonPlan {
  const arn = textOf(input, "executionArn");
  const limit = countOf(input, "maxResults", MAX_PAGE);
  return {
    needs: [{ action: "states:GetExecutionHistory", resource: arn }],
    run: () => {
      const events = existing(arn, executions).history.map(eventOf);
      const ordered = input.reverseOrder === true ? events.toReversed() : events;
      return { events: ordered.slice(0, limit) };
    },
  };
}

function stop(input: JsonInput, executions: Executions): JsonPlan {
  const arn = textOf(input, "executionArn");
  return {
    needs: [{ action: "states:StopExecution", resource: arn }],
    run: () => {
      const execution = existing(arn, executions);
      executions.abort(execution, optionalText(input, "error"), optionalText(input, "cause"));
      return { stopDate: (execution.stoppedAt ?? 0) / 1_000 };
    },
  };
}

function list(input: JsonInput, executions: Executions): JsonPlan {
  const machineArn = textOf(input, "stateMachineArn");
  const status = optionalText(input, "statusFilter");
  const limit = countOf(input, "maxResults", MAX_PAGE);
  return {
    needs: [{ action: "states:ListExecutions", resource: machineArn }],
    run: () => {
      const all = executions.of(machineArn).filter((one) => status === undefined || one.status === status);
      return { executions: all.slice(0, limit).map(summaryOf) };
    },
  };
}

function existing(arn: string, executions: Executions): Execution {
  const execution = executions.find(arn);
  if (execution !== undefined) return execution;
  throw new AwsError("ExecutionDoesNotExist", 400, `Execution Does Not Exist: '${arn}'`);
}

function summaryOf({ arn, machineArn, name, status, startedAt, stoppedAt }: Execution): object {
  return {
    executionArn: arn,
    stateMachineArn: machineArn,
    name,
    status,
    startDate: startedAt / 1_000,
    ...(stoppedAt !== undefined && { stopDate: stoppedAt / 1_000 }),
  };
}

/** The details of states and of ends; those of tasks under their own member, as the SDK's types have them. */
function eventOf({ type, at, details }: HistoryEvent, index: number): object {
  const texts = Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      name === "input" || name === "output" ? asText(value) : value,
    ]),
  );
  const member = type.endsWith("StateEntered")
    ? "stateEnteredEventDetails"
    : type.endsWith("StateExited")
      ? "stateExitedEventDetails"
      : `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
  return { id: index + 1, previousEventId: index, type, timestamp: at / 1_000, [member]: texts };
}

function asText(value: unknown): unknown {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function demandJson(text: string, code: string): void {
  try {
    if (Buffer.byteLength(text) <= MAX_PAYLOAD) return void JSON.parse(text);
  } catch {
    // told below
  }
  throw new AwsError(code, 400, "it must be JSON of at most 262,144 bytes");
}
