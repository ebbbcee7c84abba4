// Lambda as a task of a state machine meets it: IAM judges the machine's role, errors come by the names that Retry and
// Catch match. Who runs the function is the local cloud's.

import type { Invocation } from "./contract.ts";
import { evaluate } from "./iam-evaluator.ts";
import type { InvokeFunction } from "./states-executions.ts";
import { StateError } from "./states-expressions.ts";
import type { World } from "./world.ts";

export type Invoke = (functionArn: string, payload: unknown) => Promise<Invocation> | undefined;

/** Makes the task `lambda:invoke`. What a function threw has its own name, as at AWS; the rest are Lambda's. */
export function functionTasks(world: World, invoke: Invoke): InvokeFunction {
  return async (roleArn, functionArn, payload) => {
    const verdict = evaluate(
      { identity: world.roles.get(roleArn)?.identity ?? [], session: undefined },
      { action: "lambda:InvokeFunction", resource: functionArn, context: new Map() },
    );
    if (verdict.kind === "denied") {
      throw new StateError(
        "Lambda.AWSLambdaException",
        `${roleArn} is not authorized to perform: lambda:InvokeFunction on ${functionArn} ${verdict.because}`,
      );
    }
    const invocation = await invoke(functionArn, payload);
    if (invocation === undefined) {
      throw new StateError("Lambda.ResourceNotFoundException", `Function not found: ${functionArn}`);
    }
    if (invocation.kind === "error") {
      const { errorType, errorMessage } = invocation;
      throw new StateError(errorType, JSON.stringify({ errorType, errorMessage }));
    }
    return { ExecutedVersion: "$LATEST", Payload: invocation.payload, StatusCode: 200 };
  };
}
