// The first agents: an unmodified AWS SDK in a process of its own, with nothing set but environment variables. They make
// calls that policy permits, one that it denies, one under a role that may not be used and one that waits for a person,
// and print a JSON line for each.
// Everything that is local about it is in the environment that the parent gives it.

import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** One line of the agent's output. */
export interface AgentStep {
  readonly title: string;
  readonly answer: string;
  readonly refused: boolean;
}

interface Attempt {
  readonly title: string;
  readonly send: () => Promise<string>;
}

const s3 = new S3Client({ forcePathStyle: true });
// One exchange for all clients, so that the run is one session in the records.
const { credentials } = s3.config;
const dynamodb = new DynamoDBClient({ credentials });
const secrets = new SecretsManagerClient({ credentials });

const READER_CALLS: readonly Attempt[] = [
  {
    title: "s3 ListObjectsV2 reports",
    send: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "reports" }));
      return `${Contents.length} objects: ${Contents.map(({ Key }) => Key).join(", ")}`;
    },
  },
  {
    title: "s3 GetObject reports/2026/q3.csv",
    send: async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }));
      return firstLine((await Body?.transformToString()) ?? "");
    },
  },
  {
    title: "dynamodb PutItem orders",
    send: async () => {
      const Item = { id: { S: "A-1" }, total: { N: "42.50" } };
      await dynamodb.send(new PutItemCommand({ TableName: "orders", Item }));
      return "stored order A-1";
    },
  },
  {
    title: "dynamodb GetItem orders",
    send: async () => {
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: "orders", Key: { id: { S: "A-1" } } }),
      );
      return `order A-1, total ${Item?.total?.N ?? "unknown"}`;
    },
  },
  {
    title: "secretsmanager GetSecretValue orders/api",
    send: async () => {
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: "orders/api" }));
      return `the secret reads \`${SecretString ?? ""}\``;
    },
  },
  {
    title: "s3 DeleteObject reports/2026/q3.csv",
    send: async () => {
      await s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }));
      return "deleted";
    },
  },
];

const ADMIN_CALLS: readonly Attempt[] = [
  {
    title: "s3 ListObjectsV2 reports, as mcp-admin",
    send: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "reports" }));
      return `${Contents.length} objects`;
    },
  },
];

const CLEANUP_CALLS: readonly Attempt[] = [
  {
    title: "s3 DeleteObject reports/2026/q2.csv",
    send: async () => {
      await s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q2.csv" }));
      return "deleted";
    },
  },
];

const CALLS: Readonly<Record<string, readonly Attempt[]>> = {
  reader: READER_CALLS,
  admin: ADMIN_CALLS,
  cleanup: CLEANUP_CALLS,
};

const attempts = CALLS[process.argv[2] ?? ""] ?? [];
for (const attempt of attempts) console.log(JSON.stringify(await run(attempt)));

async function run({ title, send }: Attempt): Promise<AgentStep> {
  try {
    return { title, answer: await send(), refused: false };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { title, answer: `${name}: ${message}`, refused: true };
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
