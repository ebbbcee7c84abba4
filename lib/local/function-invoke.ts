// The synchronous invocation of a function (`RequestResponse`): one payload in, one out, a function error as Lambda tells it.

import { randomUUID } from "node:crypto";
import type { Invocation } from "./aws/contract.ts";
import { FunctionFault } from "./function-messages.ts";
import type { FunctionRuntime } from "./function-runtime.ts";

/** Returns what the function answered; its faults are values here, since the caller is told of them. */
export async function invokeFunction(target: FunctionRuntime, payload: unknown): Promise<Invocation> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of target.invoke(payload, randomUUID())) chunks.push(chunk);
  } catch (error) {
    if (!(error instanceof FunctionFault)) throw error;
    return { kind: "error", errorType: error.errorType, errorMessage: error.message };
  }
  return { kind: "payload", payload: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
}
