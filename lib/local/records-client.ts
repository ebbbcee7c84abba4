// Clients for the local cloud's records and workflow: AWS's own host names, led to this machine, under the local CA.

import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import type { CheckpointKeyAccess, SealedAccess } from "../export-command.ts";
import { type LocalRecords, RECORDS_FILE } from "./exports.ts";

export interface RecordsAccess {
  readonly client: DynamoDBClient;
  /** With the records. */
  readonly table: string;
  readonly stateTable: string;
  /** Where approvers' pages are. */
  readonly publicUrl: string;
}

/** @throws an Error that says what to do when no local cloud has run with this data directory */
export function localRecords(directory: string): RecordsAccess {
  const local = recordsIn(directory);
  const { table, stateTable, publicUrl } = local;
  const client = new DynamoDBClient({ ...settingsOf(local, "dynamodb"), maxAttempts: 1 });
  return { client, table, stateTable, publicUrl };
}

/** The records with their checkpoints. @throws as localRecords does */
export function localSealed(directory: string): SealedAccess {
  const local = recordsIn(directory);
  return {
    dynamodb: new DynamoDBClient(settingsOf(local, "dynamodb")),
    s3: new S3Client(settingsOf(local, "s3")),
    table: local.table,
    bucket: local.checkpointBucket,
  };
}

/** The key that signs checkpoints. @throws as localRecords does */
export function localCheckpointKey(directory: string): CheckpointKeyAccess {
  const local = recordsIn(directory);
  return { kms: new KMSClient(settingsOf(local, "kms")), keyArn: local.checkpointKeyArn };
}

/** The workflow of the local cloud that runs now. @throws as localRecords does */
export function localWorkflow(directory: string): {
  readonly client: SFNClient;
  readonly machineArn: string;
} {
  const local = recordsIn(directory);
  return { client: new SFNClient(settingsOf(local, "states")), machineArn: local.machineArn };
}

function recordsIn(directory: string): LocalRecords {
  try {
    return JSON.parse(readFileSync(join(directory, RECORDS_FILE), "utf8")) as LocalRecords;
  } catch (cause) {
    throw new Error(
      "no local cloud has run here: start one with `npm start`, or name a deployed table with --table or --state-table",
      {
        cause,
      },
    );
  }
}

function settingsOf({ port, region, credentials, caFile }: LocalRecords, service: string) {
  return {
    region,
    credentials,
    // Said outright: AWS_ENDPOINT_URL names the gateway in the shells that agents' exports were sourced in.
    endpoint: `https://${service}.${region}.amazonaws.com`,
    requestHandler: { httpsAgent: new LocalAgent(port, readFileSync(caFile)) },
  };
}

/** Leads every name to the small AWS, whose certificate must still be good for that name. */
class LocalAgent extends Agent {
  readonly #port: number;

  constructor(port: number, ca: Buffer) {
    super({ ca });
    this.#port = port;
  }

  override createConnection(
    ...[options, callback]: Parameters<Agent["createConnection"]>
  ): ReturnType<Agent["createConnection"]> {
    const servername = options.host ?? "";
    return super.createConnection(
      { ...options, host: "127.0.0.1", port: this.#port, servername } as typeof options,
      callback,
    );
  }
}
