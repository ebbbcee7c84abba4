// Entry of the function that makes approved calls by itself (`run=stored`): a task of the approval's state machine. Reads
// the environment and the bundle, builds the clients once, wires the flow. Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { STSClient } from "@aws-sdk/client-sts";
import middy from "@middy/core";
import { createAnswers } from "./aws/answers.ts";
import { createApprovalStore } from "./aws/approval-store.ts";
import { createBudgets } from "./aws/budgets.ts";
import { createCallLog } from "./aws/call-log.ts";
import { createGrants } from "./aws/grants.ts";
import { createMaskKey } from "./aws/mask-key.ts";
import { createPayloads, payloadsClient } from "./aws/payloads.ts";
import { createRoleCredentials } from "./aws/role-credentials.ts";
import { createSealer } from "./aws/sealer.ts";
import { createSessionSecrets } from "./aws/session-secrets.ts";
import { createSessionStore } from "./aws/session-store.ts";
import { readBundle } from "./boundary/bundle-files.ts";
import { startCedar } from "./boundary/cedar-engine.ts";
import { environmentOf } from "./boundary/environment.ts";
import { log } from "./boundary/log.ts";
import { modelFiles } from "./boundary/model-files.ts";
import { type RunStoredDependencies, run } from "./flow/run.ts";
import { createTagReader } from "./flow/tags.ts";
import { systemClock as clock, systemPause as pause } from "./net/clock.ts";
import { createHttpsSender } from "./net/https-sender.ts";
import { newNonce, random } from "./net/randomness.ts";
import { createPolicy } from "./policy/policy.ts";

const environment = environmentOf(process.env, [
  "stateTable",
  "sessionsTable",
  "sealKeyArn",
  "maskKeyArn",
  "payloadBucket",
]);
const { deployment, policies } = readBundle(import.meta.dirname);
log({ event: "start", mode: deployment.mode });
const dynamodb = new DynamoDBClient({ maxAttempts: 3 });
const state = { client: dynamodb, table: environment.stateTable };
const records = { client: dynamodb, table: environment.sessionsTable };
const credentials = createRoleCredentials({ client: new STSClient(), clock });
const sender = createHttpsSender();
const kms = new KMSClient();
const sealer = createSealer({ client: kms, keyArn: environment.sealKeyArn, clock });

const dependencies: RunStoredDependencies = {
  clock,
  pause,
  deployment,
  models: modelFiles(`${import.meta.dirname}/models`),
  policy: createPolicy(policies, deployment, startCedar()),
  budgets: createBudgets(state),
  sessions: createSessionStore(state),
  log: createCallLog({ ...records, retentionDays: deployment.retentionDays }),
  payloads: createPayloads({ client: payloadsClient(), bucket: environment.payloadBucket }),
  approvals: createApprovalStore({ ...state, clock, pause, random, newNonce }),
  grants: createGrants(state),
  answers: createAnswers({ ...state, sealer, newNonce }),
  sealer,
  maskKey: createMaskKey(createSessionSecrets({ client: kms }), environment.maskKeyArn),
  credentials,
  tags: createTagReader({ clock, deployment, credentials, sender }),
  sender,
};

export const handler = middy().handler((event: unknown) => run(event, dependencies));
