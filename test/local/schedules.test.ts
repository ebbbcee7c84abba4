// The template's schedules: what they invoke, and what keeps them from it.

import { expect, test } from "vitest";
import { TemplateError } from "../../lib/local/members.ts";
import { runSchedules } from "../../lib/local/schedules.ts";
import { parseTemplate, resolveStack, type Template } from "../../lib/local/template.ts";
import { PLACE, smallTemplate } from "./small-template.ts";

function withRule(rule: object = {}): Template {
  const template = smallTemplate();
  const arn = { "Fn::GetAtt": ["Function", "Arn"] };
  template.Resources.Rule = {
    Type: "AWS::Events::Rule",
    Properties: { ScheduleExpression: "rate(1 minute)", Targets: [{ Arn: arn, Id: "T" }], ...rule },
  };
  template.Resources.MayInvoke = {
    Type: "AWS::Lambda::Permission",
    Properties: {
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      FunctionName: arn,
      SourceArn: { "Fn::GetAtt": ["Rule", "Arn"] },
    },
  };
  return template;
}

async function ran(template: Template) {
  const stack = resolveStack(parseTemplate(template), PLACE);
  const invoked: unknown[] = [];
  const errors: string[] = [];
  const invocations = await runSchedules({
    ...stack,
    invoke: async (functionArn, event) => {
      invoked.push([functionArn, event]);
      return { kind: "payload", payload: 1 };
    },
    onError: (_rule, reason) => errors.push(reason),
  });
  return { stack, invoked, errors, invocations };
}

test("a rule invokes its function with EventBridge's event", async () => {
  const { stack, invoked, invocations } = await ran(withRule());
  const event = expect.objectContaining({ source: "aws.events", resources: [stack.schedules[0]?.arn] });
  expect(invoked).toEqual([[stack.functions[0]?.arn, event]]);
  expect(invocations).toEqual([{ kind: "payload", payload: 1 }]);
});

test("without the function's permission it invokes nothing, and says so", async () => {
  const template = withRule();
  delete template.Resources.MayInvoke;
  const { invoked, errors, invocations } = await ran(template);
  expect(invoked).toEqual([]);
  expect(errors[0]).toContain("has no permission to invoke");
  expect(invocations).toMatchObject([{ kind: "error", errorType: "AccessDenied" }]);
});

test.each([
  ["another schedule", { ScheduleExpression: "rate(5 minutes)" }],
  ["a rule that is off", { State: "DISABLED" }],
  ["a pattern", { EventPattern: { source: ["x"] } }],
  ["a target that is no function", { Targets: [{ Arn: "arn:aws:sqs:eu-west-1:111122223333:q", Id: "T" }] }],
  ["an input of its own", { Targets: [{ Arn: "arn:aws:lambda:x:1:function:f", Id: "T", Input: "{}" }] }],
])("%s is not served", async (_name, rule) => {
  await expect(ran(withRule(rule))).rejects.toThrow(TemplateError);
});
