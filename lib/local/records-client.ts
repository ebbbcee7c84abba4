// A DynamoDB client for the local cloud's records: AWS's own host name, led to this machine, under the local CA.

import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type LocalRecords, RECORDS_FILE } from "./exports.ts";

export interface RecordsAccess {
  readonly client: DynamoDBClient;
  /** With the records. */
  readonly table: string;
  readonly stateTable: string;
}

/** @throws an Error that says what to do when no local cloud has run with this data directory */
export function localRecords(directory: string): RecordsAccess {
  let local: LocalRecords;
  try {
    local = JSON.parse(readFileSync(join(directory, RECORDS_FILE), "utf8")) as LocalRecords;
  } catch (cause) {
    throw new Error(
      "no local cloud has run here: start one with `npm start`, or name a deployed table with --table or --state-table",
      {
        cause,
      },
    );
  }
  const { port, region, credentials, table, stateTable } = local;
  const client = new DynamoDBClient({
    region,
    credentials,
    // Said outright: AWS_ENDPOINT_URL names the gateway in the shells that agents' exports were sourced in.
    endpoint: `https://dynamodb.${region}.amazonaws.com`,
    requestHandler: { httpsAgent: new LocalAgent(port, readFileSync(local.caFile)) },
    maxAttempts: 1,
  });
  return { client, table, stateTable };
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
