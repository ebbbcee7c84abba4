// Entry of the workflow's task `ask`: reads the environment and the bundle, builds the clients once, wires the flow.
// Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import { createApprovalStore } from "./aws/approval-store.ts";
import { createAttempts } from "./aws/attempts.ts";
import { createCallLog } from "./aws/call-log.ts";
import { createMailer } from "./aws/mailer.ts";
import { createPublicUrl } from "./aws/public-url.ts";
import { createSealer } from "./aws/sealer.ts";
import { createSlackSecret } from "./aws/slack-secret.ts";
import { createWorkflow } from "./aws/workflow.ts";
import { readDeployment } from "./boundary/bundle-files.ts";
import { environmentOf } from "./boundary/environment.ts";
import { log } from "./boundary/log.ts";
import { type AskDependencies, ask } from "./flow/ask.ts";
import { keyOfApproved } from "./flow/tell-approval.ts";
import { systemClock as clock, systemPause as pause } from "./net/clock.ts";
import { newNonce } from "./net/randomness.ts";
import { createSlackClient, PATIENT } from "./net/slack-client.ts";

const environment = environmentOf(process.env, [
  "stateTable",
  "sessionsTable",
  "sealKeyArn",
  "publicUrlParameter",
]);
const deployment = readDeployment(import.meta.dirname);
const { approvals, mode, retentionDays } = deployment;
log({ event: "start", mode });
const client = new DynamoDBClient({ maxAttempts: 3 });
const records = { client, table: environment.sessionsTable };
const attemptOf = createAttempts(records);
// 3 tries of 5 s at most: with the pauses between them well within the time of this task.
const mail = new SESv2Client({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});
const slackSecret = createSlackSecret({
  client: new SecretsManagerClient(),
  secretArn: approvals?.slack?.secretArn ?? "", // not asked for where no channel is configured
  clock,
});

const dependencies: AskDependencies = {
  approvals,
  clock,
  store: createApprovalStore({
    client,
    table: environment.stateTable,
    clock,
    pause,
    random: Math.random,
    newNonce,
  }),
  sealer: createSealer({ client: new KMSClient(), keyArn: environment.sealKeyArn, clock }),
  workflow: createWorkflow({ client: new SFNClient(), machineArn: "" }), // only resumes, by the token alone
  log: createCallLog({ ...records, retentionDays }),
  attemptOf: (approval) => attemptOf(keyOfApproved(approval)),
  mailer: createMailer({ client: mail }),
  slack: createSlackClient({
    botToken: async () => (await slackSecret()).botToken,
    patience: PATIENT,
  }),
  publicUrl: createPublicUrl({ client: new SSMClient(), parameter: environment.publicUrlParameter }),
};

export const handler = middy().handler((event: unknown) => ask(event, dependencies));
