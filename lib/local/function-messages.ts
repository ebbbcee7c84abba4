// What the pool of a function, its execution environments and their workers say to each other.

import type { RoleCredentials } from "./aws/contract.ts";
import type { ConnectionReport } from "./preload.ts";

export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  /** Where the built bundle lies. */
  readonly assetDirectory: string;
  /** `file.member`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Reserved concurrency, if the template says so. */
  readonly concurrency?: number;
}

export interface LogLine {
  readonly functionName: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface RuntimeOptions {
  readonly function: FunctionSpec;
  readonly region: string;
  readonly awsPort: number;
  readonly slackPort?: number | undefined;
  readonly caPem: string;
  /** The credentials of the function's role, asked for once per worker. */
  credentials(): RoleCredentials;
  onLog(line: LogLine): void;
  onConnection(connection: ConnectionReport): void;
}

/** A function that did not answer as it should: Lambda would report a function error. */
export class FunctionFault extends Error {
  readonly reason: "timeout" | "crash" | "error";
  /** The name of what the handler threw; Lambda's own for the rest. */
  readonly errorType: string;

  constructor(reason: FunctionFault["reason"], message: string, thrown?: string) {
    super(message);
    this.name = "FunctionFault";
    this.reason = reason;
    const own = { timeout: "Sandbox.Timedout", crash: "Runtime.ExitError", error: "Error" };
    this.errorType = thrown ?? own[reason];
  }
}

/** What a worker is started with, beside its environment. */
export interface WorkerStart {
  readonly assetDirectory: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly awsPort: number;
  readonly slackPort?: number | undefined;
  readonly caPem: string;
}

export interface ToWorker {
  readonly event: unknown;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "connection"; readonly connection: ConnectionReport }
  | { readonly kind: "chunk"; readonly bytes: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "error"; readonly message: string; readonly errorType: string };
