// Entry of the API: reads the environment and the bundle, builds the clients once, wires the flow. Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { createApprovalStore } from "./aws/approval-store.ts";
import { createHoldCopies } from "./aws/hold-copies.ts";
import { createHoldMarks } from "./aws/hold-marks.ts";
import { createMarkers } from "./aws/markers.ts";
import { createOriginSecrets } from "./aws/origin-secret.ts";
import { createPayloadReader, payloadsClient } from "./aws/payloads.ts";
import { createPeopleLog } from "./aws/people-log.ts";
import { createPublicUrl } from "./aws/public-url.ts";
import { createRecordSearch } from "./aws/record-search.ts";
import { createSessionRecords } from "./aws/session-records.ts";
import { createSessionStore } from "./aws/session-store.ts";
import { readBundle } from "./boundary/bundle-files.ts";
import { startCedar } from "./boundary/cedar-engine.ts";
import { environmentOf } from "./boundary/environment.ts";
import { log } from "./boundary/log.ts";
import { modelFiles } from "./boundary/model-files.ts";
import { streamResponse } from "./boundary/stream-response.ts";
import { createMaskKnowledge } from "./flow/api/mask-knowledge.ts";
import { createReaderLimits, issuerOfReaders } from "./flow/api/reader.ts";
import { type ApiDependencies, serveApi } from "./flow/api/serve-api.ts";
import { type HoldDependencies, placeHold, releaseHold } from "./flow/legal-hold.ts";
import { createFlowLimits } from "./flow/limits.ts";
import { createTokenVerifier } from "./identity/token/token-verifier.ts";
import { systemClock as clock, systemPause as pause } from "./net/clock.ts";
import { createJwksFetcher } from "./net/jwks-fetcher.ts";
import { newNonce } from "./net/randomness.ts";
import { createExplain } from "./policy/explain.ts";
import { createPolicy } from "./policy/policy.ts";

const environment = environmentOf(process.env, [
  "stateTable",
  "sessionsTable",
  "originSecretArn",
  "publicUrlParameter",
  "apiStage",
  "payloadBucket",
  "holdsBucket",
]);
const { deployment, policies } = readBundle(import.meta.dirname);
log({ event: "start", mode: deployment.mode });
const client = new DynamoDBClient({ maxAttempts: 3 });
const table = environment.stateTable;
const cedar = startCedar();
const policy = createPolicy(policies, deployment, cedar);
const fetcher = createJwksFetcher();
const now = (): number => Math.floor(clock.nowMs() / 1_000);
const records = { client, table: environment.sessionsTable };
const sessionRecords = createSessionRecords(records);
const s3 = payloadsClient();
const payloads = createPayloadReader({ client: s3, bucket: environment.payloadBucket });
const holding: HoldDependencies = {
  clock,
  records: sessionRecords,
  payloads,
  copies: createHoldCopies({ client: s3, bucket: environment.holdsBucket }),
  marks: createHoldMarks({ client, table }),
};
const models = modelFiles(`${import.meta.dirname}/models`);

const dependencies: ApiDependencies = {
  apiStage: environment.apiStage,
  deployment,
  administrators: deployment.administrators,
  limits: createFlowLimits(deployment),
  clock,
  models,
  policy,
  explain: createExplain(policy, policies, deployment, cedar, createMaskKnowledge(models)),
  tokens: createTokenVerifier({ issuers: deployment.issuers, fetcher, now }),
  // Apart from the agents': one provider may issue both, and what tells them apart is the audience.
  people:
    deployment.readers === null
      ? null
      : createTokenVerifier({ issuers: [issuerOfReaders(deployment.readers)], fetcher, now }),
  readerLimits: createReaderLimits(deployment),
  markers: createMarkers({ client, table }),
  payloads,
  holds: {
    place: (session, untilMs) => placeHold(session, untilMs, holding),
    release: (session, untilMs) => releaseHold(session, untilMs, holding),
  },
  peopleLog: createPeopleLog({ ...records, retentionDays: deployment.retentionDays }),
  search: createRecordSearch(records),
  sessionRecords,
  sessions: createSessionStore({ client, table }),
  approvals: createApprovalStore({ client, table, clock, pause, random: Math.random, newNonce }),
  originSecrets: createOriginSecrets({
    client: new SecretsManagerClient(),
    secretArn: environment.originSecretArn,
    clock,
  }),
  publicUrl: createPublicUrl({ client: new SSMClient(), parameter: environment.publicUrlParameter }),
};

export const handler = middy({ executionMode: executionModeStreamifyResponse }).handler(
  async (event: unknown) => streamResponse(await serveApi(event, dependencies)),
);
