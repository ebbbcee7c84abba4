// Entry of the function that seals the records each minute: reads the environment, builds the clients once, wires the
// flow. Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import middy from "@middy/core";
import { createCheckpointSigner } from "./aws/checkpoint-signer.ts";
import { createCheckpointStore } from "./aws/checkpoint-store.ts";
import { createRecordIndex } from "./aws/record-index.ts";
import { environmentOf } from "./boundary/environment.ts";
import { type CheckpointDependencies, checkpoint } from "./flow/checkpoint.ts";
import { systemClock as clock } from "./net/clock.ts";

const environment = environmentOf(process.env, ["sessionsTable", "checkpointBucket", "checkpointKeyArn"]);

const dependencies: CheckpointDependencies = {
  clock,
  index: createRecordIndex({
    client: new DynamoDBClient({ maxAttempts: 3 }),
    table: environment.sessionsTable,
  }),
  store: createCheckpointStore({
    client: new S3Client({ maxAttempts: 3 }),
    bucket: environment.checkpointBucket,
  }),
  signer: createCheckpointSigner({
    client: new KMSClient({ maxAttempts: 3 }),
    keyArn: environment.checkpointKeyArn,
  }),
  deployment: environment.sessionsTable,
};

export const handler = middy().handler(() => checkpoint(dependencies));
