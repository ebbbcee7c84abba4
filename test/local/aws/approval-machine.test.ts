import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  answer,
  decided,
  ending,
  kinds,
  machineNow,
  openMachine,
  resetTrial,
  start,
  thrown,
  trial,
} from "./machine-lab.ts";

beforeAll(openMachine);
afterAll(() => trial.lab.stop());
beforeEach(resetTrial);

describe("the approval machine", () => {
  it("runs a stored call once it is approved, then closes", async () => {
    trial.onAsk = decided("approved");
    expect((await ending(await start({ run: "stored" }))).status).toBe("SUCCEEDED");
    expect([kinds(), trial.runs]).toEqual([["ask", "close timeout"], 1]);
  });

  it("waits for the caller of an attended call until it expires, then closes", async () => {
    trial.onAsk = decided("approved");
    expect((await ending(await start())).status).toBe("SUCCEEDED");
    expect([kinds(), trial.runs]).toEqual([["ask", "close timeout"], 0]);
  });

  it("looks at an approved call every few minutes, and ends it when its caller died with the execution", async () => {
    trial.onAsk = decided("approved");
    const found = ["approved", "approved", "running", "failed"];
    trial.closeStatus = () => answer({ status: found[trial.steps.length - 2] });
    expect((await ending(await start({ seconds: 86_400 }))).status).toBe("SUCCEEDED");
    expect([kinds().length, trial.runs]).toEqual([5, 0]);
  });

  it("looks hourly after the first hour, until the approval expires", async () => {
    trial.onAsk = decided("approved");
    trial.closeStatus = () => answer({ status: "approved" });
    const until = (await machineNow()) + 3 * 3_600_000;
    expect((await ending(await start({ seconds: 3 * 3_600 }))).status).toBe("SUCCEEDED");
    expect(await machineNow()).toBeGreaterThanOrEqual(until);
    const looks = kinds().filter((kind) => kind.startsWith("close")).length;
    expect(looks).toBeGreaterThan(24);
    expect(looks).toBeLessThan(32);
  });

  it.each(["rejected", "cancelled", "expired", "done"])("closes when it is %s", async (status) => {
    trial.onAsk = decided(status);
    expect((await ending(await start({ run: "stored" }))).status).toBe("SUCCEEDED");
    expect([kinds(), trial.runs]).toEqual([["ask", "close timeout"], 0]);
  });

  it("reminds, escalates once, reminds at growing intervals and closes when the time is over", async () => {
    expect((await ending(await start({ seconds: 5_400 }))).status).toBe("SUCCEEDED");
    expect(kinds()).toEqual(["ask", "remind", "escalate", "remind", "remind", "close timeout"]);
  });

  it("never uses a task token twice", async () => {
    await ending(await start());
    const tokens = trial.steps.flatMap(({ taskToken = "" }) => (taskToken === "" ? [] : [taskToken]));
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.length).toBeGreaterThan(2);
  });

  it("keeps a queued call waiting with a daily message, for as long as its time lasts", async () => {
    expect((await ending(await start({ otherwise: "queue", seconds: 90_000 }))).status).toBe("SUCCEEDED");
    expect(kinds()).toEqual(["ask", "remind", "escalate", "queue", "queue", "close timeout"]);
  });

  it("closes as unreachable when nobody can be told and the policy rejects", async () => {
    trial.onAsk = decided("unreachable");
    await ending(await start());
    expect(kinds()).toEqual(["ask", "close unreachable"]);
  });

  it("tries again daily when nobody can be told and the policy queues", async () => {
    trial.onAsk = (step) => (step.step === "ask" ? decided("unreachable")(step) : decided("rejected")(step));
    await ending(await start({ otherwise: "queue", seconds: 86_400 }));
    expect(kinds()).toEqual(["ask", "queue", "close timeout"]);
  });

  it("never trial.runs on a status that it does not know", async () => {
    trial.onAsk = decided("perhaps");
    await ending(await start({ run: "stored" }));
    expect([kinds(), trial.runs]).toEqual([["ask", "close failed"], 0]);
  });

  it("closes as failed when the run fails, and trial.runs it once only", async () => {
    trial.onAsk = decided("approved");
    trial.onRun = () => thrown;
    expect((await ending(await start({ run: "stored" }))).status).toBe("SUCCEEDED");
    expect([kinds(), trial.runs]).toEqual([["ask", "close failed"], 1]);
  });

  it("invokes the run again when Lambda throttles it", async () => {
    trial.onAsk = decided("approved");
    trial.onRun = () =>
      trial.runs < 3
        ? { kind: "error", errorType: "Lambda.TooManyRequestsException", errorMessage: "throttled" }
        : answer({ status: "done" });
    await ending(await start({ run: "stored" }));
    expect([kinds(), trial.runs]).toEqual([["ask", "close timeout"], 3]);
  });

  it("asks again when the ask function fails, with a new token each time", async () => {
    trial.onAsk = (step) => (trial.steps.length < 4 ? thrown : decided("rejected")(step));
    await ending(await start());
    expect(kinds()).toEqual(["ask", "ask", "ask", "ask", "close timeout"]);
  });

  it("closes as failed when the ask function keeps failing", async () => {
    trial.onAsk = () => thrown;
    await ending(await start());
    expect(kinds()).toEqual([...Array.from({ length: 7 }, () => "ask"), "close failed"]);
  });

  it("closes again while an execution is on its way", async () => {
    trial.onAsk = decided("running");
    trial.closeStatus = () => answer({ status: trial.steps.length < 4 ? "running" : "in_doubt" });
    expect((await ending(await start())).status).toBe("SUCCEEDED");
    expect(kinds().filter((kind) => kind.startsWith("close"))).toHaveLength(3);
  });

  it("fails, for the alarm, when its end cannot be recorded for hours", async () => {
    trial.onAsk = decided("rejected");
    trial.closeStatus = () => thrown;
    const end = await ending(await start());
    expect([end.status, end.error]).toEqual(["FAILED", "NotClosed"]);
    expect(kinds().filter((kind) => kind.startsWith("close"))).toHaveLength(31);
  });
});
