// Entry of the function that ends, each minute, what functions that were cut off left undone: reads the environment and
// the bundle, builds the clients once, wires the flow. Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import middy from "@middy/core";
import { createOpenedApprovals } from "./aws/approval-inbox.ts";
import { createCallLog } from "./aws/call-log.ts";
import { createMinuteCursor } from "./aws/minute-cursor.ts";
import { createOpenIntents } from "./aws/open-intents.ts";
import { createRecordIndex } from "./aws/record-index.ts";
import { createWorkflow } from "./aws/workflow.ts";
import { readDeployment } from "./boundary/bundle-files.ts";
import { environmentOf } from "./boundary/environment.ts";
import { type ReconcileDependencies, reconcile } from "./flow/reconcile.ts";
import { systemClock as clock } from "./net/clock.ts";

const environment = environmentOf(process.env, ["stateTable", "sessionsTable", "approvalMachineArn"]);
const deployment = readDeployment(import.meta.dirname);
const client = new DynamoDBClient({ maxAttempts: 3 });
const state = { client, table: environment.stateTable };
const records = { client, table: environment.sessionsTable };

const dependencies: ReconcileDependencies = {
  clock,
  deployment,
  cursor: createMinuteCursor(state),
  index: createRecordIndex(records),
  intents: createOpenIntents(records),
  log: createCallLog({ ...records, retentionDays: deployment.retentionDays }),
  opened: createOpenedApprovals(state),
  workflow: createWorkflow({ client: new SFNClient(), machineArn: environment.approvalMachineArn }),
};

export const handler = middy().handler(() => reconcile(dependencies));
