// The clients of the AWS SDK for JavaScript v3, unmodified: what they send is recognised as what they were asked for.

import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import * as secrets from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, it } from "vitest";
import { displayArn } from "../../lambdas/model/aws-call.ts";
import { CAUGHT, recognised, sentBy } from "./requests.ts";

const clients = {
  dynamodb: new dynamodb.DynamoDBClient(CAUGHT),
  iam: new iam.IAMClient(CAUGHT),
  kms: new kms.KMSClient(CAUGHT),
  s3: new s3.S3Client({ ...CAUGHT, forcePathStyle: true }),
  secretsmanager: new secrets.SecretsManagerClient(CAUGHT),
  ssm: new ssm.SSMClient(CAUGHT),
  sts: new sts.STSClient(CAUGHT),
};

type Client = keyof typeof clients;
type Case = readonly [client: Client, command: object, actions: Readonly<Record<string, readonly string[]>>];

const ddb = (table: string) => `arn:aws:dynamodb:eu-west-1:111122223333:table/${table}`;
const key = { id: { S: "1" } };

const cases: readonly Case[] = [
  ["sts", new sts.GetCallerIdentityCommand({}), { "sts:GetCallerIdentity": ["*"] }],
  ["s3", new s3.ListBucketsCommand({}), { "s3:ListAllMyBuckets": ["*"] }],
  [
    "s3",
    new s3.ListObjectsV2Command({ Bucket: "bkt", Prefix: "a/" }),
    { "s3:ListBucket": ["arn:aws:s3:::bkt"] },
  ],
  [
    "s3",
    new s3.GetObjectCommand({ Bucket: "bkt", Key: "a b/ü+c" }),
    { "s3:GetObject": ["arn:aws:s3:::bkt/a b/ü+c"] },
  ],
  [
    "s3",
    new s3.GetObjectCommand({ Bucket: "bkt", Key: "k", VersionId: "v1" }),
    { "s3:GetObjectVersion": ["arn:aws:s3:::bkt/k"] },
  ],
  ["s3", new s3.HeadObjectCommand({ Bucket: "bkt", Key: "k" }), { "s3:GetObject": ["arn:aws:s3:::bkt/k"] }],
  [
    "s3",
    new s3.PutObjectCommand({ Bucket: "bkt", Key: "k", Body: "x", Tagging: "a=b", Metadata: { one: "1" } }),
    { "s3:PutObject": ["arn:aws:s3:::bkt/k"], "s3:PutObjectTagging": ["arn:aws:s3:::bkt/k"] },
  ],
  [
    "s3",
    new s3.CopyObjectCommand({ Bucket: "bkt", Key: "to", CopySource: "src/from%20here" }),
    { "s3:PutObject": ["arn:aws:s3:::bkt/to"], "s3:GetObject": ["arn:aws:s3:::src/from here"] },
  ],
  [
    "s3",
    new s3.DeleteObjectCommand({ Bucket: "bkt", Key: "k" }),
    { "s3:DeleteObject": ["arn:aws:s3:::bkt/k"] },
  ],
  [
    "s3",
    new s3.DeleteObjectsCommand({ Bucket: "bkt", Delete: { Objects: [{ Key: "a" }, { Key: "b&<" }] } }),
    { "s3:DeleteObject": ["arn:aws:s3:::bkt/a", "arn:aws:s3:::bkt/b&<"] },
  ],
  [
    "s3",
    new s3.UploadPartCommand({ Bucket: "bkt", Key: "k", PartNumber: 1, UploadId: "u", Body: "x" }),
    { "s3:PutObject": ["arn:aws:s3:::bkt/k"] },
  ],
  ["s3", new s3.GetBucketPolicyCommand({ Bucket: "bkt" }), { "s3:GetBucketPolicy": ["arn:aws:s3:::bkt"] }],
  ["dynamodb", new dynamodb.GetItemCommand({ TableName: "T", Key: key }), { "dynamodb:GetItem": [ddb("T")] }],
  [
    "dynamodb",
    new dynamodb.GetItemCommand({ TableName: "arn:aws:dynamodb:eu-west-1:999988887777:table/T", Key: key }),
    { "dynamodb:GetItem": ["arn:aws:dynamodb:eu-west-1:999988887777:table/T"] },
  ],
  [
    "dynamodb",
    new dynamodb.QueryCommand({ TableName: "T", IndexName: "I", KeyConditionExpression: "a = :a" }),
    { "dynamodb:Query": [ddb("T/index/I")] },
  ],
  [
    "dynamodb",
    new dynamodb.BatchGetItemCommand({ RequestItems: { One: { Keys: [key] }, Two: { Keys: [key] } } }),
    { "dynamodb:BatchGetItem": [ddb("One"), ddb("Two")] },
  ],
  [
    "dynamodb",
    new dynamodb.TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: "One", Item: key } },
        { Delete: { TableName: "Two", Key: key } },
        { ConditionCheck: { TableName: "Three", Key: key, ConditionExpression: "attribute_exists(id)" } },
      ],
    }),
    {
      "dynamodb:ConditionCheckItem": [ddb("Three")],
      "dynamodb:PutItem": [ddb("One")],
      "dynamodb:DeleteItem": [ddb("Two")],
    },
  ],
  [
    "dynamodb",
    new dynamodb.ExecuteStatementCommand({ Statement: `SELECT * FROM "Tab"."Idx" WHERE a = 'from x'` }),
    { "dynamodb:PartiQLSelect": [ddb("Tab/index/Idx")] },
  ],
  [
    "secretsmanager",
    new secrets.GetSecretValueCommand({ SecretId: "prod/db" }),
    { "secretsmanager:GetSecretValue": ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-*"] },
  ],
  [
    "secretsmanager",
    new secrets.GetSecretValueCommand({
      SecretId: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12Cd",
    }),
    {
      "secretsmanager:GetSecretValue": [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12Cd",
      ],
    },
  ],
  [
    "ssm",
    new ssm.GetParameterCommand({ Name: "/app/key:3", WithDecryption: true }),
    { "ssm:GetParameter": ["arn:aws:ssm:eu-west-1:111122223333:parameter/app/key"] },
  ],
  [
    "ssm",
    new ssm.GetParametersCommand({ Names: ["one", "/two"] }),
    {
      "ssm:GetParameters": [
        "arn:aws:ssm:eu-west-1:111122223333:parameter/one",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/two",
      ],
    },
  ],
  [
    "iam",
    new iam.AttachRolePolicyCommand({ RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/X" }),
    { "iam:AttachRolePolicy": ["arn:aws:iam::111122223333:role/r"] },
  ],
  [
    "iam",
    new iam.CreateRoleCommand({ RoleName: "r", Path: "/a/b/", AssumeRolePolicyDocument: "{}" }),
    { "iam:CreateRole": ["arn:aws:iam::111122223333:role/a/b/r"] },
  ],
  [
    "iam",
    new iam.CreateAccessKeyCommand({ UserName: "u" }),
    { "iam:CreateAccessKey": ["arn:aws:iam::111122223333:user/u"] },
  ],
  [
    "kms",
    new kms.DecryptCommand({
      KeyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
      CiphertextBlob: new Uint8Array(3),
    }),
    { "kms:Decrypt": ["arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"] },
  ],
];

describe("requests of the JavaScript SDK", () => {
  it.each(cases)("%s: %o", async (client, command, actions) => {
    const call = recognised(await sentBy(clients[client], command));
    const name = command.constructor.name.replace(/Command$/, "");
    expect({ service: call.service, operation: call.operation }).toEqual({
      service: client,
      operation: name,
    });
    expect(call.candidates).toEqual([{ service: client, operation: name }]);
    const found = call.actions.map(({ action, resources }) => [action, resources.map(displayArn)]);
    expect(Object.fromEntries(found)).toEqual(actions);
  });

  it("gives the parameters that the client was given, by the model's names", async () => {
    const command = new s3.PutObjectCommand({
      Bucket: "bkt",
      Key: "k",
      Body: new Uint8Array([0, 1, 255]),
      ContentType: "text/plain",
      Metadata: { colour: "red" },
      ChecksumAlgorithm: "SHA256",
      ChecksumSHA256: "qrvM",
    });
    const { parameters, upstream } = recognised(await sentBy(clients.s3, command));
    expect(parameters).toMatchObject({
      Bucket: "bkt",
      Key: "k",
      Body: new Uint8Array([0, 1, 255]),
      ContentType: "text/plain",
      Metadata: { colour: "red" },
      ChecksumSHA256: "qrvM",
    });
    expect(Object.fromEntries(upstream.headers)).toMatchObject({
      "content-type": "text/plain",
      "x-amz-meta-colour": "red",
      "x-amz-checksum-sha256": "qrvM",
    });
  });

  it("marks the operations whose answer vends credentials, and no others", async () => {
    const vends = async (client: Client, command: object) =>
      recognised(await sentBy(clients[client], command)).vendsCredentials;
    expect(
      await vends(
        "sts",
        new sts.AssumeRoleCommand({ RoleArn: "arn:aws:iam::1:role/r", RoleSessionName: "s" }),
      ),
    ).toBe(true);
    expect(await vends("iam", new iam.CreateAccessKeyCommand({}))).toBe(true);
    expect(await vends("sts", new sts.GetCallerIdentityCommand({}))).toBe(false);
    expect(await vends("s3", new s3.GetObjectCommand({ Bucket: "bkt", Key: "k" }))).toBe(false);
  });

  it("sends the body on byte for byte", async () => {
    const signed = await sentBy(clients.dynamodb, new dynamodb.GetItemCommand({ TableName: "T", Key: key }));
    expect(recognised(signed).upstream.body).toBe(signed.body);
  });
});
