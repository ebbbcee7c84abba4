// EventBridge for the template's schedules: invokes their functions when it is asked to, or each minute. Lambda's own
// permission decides whether it may; what became of an invocation is told, since nobody waits for it.

import type { Invocation } from "./aws/contract.ts";
import type { InvokePermission } from "./template-functions.ts";
import type { Schedule } from "./template-schedules.ts";

export interface ScheduleOptions {
  readonly schedules: readonly Schedule[];
  readonly permissions: readonly InvokePermission[];
  /** `undefined`: there is no such function. */
  invoke(functionArn: string, event: unknown): Promise<Invocation> | undefined;
  /** A rule, and why its function did not end well. */
  onError(ruleArn: string, reason: string): void;
}

const MINUTE_MS = 60_000;

/** Invokes every scheduled function once, one after the other. */
export async function runSchedules(options: ScheduleOptions): Promise<readonly Invocation[]> {
  const invocations: Invocation[] = [];
  for (const { arn, functionArns } of options.schedules) {
    for (const functionArn of functionArns) {
      const invocation = await runOne(arn, functionArn, options);
      if (invocation.kind === "error") options.onError(arn, invocation.errorMessage);
      invocations.push(invocation);
    }
  }
  return invocations;
}

/** Invokes them each minute until the returned function is called. */
export function eachMinute(run: () => Promise<unknown>): () => void {
  const timer = setInterval(() => void run(), MINUTE_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function runOne(rule: string, functionArn: string, options: ScheduleOptions): Promise<Invocation> {
  const may = options.permissions.some(
    (permission) => permission.functionArn === functionArn && permission.sourceArn === rule,
  );
  if (!may) return failed("AccessDenied", `${rule} has no permission to invoke ${functionArn}`);
  const event = {
    ...{ version: "0", source: "aws.events", "detail-type": "Scheduled Event" },
    ...{ resources: [rule], time: new Date().toISOString(), detail: {} },
  };
  try {
    const invocation = await options.invoke(functionArn, event);
    return invocation ?? failed("ResourceNotFound", `there is no function ${functionArn}`);
  } catch (error) {
    return failed("Unhandled", String(error)); // such as an answer that is no JSON: nobody else would hear of it
  }
}

function failed(errorType: string, errorMessage: string): Invocation {
  return { kind: "error", errorType, errorMessage };
}
