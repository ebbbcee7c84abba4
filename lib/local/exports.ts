// What the local cloud leaves behind for other terminals: the exports to source, the agent's token, and where the CLI
// finds the records. Files with secrets are for their owner only.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentEnvironment, shellExports } from "../agent-environment.ts";
import type { RoleCredentials } from "./aws/contract.ts";

/** How the CLI reaches the local records table, as an operator of the account would. */
export interface LocalRecords {
  readonly port: number;
  readonly caFile: string;
  readonly region: string;
  /** With the records. */
  readonly table: string;
  readonly stateTable: string;
  readonly credentials: RoleCredentials;
}

const OWNER_ONLY = 0o600;
export const RECORDS_FILE = "records.json";

export function tokenFileIn(directory: string): string {
  return join(directory, "agent.token");
}

export function writeToken(directory: string, token: string): void {
  // No line end: some SDKs send the file as it is.
  writeFileSync(tokenFileIn(directory), token, { mode: OWNER_ONLY });
}

/** Returns the file's path. */
export function writeExports(directory: string, environment: AgentEnvironment): string {
  const file = join(directory, "local.env");
  writeFileSync(file, shellExports(environment), { mode: OWNER_ONLY });
  return file;
}

export function writeRecordsAccess(directory: string, records: LocalRecords): void {
  writeFileSync(join(directory, RECORDS_FILE), JSON.stringify(records), { mode: OWNER_ONLY });
}
