// Clients for commands that an operator runs with their own AWS credentials, past the gateway: of a deployment where one is
// named, else of the local cloud.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CommandError } from "./exit.ts";

/** An operator speaks to AWS itself, also in a shell whose AWS_ENDPOINT_URL names a gateway. */
export async function ownDynamodb(): Promise<DynamoDBClient> {
  delete process.env.AWS_ENDPOINT_URL;
  const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
  return new DynamoDBClient();
}

/** The records access of the local cloud that runs here. */
export async function localAccess() {
  const { localRecords } = await import("../local/records-client.ts");
  const { DATA_DIRECTORY } = await import("../local/data-directory.ts");
  return localRecords(DATA_DIRECTORY);
}

/** Table `state` of the named deployment, or of the local cloud. */
export async function stateAccess(table: string | undefined) {
  if (table !== undefined) return { client: await ownDynamodb(), table };
  const { client, stateTable } = await localAccess();
  return { client, table: stateTable };
}

/** For what a client throws: says what to do when the local cloud is not there. */
export function unreachable(cause: unknown): never {
  const refused = cause instanceof Error && /ECONNREFUSED/.test(`${cause.message} ${String(cause.cause)}`);
  throw refused
    ? new CommandError("the local cloud does not run: start it with `npm start` and leave it running", 1, {
        cause,
      })
    : cause;
}
