// Looks into the buckets of the gateway's own account, with a right of its own. Knows nothing of how they are used.

import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GATEWAY_ACCOUNT, REGION } from "../../lib/local/demo-world.ts";
import { localSealed } from "../../lib/local/records-client.ts";
import type { Demo } from "./demo.ts";

const ROLE = `arn:aws:iam::${GATEWAY_ACCOUNT}:role/looks-into-buckets`;

/** The objects of the bucket that this variable of a function names: keys to texts. */
export async function objectsIn(demo: Demo, variable: string): Promise<ReadonlyMap<string, string>> {
  const { cloud, directory } = demo;
  const Bucket = cloud.stack.functions
    .map(({ environment }) => environment[variable])
    .find((name) => name !== undefined);
  cloud.aws.addRole({
    arn: ROLE,
    trust: {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    },
    policies: [
      {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: ["s3:GetObject", "s3:ListBucket", "kms:Decrypt"], Resource: "*" },
        ],
      },
    ],
  });
  const { requestHandler } = localSealed(directory).s3.config;
  const s3 = new S3Client({
    region: REGION,
    endpoint: `https://s3.${REGION}.amazonaws.com`,
    forcePathStyle: true,
    credentials: cloud.aws.issueRoleCredentials(ROLE),
    requestHandler,
  });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const objects = new Map<string, string>();
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    objects.set(Key ?? "", (await Body?.transformToString()) ?? "");
  }
  return objects;
}
