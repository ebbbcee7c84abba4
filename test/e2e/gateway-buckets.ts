// Looks into the buckets of the gateway's own account, with a right of its own. Knows nothing of how they are used.

import {
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { GATEWAY_ACCOUNT, REGION } from "../../lib/local/demo-world.ts";
import { localSealed } from "../../lib/local/records-client.ts";
import type { Demo } from "./demo.ts";

const ROLE = `arn:aws:iam::${GATEWAY_ACCOUNT}:role/looks-into-buckets`;

/** The objects of the bucket that this variable of a function names: keys to texts. */
export async function objectsIn(demo: Demo, variable: string): Promise<ReadonlyMap<string, string>> {
  return await eachIn(demo, variable, async (s3, object) => {
    const { Body } = await s3.send(new GetObjectCommand(object));
    return (await Body?.transformToString()) ?? "";
  });
}

/** Whether they are under legal hold: keys to `ON` or `OFF`. */
export async function holdsIn(demo: Demo, variable: string): Promise<ReadonlyMap<string, string>> {
  return await eachIn(demo, variable, async (s3, object) => {
    const { LegalHold } = await s3.send(new GetObjectLegalHoldCommand(object));
    return LegalHold?.Status ?? "";
  });
}

async function eachIn(
  demo: Demo,
  variable: string,
  told: (s3: S3Client, object: { readonly Bucket: string; readonly Key: string }) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const Bucket = demo.cloud.stack.functions
    .map(({ environment }) => environment[variable])
    .find((name) => name !== undefined);
  if (Bucket === undefined) throw new Error(`no function has a variable ${variable}`);
  const s3 = lookingClient(demo);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const objects = new Map<string, string>();
  for (const { Key = "" } of Contents) objects.set(Key, await told(s3, { Bucket, Key }));
  return objects;
}

function lookingClient({ cloud, directory }: Demo): S3Client {
  const document = (statement: object) => ({ Version: "2012-10-17", Statement: [statement] });
  cloud.aws.addRole({
    arn: ROLE,
    trust: document({
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    }),
    policies: [
      document({
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:GetObjectLegalHold", "s3:ListBucket", "kms:Decrypt"],
        Resource: "*",
      }),
    ],
  });
  const { requestHandler } = localSealed(directory).s3.config;
  return new S3Client({
    region: REGION,
    endpoint: `https://s3.${REGION}.amazonaws.com`,
    forcePathStyle: true,
    credentials: cloud.aws.issueRoleCredentials(ROLE),
    requestHandler,
  });
}
