import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LOST_AFTER_MS } from "../../lambdas/flow/close-lost.ts";
import { evaluate } from "../../lib/local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "../../lib/local/aws/iam-policy.ts";
import { parseTemplate, resolveStack } from "../../lib/local/template.ts";
import { functionOf, synthesizeSample } from "./synthesis.ts";

const { outdir, template } = synthesizeSample();
const stack = resolveStack(parseTemplate({ Resources: template.Resources }), {
  ...{ assembly: outdir, partition: "aws", region: "eu-west-1", account: "111122223333" },
  ...{ stackName: "Countersign", distributionHost: "127.0.0.1:8788" },
});

afterAll(() => rmSync(dirname(outdir), { recursive: true }));

const spec = stack.functions.find(({ name }) => name.includes("-ReconcileFunction"));
const role = stack.roles.find(({ arn }) => arn === spec?.roleArn);
const tableOf = (variable: string): string =>
  `arn:aws:dynamodb:eu-west-1:111122223333:table/${spec?.environment[variable]}`;
const sessions = tableOf("SESSIONS_TABLE");
const state = tableOf("STATE_TABLE");
const key = (text: string) => ({ "dynamodb:leadingkeys": [text] });

function may(action: string, resource: string, context: Record<string, string[]> = {}): boolean {
  const identity = role?.policies.flatMap(parseIdentityPolicy) ?? [];
  const request = { action, resource, context: new Map(Object.entries(context)) };
  return evaluate({ identity, session: undefined }, request).kind === "allowed";
}

describe("the function that reconciles", () => {
  it("runs alone, each minute, and is not repeated", () => {
    expect(functionOf(template, "reconcile")).toMatchObject({
      ...{ Handler: "index.handler", Timeout: 300, MemorySize: 512, ReservedConcurrentExecutions: 1 },
    });
    expect(stack.schedules.flatMap(({ functionArns }) => functionArns)).toContain(spec?.arn);
    const configs = Object.values(template.Resources).filter(
      ({ Type }) => Type === "AWS::Lambda::EventInvokeConfig",
    );
    expect(configs).toHaveLength(3);
    for (const { Properties } of configs)
      expect(Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  });

  it("takes no call for lost that a function may still be at work on", () => {
    for (const name of ["call", "run"]) {
      const { Timeout } = functionOf(template, name) as { Timeout: number };
      expect(Timeout * 1_000 + 30_000, name).toBeLessThanOrEqual(LOST_AFTER_MS);
    }
  });

  it("appends records and reads them back, and changes none", () => {
    expect(may("dynamodb:Query", `${sessions}/index/by-minute`)).toBe(true);
    for (const action of ["Query", "PutItem"]) expect(may(`dynamodb:${action}`, sessions), action).toBe(true);
    for (const action of ["GetItem", "BatchGetItem", "Scan", "UpdateItem", "DeleteItem"])
      expect(may(`dynamodb:${action}`, sessions), action).toBe(false);
  });

  it("keeps its own cursors, and reads approvals without changing one", () => {
    expect(may("dynamodb:PutItem", state, key("RECONCILE#calls"))).toBe(true);
    expect(may("dynamodb:GetItem", state, key("RECONCILE#calls"))).toBe(true);
    expect(may("dynamodb:BatchGetItem", state, key("APPROVAL#a"))).toBe(true);
    expect(may("dynamodb:Query", `${state}/index/inbox`)).toBe(true);
    for (const one of ["APPROVAL#a", "SESSION#a", "ANSWER#a", "REVOKED#a", "FORBID"])
      for (const action of ["PutItem", "UpdateItem", "DeleteItem"])
        expect(may(`dynamodb:${action}`, state, key(one)), `${action} ${one}`).toBe(false);
    for (const one of ["SESSION#a", "ANSWER#a", "HELD#a", "FORBID"])
      expect(may("dynamodb:GetItem", state, key(one)), one).toBe(false);
  });

  it("starts the workflow of approvals, and acts for nobody at AWS", () => {
    expect(may("states:StartExecution", stack.machines[0]?.arn ?? "")).toBe(true);
    expect(may("states:SendTaskSuccess", "*")).toBe(false);
    for (const { arn } of stack.roles) expect(may("sts:AssumeRole", arn), arn).toBe(false);
    expect(may("sts:AssumeRole", "arn:aws:iam::444455556666:role/mcp-reader")).toBe(false);
  });
});

describe("its alarms", () => {
  const alarms = Object.entries(template.Resources).filter(
    ([id, { Type }]) => Type === "AWS::CloudWatch::Alarm" && id.startsWith("Reconcile"),
  );

  it.each([
    ["Failing", { TreatMissingData: "notBreaching", Threshold: 1, DatapointsToAlarm: 3 }],
    ["Stopped", { TreatMissingData: "breaching", Threshold: 1, EvaluationPeriods: 3 }],
  ])("%s says what it means and what to do", (name, expected) => {
    const [, alarm] = alarms.find(([id]) => id.includes(name)) ?? [];
    expect(alarm?.Properties).toMatchObject(expected);
    expect(alarm?.Properties.AlarmDescription).toMatch(/without an end.*Look .*catches up by itself/);
  });
});
