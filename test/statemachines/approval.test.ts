import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const validate = createRequire(import.meta.url)("asl-validator") as (definition: unknown) => {
  readonly isValid: boolean;
  readonly errorsText: () => string;
};

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly TimeoutSeconds?: unknown;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

const text = readFileSync(join(import.meta.dirname, "../../statemachines/approval.asl.json"), "utf8");
const definition = JSON.parse(text) as { readonly States: Readonly<Record<string, State>> };
const states = Object.entries(definition.States);
const tasks = states.filter(([, { Type }]) => Type === "Task");

describe("the approval state machine", () => {
  it("is valid by the language's schema, its paths and its JSONata", () => {
    const result = validate(definition);
    expect(result.isValid ? "" : result.errorsText()).toBe("");
  });

  it.each(states)("says what %s is for", (_name, { Comment = "" }) => {
    expect(Comment.length).toBeGreaterThan(20);
  });

  it.each(tasks)("bounds, repeats and catches %s", (name, { TimeoutSeconds, Retry = [], Catch = [] }) => {
    expect(TimeoutSeconds).toBeDefined();
    expect(Retry.length).toBeGreaterThan(0);
    const last = Catch.at(-1);
    expect(last?.ErrorEquals).toEqual(["States.ALL"]);
    expect(last?.Next).toBe(name === "Close" ? "NotClosed" : "Close");
  });

  it.each(tasks)("never retries a timeout of %s", (_name, { Retry = [] }) => {
    const retried = Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(retried).not.toContain("States.Timeout");
    expect(retried).not.toContain("States.ALL");
  });

  it("hands the task token to nobody but the ask function", () => {
    const naming = states.filter(([, state]) => JSON.stringify(state).includes("Task.Token"));
    expect(naming.map(([name]) => name)).toEqual(["Ask"]);
  });

  it("has no name of an account, a function or a region in it", () => {
    expect(text.match(/\$\{\w+\}/g)?.toSorted()).toEqual([
      `\${AskFunctionArn}`,
      `\${AskFunctionArn}`,
      `\${RunFunctionArn}`,
    ]);
    expect(text).not.toMatch(/\d{12}/);
  });
});
