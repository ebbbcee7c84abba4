// Real requests of the AWS SDK for JavaScript, over HTTP and TLS, as corpus for the SigV4 tests.

import { Readable } from "node:stream";
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, GetRoleCommand, IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { DecryptCommand, KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { SentRequest } from "../../ingress/as-event.ts";
import { KEY_ID, SECRET } from "./independent-signer.ts";
import { captured, capturingHandler } from "./sdk-capture.ts";

export interface SdkRequest {
  readonly name: string;
  readonly sent: SentRequest;
}

/** Keys that a URL parser, a proxy or a careless gateway would change. */
export const HOSTILE_KEYS = [
  "plain.txt",
  "a/../b",
  "../../etc/passwd",
  "./x",
  "a//b",
  "/leading",
  "trailing/",
  "%2F",
  "a%2Fb",
  "%2e%2e/x",
  "%3F",
  "what?acl",
  "hash#tag",
  "star*",
  "spa ce/and  two",
  "plus+plus",
  "q&a=b;c",
  "quote'\"()!",
  "tilde~",
  "ünï/çødé/日本語/😀",
  "back\\slash",
  "co:lon@at$dollar,comma",
  "x".repeat(1024),
] as const;

const TABLE_KEY = { pk: { S: "a" }, sk: { N: "1" } };

/** For any client: what makes its requests go to the gateway, and be caught on their way. */
export function settings(protocol: "http" | "https") {
  return {
    region: "eu-west-1",
    endpoint: `${protocol}://127.0.0.1:8787/aws`,
    credentials: { accessKeyId: KEY_ID, secretAccessKey: SECRET, sessionToken: "session-token-of-the-tests" },
    requestHandler: capturingHandler as never,
    maxAttempts: 1,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  };
}

/** The one modelled header that this SDK never signs. */
export function unsignedCacheControl(): Promise<SentRequest> {
  const bucket = new s3.S3Client({ ...settings("https"), forcePathStyle: true });
  return captured(() =>
    bucket.send(new s3.PutObjectCommand({ Bucket: "b", Key: "k", CacheControl: "no-store" })),
  );
}

function calls(protocol: "http" | "https"): Record<string, () => Promise<unknown>> {
  const common = settings(protocol);
  const bucket = new s3.S3Client({ ...common, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(common);
  const iam = new IAMClient(common);
  const kms = new KMSClient(common);
  const secrets = new SecretsManagerClient(common);
  const ssm = new SSMClient(common);
  const sts = new STSClient(common);
  const to = { Bucket: "bucket", Key: "key" };
  return {
    "dynamodb GetItem": () => dynamodb.send(new GetItemCommand({ TableName: "Orders", Key: TABLE_KEY })),
    "dynamodb PutItem": () =>
      dynamodb.send(
        new PutItemCommand({ TableName: "Orders", Item: { ...TABLE_KEY, b: { B: Buffer.from("ü") } } }),
      ),
    "dynamodb Query": () =>
      dynamodb.send(new QueryCommand({ TableName: "Orders", KeyConditionExpression: "pk = :a" })),
    "dynamodb ListTables": () => dynamodb.send(new ListTablesCommand({})),
    "dynamodb BatchWriteItem": () =>
      dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { Orders: [{ DeleteRequest: { Key: TABLE_KEY } }] } }),
      ),
    "sts GetCallerIdentity": () => sts.send(new GetCallerIdentityCommand({})),
    "iam ListUsers": () => iam.send(new ListUsersCommand({ PathPrefix: "/a b/" })),
    "iam GetRole": () => iam.send(new GetRoleCommand({ RoleName: "mcp-reader" })),
    "iam CreateRole": () =>
      iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: '{"a":"&=+% ü"}' })),
    "kms ListKeys": () => kms.send(new ListKeysCommand({})),
    "kms Decrypt": () => kms.send(new DecryptCommand({ CiphertextBlob: Buffer.from([0, 255, 10]) })),
    "secretsmanager GetSecretValue": () => secrets.send(new GetSecretValueCommand({ SecretId: "prod/db" })),
    "secretsmanager CreateSecret": () =>
      secrets.send(new CreateSecretCommand({ Name: "a", SecretString: "s" })),
    "ssm GetParameter": () => ssm.send(new GetParameterCommand({ Name: "/a/b", WithDecryption: true })),
    "ssm GetParametersByPath": () => ssm.send(new GetParametersByPathCommand({ Path: "/a" })),
    "ssm PutParameter": () =>
      ssm.send(new PutParameterCommand({ Name: "/a", Value: "日本", Type: "SecureString" })),
    "s3 ListBuckets": () => bucket.send(new s3.ListBucketsCommand({})),
    "s3 ListObjectsV2": () =>
      bucket.send(new s3.ListObjectsV2Command({ Bucket: "bucket", Prefix: "a b/ü+&=*", Delimiter: "/" })),
    "s3 HeadBucket": () => bucket.send(new s3.HeadBucketCommand({ Bucket: "bucket" })),
    "s3 GetBucketAcl": () => bucket.send(new s3.GetBucketAclCommand({ Bucket: "bucket" })),
    "s3 GetObject with a range": () =>
      bucket.send(new s3.GetObjectCommand({ ...to, Range: "bytes=0-9", IfMatch: '"abc"' })),
    "s3 HeadObject": () => bucket.send(new s3.HeadObjectCommand({ ...to, VersionId: "v/1+2=" })),
    "s3 DeleteObject": () => bucket.send(new s3.DeleteObjectCommand(to)),
    "s3 DeleteObjects": () =>
      bucket.send(new s3.DeleteObjectsCommand({ Bucket: "bucket", Delete: { Objects: [{ Key: "a<&>b" }] } })),
    "s3 PutObject of text": () =>
      bucket.send(
        new s3.PutObjectCommand({
          ...to,
          Body: "hello",
          ContentType: "text/plain",
          Metadata: { owner: "me" },
        }),
      ),
    "s3 PutObject of nothing": () => bucket.send(new s3.PutObjectCommand({ ...to, Body: "" })),
    "s3 PutObject of a stream": () =>
      bucket.send(
        new s3.PutObjectCommand({
          ...to,
          Body: Readable.from([Buffer.alloc(9000, 1), Buffer.from("end")]),
          ContentLength: 9003,
        }),
      ),
    "s3 PutObject of a gzip stream": () =>
      bucket.send(
        new s3.PutObjectCommand({
          ...to,
          Body: Readable.from([Buffer.from("zz")]),
          ContentLength: 2,
          ContentEncoding: "gzip",
        }),
      ),
    "s3 PutObject with CRC32C": () =>
      bucket.send(
        new s3.PutObjectCommand({
          ...to,
          Body: Readable.from([Buffer.from("123456789")]),
          ContentLength: 9,
          ChecksumAlgorithm: "CRC32C",
        }),
      ),
    "s3 PutObject with CRC64NVME": () =>
      bucket.send(
        new s3.PutObjectCommand({
          ...to,
          Body: Readable.from([Buffer.from("123456789")]),
          ContentLength: 9,
          ChecksumAlgorithm: "CRC64NVME",
        }),
      ),
    "s3 PutObject with SHA1": () =>
      bucket.send(
        new s3.PutObjectCommand({
          ...to,
          Body: Readable.from([Buffer.from("123456789")]),
          ContentLength: 9,
          ChecksumAlgorithm: "SHA1",
        }),
      ),
    "s3 PutObject with SHA256": () =>
      bucket.send(
        new s3.PutObjectCommand({
          ...to,
          Body: Readable.from([Buffer.from("123456789")]),
          ContentLength: 9,
          ChecksumAlgorithm: "SHA256",
        }),
      ),
    "s3 CopyObject": () => bucket.send(new s3.CopyObjectCommand({ ...to, CopySource: "other/ke%20y" })),
    "s3 UploadPart": () =>
      bucket.send(
        new s3.UploadPartCommand({ ...to, PartNumber: 2, UploadId: "u~1", Body: Buffer.alloc(70000, 7) }),
      ),
    "s3 PutObjectTagging": () =>
      bucket.send(new s3.PutObjectTaggingCommand({ ...to, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } })),
    "s3 GetObjectAttributes": () =>
      bucket.send(new s3.GetObjectAttributesCommand({ ...to, ObjectAttributes: ["ETag", "Checksum"] })),
    ...Object.fromEntries(
      HOSTILE_KEYS.map((key) => [
        `s3 GetObject of \`${key.slice(0, 30)}\``,
        () => bucket.send(new s3.GetObjectCommand({ ...to, Key: key })),
      ]),
    ),
  };
}

/** Every call of the corpus over both protocols. The signing clock is the caller's (faked) Date. */
export async function sdkRequests(): Promise<readonly SdkRequest[]> {
  const requests: SdkRequest[] = [];
  for (const protocol of ["http", "https"] as const) {
    for (const [name, call] of Object.entries(calls(protocol))) {
      requests.push({ name: `${name} over ${protocol}`, sent: await captured(call) });
    }
  }
  return requests;
}
