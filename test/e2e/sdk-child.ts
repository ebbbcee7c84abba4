// Runs in a process of its own, with nothing but the environment that its parent gives it: an agent's program that makes
// each of the calls named on its command line with the SDK's own defaults, and prints one JSON line for each.

import { Readable } from "node:stream";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

const s3 = new S3Client({ forcePathStyle: true });
const { credentials } = s3.config;
const dynamodb = new DynamoDBClient({ credentials });
const secrets = new SecretsManagerClient({ credentials });
const ssm = new SSMClient({ credentials });

const CALLS = {
  list: async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "reports" }));
    return Contents.map(({ Key }) => Key).join(" ");
  },
  read: () => read("reports", "2026/q3.csv"),
  "read-encrypted": () => read("vault", "forecast.txt"),
  write: async () => {
    // a stream: the SDK sends it in chunks whose checksum comes at the end
    const Body = Readable.from([Buffer.from("a,b\n"), Buffer.from("1,2\n")]);
    await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "written.csv", Body, ContentLength: 8 }));
    return read("reports", "written.csv");
  },
  "write-bytes": async () => {
    const Body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "bytes.bin", Body }));
    const { Body: back } = await s3.send(new GetObjectCommand({ Bucket: "reports", Key: "bytes.bin" }));
    return Buffer.from((await back?.transformToByteArray()) ?? []).toString("hex");
  },
  item: async () => {
    const Item = { id: { S: "A-7" }, total: { N: "42.50" } };
    await dynamodb.send(new PutItemCommand({ TableName: "orders", Item }));
    const { Item: back } = await dynamodb.send(
      new GetItemCommand({ TableName: "orders", Key: { id: { S: "A-7" } } }),
    );
    return back?.total?.N;
  },
  secret: async () =>
    (await secrets.send(new GetSecretValueCommand({ SecretId: "orders/api" }))).SecretString,
  parameter: async () => {
    const asked = new GetParameterCommand({ Name: "/orders/token", WithDecryption: true });
    return (await ssm.send(asked)).Parameter?.Value;
  },
  environment: async () => JSON.stringify(process.env),
} satisfies Readonly<Record<string, () => Promise<string | undefined>>>;

/** The name of a call, as it stands on the command line. */
export type SdkCall = keyof typeof CALLS;

for (const name of process.argv.slice(2) as SdkCall[]) {
  console.log(JSON.stringify([name, (await CALLS[name]()) ?? null]));
}

async function read(Bucket: string, Key: string): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}
