// Entry of the function that copies each minute what sessions under legal hold have recorded: reads the environment, builds
// the clients once, wires the flow. Decides nothing.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import middy from "@middy/core";
import { createHoldCopies } from "./aws/hold-copies.ts";
import { createHoldMarks } from "./aws/hold-marks.ts";
import { createPayloadReader } from "./aws/payloads.ts";
import { createSessionRecords } from "./aws/session-records.ts";
import { environmentOf } from "./boundary/environment.ts";
import { CountersignError } from "./boundary/errors.ts";
import { extendHolds, type HoldDependencies } from "./flow/legal-hold.ts";
import { systemClock as clock } from "./net/clock.ts";

const RUN_MS = 240_000; // of the function's 300 s

const environment = environmentOf(process.env, [
  "sessionsTable",
  "stateTable",
  "payloadBucket",
  "holdsBucket",
]);
const dynamodb = new DynamoDBClient({ maxAttempts: 3 });
const s3 = new S3Client({ maxAttempts: 3 });

const dependencies: HoldDependencies = {
  clock,
  records: createSessionRecords({ client: dynamodb, table: environment.sessionsTable }),
  payloads: createPayloadReader({ client: s3, bucket: environment.payloadBucket }),
  copies: createHoldCopies({ client: s3, bucket: environment.holdsBucket }),
  marks: createHoldMarks({ client: dynamodb, table: environment.stateTable }),
};

export const handler = middy().handler(async () => {
  const extended = await extendHolds(clock.nowMs() + RUN_MS, dependencies);
  // The alarm counts it; what could be copied is.
  if (extended.failed > 0)
    throw new CountersignError("record_failed", "not every legal hold could be extended");
  return { holds: extended };
});
