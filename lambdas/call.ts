// Entry of the data plane: reads the environment and the bundle, builds the clients once, wires the flow. Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { createAnswers } from "./aws/answers.ts";
import { createApprovalStore } from "./aws/approval-store.ts";
import { createAttachments } from "./aws/attachments.ts";
import { createBudgets } from "./aws/budgets.ts";
import { createCallLog } from "./aws/call-log.ts";
import { createGrants } from "./aws/grants.ts";
import { createMaskKey } from "./aws/mask-key.ts";
import { createOriginSecrets } from "./aws/origin-secret.ts";
import { createPayloads, payloadsClient } from "./aws/payloads.ts";
import { createPublicUrl } from "./aws/public-url.ts";
import { createRoleCredentials } from "./aws/role-credentials.ts";
import { createSealer } from "./aws/sealer.ts";
import { createSessionSecrets } from "./aws/session-secrets.ts";
import { createSessionStore } from "./aws/session-store.ts";
import { createWaitingPlaces } from "./aws/waiting-places.ts";
import { createWorkflow } from "./aws/workflow.ts";
import { readBundle } from "./boundary/bundle-files.ts";
import { startCedar } from "./boundary/cedar-engine.ts";
import { environmentOf } from "./boundary/environment.ts";
import { log } from "./boundary/log.ts";
import { modelFiles } from "./boundary/model-files.ts";
import { streamResponse } from "./boundary/stream-response.ts";
import { createFlowLimits } from "./flow/limits.ts";
import { type ServeDependencies, serve } from "./flow/serve.ts";
import { createTagReader } from "./flow/tags.ts";
import { createTokenVerifier } from "./identity/token/token-verifier.ts";
import { systemClock as clock, systemPause as pause } from "./net/clock.ts";
import { createHttpsSender } from "./net/https-sender.ts";
import { createJwksFetcher } from "./net/jwks-fetcher.ts";
import { newApprovalId, newNonce, newSessionId, random } from "./net/randomness.ts";
import { createPolicy } from "./policy/policy.ts";

const environment = environmentOf(process.env, [
  "stateTable",
  "sessionsTable",
  "sessionKeyArn",
  "originSecretArn",
  "publicUrlParameter",
  "apiStage",
  "sealKeyArn",
  "maskKeyArn",
  "approvalMachineArn",
  "waitingPlaces",
  "payloadBucket",
]);
const { deployment, policies } = readBundle(import.meta.dirname);
log({ event: "start", mode: deployment.mode });
const now = () => Math.floor(clock.nowMs() / 1_000);
const dynamodb = new DynamoDBClient({ maxAttempts: 3 });
const state = { client: dynamodb, table: environment.stateTable };
const kms = new KMSClient();
const secrets = createSessionSecrets({ client: kms });
const sealer = createSealer({ client: kms, keyArn: environment.sealKeyArn, clock });

const credentials = createRoleCredentials({ client: new STSClient(), clock });
const sender = createHttpsSender();

const dependencies: ServeDependencies = {
  apiStage: environment.apiStage,
  sessionKeyArn: environment.sessionKeyArn,
  deployment,
  limits: createFlowLimits(deployment),
  clock,
  pause,
  newSessionId,
  models: modelFiles(`${import.meta.dirname}/models`),
  policy: createPolicy(policies, deployment, startCedar()),
  tokens: createTokenVerifier({ issuers: deployment.issuers, fetcher: createJwksFetcher(), now }),
  budgets: createBudgets(state),
  sessions: createSessionStore(state),
  log: createCallLog({
    client: dynamodb,
    table: environment.sessionsTable,
    retentionDays: deployment.retentionDays,
  }),
  payloads: createPayloads({ client: payloadsClient(), bucket: environment.payloadBucket }),
  secrets,
  maskKey: createMaskKey(secrets, environment.maskKeyArn),
  approvals: createApprovalStore({ ...state, clock, pause, random, newNonce }),
  attachments: createAttachments(state),
  grants: createGrants(state),
  answers: createAnswers({ ...state, sealer, newNonce }),
  places: createWaitingPlaces({ ...state, places: Number(environment.waitingPlaces), newNonce, random }),
  workflow: createWorkflow({ client: new SFNClient(), machineArn: environment.approvalMachineArn }),
  sealer,
  newApprovalId,
  credentials,
  tags: createTagReader({ clock, deployment, credentials, sender }),
  originSecrets: createOriginSecrets({
    client: new SecretsManagerClient(),
    secretArn: environment.originSecretArn,
    clock,
  }),
  publicUrl: createPublicUrl({ client: new SSMClient(), parameter: environment.publicUrlParameter }),
  sender,
};

export const handler = middy({ executionMode: executionModeStreamifyResponse }).handler(
  async (event: unknown) => streamResponse(await serve(event, dependencies)),
);
