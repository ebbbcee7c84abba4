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
  readonly checkpointBucket: string;
  /** Signs checkpoints. */
  readonly checkpointKeyArn: string;
  /** Of the approvals' state machine. */
  readonly machineArn: string;
  /** Where approvers' pages are. */
  readonly publicUrl: string;
  readonly credentials: RoleCredentials;
}

const OWNER_ONLY = 0o600;
export const RECORDS_FILE = "records.json";
export const READER_FILE = "reader.json";

/** How the CLI asks the local gateway's API: as a person of the demo, whose login it carries. */
export interface LocalReader {
  readonly url: string;
  readonly idToken: string;
  readonly caFile: string;
}

/** @param agent the subject of its tokens, one of the demo's */
export function tokenFileIn(directory: string, agent: string): string {
  return join(directory, `${agent}.token`);
}

export function writeToken(directory: string, agent: string, token: string): void {
  // No line end: some SDKs send the file as it is.
  writeFileSync(tokenFileIn(directory, agent), token, { mode: OWNER_ONLY });
}

/** For a shell to source. */
export function writeExports(directory: string, name: string, environment: AgentEnvironment): void {
  writeFileSync(join(directory, name), shellExports(environment), { mode: OWNER_ONLY });
}

export function writeRecordsAccess(directory: string, records: LocalRecords): void {
  writeFileSync(join(directory, RECORDS_FILE), JSON.stringify(records), { mode: OWNER_ONLY });
}

export function writeReader(directory: string, reader: LocalReader): void {
  writeFileSync(join(directory, READER_FILE), JSON.stringify(reader), { mode: OWNER_ONLY });
}
