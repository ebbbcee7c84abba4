// The approval machine on the local Step Functions, with functions that a test plays itself, under a fast clock.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import type { Invocation } from "../../../lib/local/aws/contract.ts";
import { allow, emptyResources, GATEWAY, type Lab, openLab, policy, REGION } from "./harness.ts";

export const MACHINE = `arn:aws:states:${REGION}:${GATEWAY}:stateMachine:approval`;
const ASK = `arn:aws:lambda:${REGION}:${GATEWAY}:function:ask`;
const RUN = `arn:aws:lambda:${REGION}:${GATEWAY}:function:run`;
const ROLE = `arn:aws:iam::${GATEWAY}:role/machine`;
/** An hour of the machine is under a fifth of a second here. */
const SPEED = 20_000;

interface Step {
  readonly step: string;
  readonly approvalId: string;
  readonly taskToken: string;
  readonly reason?: string;
}
type Behaviour = (step: Step) => Promise<Invocation> | Invocation;

/** One trial: what was asked of the two functions, and how they behave. */
export const trial: {
  lab: Lab;
  client: SFNClient;
  steps: Step[];
  runs: number;
  onAsk: Behaviour;
  onRun: () => Invocation;
  closeStatus: () => Invocation;
} = {} as never;
let counter = 0;

export const answer = (payload: unknown): Invocation => ({ kind: "payload", payload });
export const thrown: Invocation = { kind: "error", errorType: "Error", errorMessage: "planted" };

function definition(): string {
  const file = join(import.meta.dirname, "../../../statemachines/approval.asl.json");
  return readFileSync(file, "utf8")
    .replaceAll(`\${AskFunctionArn}`, ASK)
    .replaceAll(`\${RunFunctionArn}`, RUN);
}

async function invoke(functionArn: string, payload: unknown): Promise<Invocation> {
  if (functionArn === RUN) {
    trial.runs += 1;
    return trial.onRun();
  }
  const step = payload as Step;
  trial.steps.push(step);
  return step.step === "close" ? trial.closeStatus() : trial.onAsk(step);
}

export const resume = (taskToken: string, status: string) =>
  trial.client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ status }) }));

export const decided =
  (status: string): Behaviour =>
  async ({ taskToken }) => {
    await resume(taskToken, status);
    return answer({ status });
  };
const silence: Behaviour = () => answer({ status: "pending" });

interface Terms {
  readonly run?: "attended" | "stored";
  readonly otherwise?: "reject" | "queue";
  readonly seconds?: number;
}

export async function start({
  run = "attended",
  otherwise = "reject",
  seconds = 3_600,
}: Terms = {}): Promise<string> {
  counter += 1;
  // The machine's clock trial.runs ahead; the first event of a trial says where it is.
  const expiresAt = new Date((await machineNow()) + seconds * 1_000).toISOString().replace(/\.\d{3}Z$/, "Z");
  const input = { approvalId: `A${counter}`, session: "s", expiresAt, run, otherwise, remindSeconds: 600 };
  const { executionArn = "" } = await trial.client.send(
    new StartExecutionCommand({
      stateMachineArn: MACHINE,
      name: `A${counter}`,
      input: JSON.stringify(input),
    }),
  );
  return executionArn;
}

export async function machineNow(): Promise<number> {
  counter += 1;
  const probe = { stateMachineArn: `${MACHINE}-probe`, name: `P${counter}`, input: "{}" };
  const { startDate } = await trial.client.send(new StartExecutionCommand(probe));
  return startDate?.getTime() ?? 0;
}

export async function ending(executionArn: string) {
  for (;;) {
    const found = await trial.client.send(new DescribeExecutionCommand({ executionArn }));
    if (found.status !== "RUNNING") return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const kinds = (): string[] =>
  trial.steps.map(({ step, reason }) => (step === "close" ? `close ${reason}` : step));

/** For the hooks of a test file. */
export async function openMachine(): Promise<void> {
  const roles = [
    {
      arn: ROLE,
      trust: policy({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "states.amazonaws.com" },
      }),
      policies: [policy(allow("lambda:InvokeFunction", [ASK, RUN]))],
    },
  ];
  const probe = JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: "S",
    States: { S: { Type: "Succeed" } },
  });
  const machine = { name: "approval", arn: MACHINE, roleArn: ROLE, definition: definition() };
  const machines = [machine, { ...machine, arn: `${MACHINE}-probe`, definition: probe }];
  trial.lab = await openLab({ resources: { ...emptyResources(), roles, machines }, statesSpeed: SPEED });
  trial.lab.aws.serveFunctions(invoke);
  trial.client = new SFNClient(trial.lab.client(trial.lab.roleWith(GATEWAY, allow("states:*", "*"))));
}

export function resetTrial(): void {
  trial.steps = [];
  trial.runs = 0;
  trial.onAsk = silence;
  trial.onRun = () => answer({ status: "done" });
  trial.closeStatus = () => answer({ status: "done" });
}
