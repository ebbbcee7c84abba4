// The template's schedules: which functions EventBridge invokes each minute, and whether it may.

import { TemplateError } from "./members.ts";
import type { Resource, ResourcesOf } from "./template.ts";

export interface Schedule {
  /** The ARN of the rule. */
  readonly arn: string;
  readonly functionArns: readonly string[];
}

export interface Schedules {
  readonly schedules: readonly Schedule[];
}

export function readSchedules(resourcesOf: ResourcesOf): Schedules {
  return { schedules: resourcesOf("AWS::Events::Rule").map(readRule) };
}

function readRule({ attributes, properties }: Resource): Schedule {
  properties.ignore("Name", "Description");
  properties.exactly("ScheduleExpression", "rate(1 minute)");
  properties.only("State", "ENABLED");
  const functionArns = properties.each("Targets").map((target) => {
    target.ignore("Id");
    const arn = target.text("Arn");
    target.done();
    if (!arn.includes(":function:")) throw new TemplateError(target.path, "is no function");
    return arn;
  });
  properties.done();
  return { arn: attributes.Arn ?? "", functionArns };
}
