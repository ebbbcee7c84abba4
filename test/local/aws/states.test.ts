import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allow, GATEWAY } from "./harness.ts";
import {
  answer,
  decided,
  ending,
  kinds,
  MACHINE,
  machineNow,
  openMachine,
  resetTrial,
  resume,
  start,
  trial,
} from "./machine-lab.ts";

beforeAll(openMachine);
afterAll(() => trial.lab.stop());
beforeEach(resetTrial);

describe("the local Step Functions, through the real client", () => {
  it("starts once for the same name and input, and refuses the name for another input or after its end", async () => {
    const command = { stateMachineArn: MACHINE, name: "same" };
    const expiresAt = new Date((await machineNow()) + 3_600_000).toISOString();
    const input = JSON.stringify({
      approvalId: "A",
      expiresAt,
      run: "attended",
      otherwise: "reject",
      remindSeconds: 600,
    });
    const first = await trial.client.send(new StartExecutionCommand({ ...command, input }));
    const second = await trial.client.send(new StartExecutionCommand({ ...command, input }));
    expect(second.executionArn).toBe(first.executionArn);
    const other = trial.client.send(new StartExecutionCommand({ ...command, input: "{}" }));
    await expect(other).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
    await ending(first.executionArn ?? "");
    const late = trial.client.send(new StartExecutionCommand({ ...command, input }));
    await expect(late).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
  });

  it("refuses a token that it never gave, and one that was used", async () => {
    await expect(resume("AAAA", "approved")).rejects.toMatchObject({ name: "InvalidToken" });
    trial.onAsk = decided("rejected");
    await ending(await start());
    const { taskToken = "" } = trial.steps[0] ?? {};
    await expect(resume(taskToken, "approved")).rejects.toMatchObject({ name: "TaskTimedOut" });
  });

  it("refuses the token of a round that is over", async () => {
    await ending(await start());
    const { taskToken = "" } = trial.steps[0] ?? {};
    await expect(resume(taskToken, "approved")).rejects.toMatchObject({ name: "TaskTimedOut" });
  });

  it("fails the task by SendTaskFailure", async () => {
    trial.onAsk = async ({ taskToken }) => {
      await trial.client.send(new SendTaskFailureCommand({ taskToken, error: "Planted" }));
      return answer({});
    };
    await ending(await start());
    expect(kinds().at(-1)).toBe("close failed");
  });

  it("stops an execution, lists it so, and never closes it then", async () => {
    const executionArn = await start({ otherwise: "queue", seconds: 6 * 86_400 });
    await trial.client.send(new StopExecutionCommand({ executionArn, error: "Stopped" }));
    expect((await ending(executionArn)).status).toBe("ABORTED");
    const { executions = [] } = await trial.client.send(
      new ListExecutionsCommand({ stateMachineArn: MACHINE, statusFilter: "ABORTED" }),
    );
    expect(executions.map((one) => one.executionArn)).toEqual([executionArn]);
  });

  it("keeps the history with each state by its name", async () => {
    trial.onAsk = decided("rejected");
    const executionArn = await start();
    await ending(executionArn);
    const { events = [] } = await trial.client.send(new GetExecutionHistoryCommand({ executionArn }));
    const entered = events.flatMap(({ stateEnteredEventDetails: state }) => state?.name ?? []);
    expect(entered).toEqual(["Prepare", "Ask", "Decide", "Close", "Closed", "Done"]);
    expect(events.at(-1)?.type).toBe("ExecutionSucceeded");
  });

  it.each([
    ["StateMachineDoesNotExist", { stateMachineArn: `${MACHINE}x`, input: "{}" }],
    ["InvalidExecutionInput", { stateMachineArn: MACHINE, input: "{" }],
    ["InvalidName", { stateMachineArn: MACHINE, name: "a b", input: "{}" }],
  ])("answers %s", async (name, command) => {
    await expect(trial.client.send(new StartExecutionCommand(command))).rejects.toMatchObject({ name });
  });

  it("asks IAM who may start, and which functions the machine may invoke", async () => {
    const denied = new SFNClient(
      trial.lab.client(trial.lab.roleWith(GATEWAY, allow("states:SendTaskSuccess", "*"))),
    );
    const command = new StartExecutionCommand({ stateMachineArn: MACHINE, input: "{}" });
    await expect(denied.send(command)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});
