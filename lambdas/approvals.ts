// Entry of the approvers' pages, their votes and Slack's actions: reads the environment and the bundle, builds the clients
// once, wires the flow. Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { createApprovalStore } from "./aws/approval-store.ts";
import { createClientSecret } from "./aws/client-secret.ts";
import { createOriginSecrets } from "./aws/origin-secret.ts";
import { createPublicUrl } from "./aws/public-url.ts";
import { createSealer } from "./aws/sealer.ts";
import { createSlackDeliveries } from "./aws/slack-deliveries.ts";
import { createSlackSecret } from "./aws/slack-secret.ts";
import { createWebSessions } from "./aws/web-sessions.ts";
import { createWorkflow } from "./aws/workflow.ts";
import { readDeployment } from "./boundary/bundle-files.ts";
import { environmentOf } from "./boundary/environment.ts";
import { log } from "./boundary/log.ts";
import { streamResponse } from "./boundary/stream-response.ts";
import type { ApprovalsDependencies } from "./flow/approvals/dependencies.ts";
import { serveApprovals } from "./flow/approvals/serve.ts";
import { slackAction } from "./flow/slack-vote.ts";
import { systemClock as clock, systemPause as pause } from "./net/clock.ts";
import { createOidcLogin } from "./net/oidc-login.ts";
import { newBrowserSecret } from "./net/oidc-randomness.ts";
import { newNonce } from "./net/randomness.ts";
import { createSlackClient, PROMPT } from "./net/slack-client.ts";

const environment = environmentOf(process.env, [
  "stateTable",
  "sealKeyArn",
  "originSecretArn",
  "publicUrlParameter",
  "apiStage",
]);
const deployment = readDeployment(import.meta.dirname);
const { approvals, mode } = deployment;
log({ event: "start", mode });
const state = { client: new DynamoDBClient({ maxAttempts: 3 }), table: environment.stateTable };
const secrets = new SecretsManagerClient();

const shared = {
  apiStage: environment.apiStage,
  deployment,
  clock,
  store: createApprovalStore({ ...state, clock, pause, random: Math.random, newNonce }),
  sealer: createSealer({ client: new KMSClient(), keyArn: environment.sealKeyArn, clock }),
  workflow: createWorkflow({ client: new SFNClient(), machineArn: "" }), // only resumes, by the token alone
  publicUrl: createPublicUrl({ client: new SSMClient(), parameter: environment.publicUrlParameter }),
  originSecrets: createOriginSecrets({ client: secrets, secretArn: environment.originSecretArn, clock }),
};

const dependencies: ApprovalsDependencies = {
  ...shared,
  sessions: createWebSessions(state),
  newSecret: newBrowserSecret,
  login: approvals && loginAt(approvals),
  slack: approvals?.slack ? slackAt(approvals.slack) : null,
};

function loginAt({ login }: NonNullable<typeof approvals>): ApprovalsDependencies["login"] {
  const clientSecret = createClientSecret({ client: secrets, secretArn: login.clientSecretArn, clock });
  return createOidcLogin({ login, clock, clientSecret });
}

function slackAt({ secretArn }: { readonly secretArn: string }): ApprovalsDependencies["slack"] {
  const slackSecret = createSlackSecret({ client: secrets, secretArn, clock });
  const slack = createSlackClient({ botToken: async () => (await slackSecret()).botToken, patience: PROMPT });
  const deliveries = createSlackDeliveries(state);
  return (request) => slackAction(request, { ...shared, slackSecret, slack, deliveries });
}

export const handler = middy({ executionMode: executionModeStreamifyResponse }).handler(
  async (event: unknown) => streamResponse(await serveApprovals(event, dependencies)),
);
