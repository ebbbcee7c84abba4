import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allow, codeOf, GATEWAY, type Json, KEY, type Lab, openLab, TARGET } from "./harness.ts";

const ODD_KEYS = [
  "a/../b",
  "a//b",
  "/lead",
  "a%2Fb",
  "a%3Fb",
  "q?x=1",
  "star*",
  "sp ace",
  "ü/😀",
  "a+b",
  "~!'()",
  "a&b=c",
  `\${x}`,
  ".",
];

let lab: Lab;
let all: S3Client;
beforeAll(async () => {
  lab = await openLab();
  const objects = ["a.txt", "dir/1", "dir/2", "dir2/1"].map((key) => ({
    key,
    body: `body of ${key}`,
    contentType: "text/plain",
  }));
  lab.aws.seed.bucket(TARGET, { name: "reports", objects });
  lab.aws.seed.bucket(TARGET, {
    name: "sealed",
    kmsKeyArn: KEY.arn,
    objects: [{ key: "k", body: "secret" }],
  });
  lab.aws.seed.bucket(GATEWAY, { name: "foreign", objects: [{ key: "k", body: "x" }] });
  all = clientWith(allow("*", "*"));
});
afterAll(() => lab.stop());

function clientWith(...statements: Json[]): S3Client {
  return new S3Client(lab.client(lab.roleWith(TARGET, ...statements)));
}
async function textOf(client: S3Client, Bucket: string, Key: string, Range?: string): Promise<string> {
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket, Key, ...(Range !== undefined && { Range }) }),
  );
  return (await Body?.transformToString()) ?? "";
}

describe("objects", () => {
  it.each([false, true])("keeps every byte of odd keys (path style: %s)", async (forcePathStyle) => {
    const client = new S3Client({ ...lab.client(lab.roleWith(TARGET, allow("s3:*", "*"))), forcePathStyle });
    for (const Key of ODD_KEYS) {
      await client.send(new PutObjectCommand({ Bucket: "reports", Key, Body: Key }));
      expect(lab.aws.requests.at(-1)?.resource).toBe(`arn:aws:s3:::reports/${Key}`);
      expect(await textOf(client, "reports", Key)).toBe(Key);
    }
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: "reports" }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(expect.arrayContaining(ODD_KEYS));
    for (const Key of ODD_KEYS) await client.send(new DeleteObjectCommand({ Bucket: "reports", Key }));
    expect(await codeOf(textOf(client, "reports", "a//b"))).toBe("NoSuchKey");
  });

  it.each([
    ["bytes=0-3", "body"],
    ["bytes=5-", "of a.txt"],
    ["bytes=-5", "a.txt"],
    ["bytes=8-999", "a.txt"],
  ])("answers the range %s with `%s`", async (range, text) => {
    expect(await textOf(all, "reports", "a.txt", range)).toBe(text);
  });

  it("refuses a range beyond the object", async () => {
    expect(await codeOf(textOf(all, "reports", "a.txt", "bytes=99-"))).toBe("InvalidRange");
  });

  it("keeps metadata and type, and answers conditions on the ETag", async () => {
    const input = {
      Bucket: "reports",
      Key: "meta",
      Body: "m",
      ContentType: "text/x",
      Metadata: { owner: "me" },
    };
    const { ETag } = await all.send(new PutObjectCommand(input));
    const head = await all.send(
      new HeadObjectCommand({ Bucket: "reports", Key: "meta", ChecksumMode: "ENABLED" }),
    );
    expect(head).toMatchObject({ ETag, ContentType: "text/x", Metadata: { owner: "me" }, ContentLength: 1 });
    expect(head.ChecksumCRC32).toBeDefined();
    const get = (condition: object): Promise<unknown> =>
      all.send(new GetObjectCommand({ Bucket: "reports", Key: "meta", ...condition }));
    expect(await codeOf(get({ IfMatch: ETag }))).toBe("none");
    expect(await codeOf(get({ IfMatch: '"other"' }))).toBe("PreconditionFailed");
    expect(await codeOf(all.send(new PutObjectCommand({ ...input, IfNoneMatch: "*" })))).toBe(
      "PreconditionFailed",
    );
  });

  it("takes off the framing of an aws-chunked stream and checks its trailer", async () => {
    const Body = Readable.from([Buffer.from("first,"), Buffer.from("second")]);
    await all.send(new PutObjectCommand({ Bucket: "reports", Key: "stream", Body, ContentLength: 12 }));
    expect(await textOf(all, "reports", "stream")).toBe("first,second");
    const { ContentEncoding } = await all.send(new HeadObjectCommand({ Bucket: "reports", Key: "stream" }));
    expect(ContentEncoding).toBeUndefined();
  });

  it("copies, also from an odd key", async () => {
    await all.send(new PutObjectCommand({ Bucket: "reports", Key: "sp ace/ü", Body: "odd" }));
    const CopySource = `reports/${encodeURIComponent("sp ace/ü")}`;
    const { CopyObjectResult } = await all.send(
      new CopyObjectCommand({ Bucket: "reports", Key: "copy", CopySource }),
    );
    expect(CopyObjectResult?.ETag).toBeDefined();
    expect(await textOf(all, "reports", "copy")).toBe("odd");
  });

  it("does not serve sub-resources", async () => {
    expect(await codeOf(all.send(new GetObjectTaggingCommand({ Bucket: "reports", Key: "a.txt" })))).toBe(
      "NotImplemented",
    );
    const tagged = new PutObjectCommand({ Bucket: "reports", Key: "t", Body: "", Tagging: "a=b" });
    expect(await codeOf(all.send(tagged))).toBe("NotImplemented");
  });
});

describe("listing", () => {
  it("groups by delimiter and pages through", async () => {
    lab.aws.seed.bucket(TARGET, {
      name: "pages",
      objects: ["x/1", "x/2", "y", "z/1", "ä", "😀"].map((key) => ({ key, body: "" })),
    });
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await all.send(
        new ListObjectsV2Command({ Bucket: "pages", Delimiter: "/", MaxKeys: 2, ContinuationToken }),
      );
      seen.push(
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ...(page.Contents ?? []).map(({ Key }) => Key),
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(seen).toEqual(["x/", "y", "z/", "ä", "😀"]);
  });

  it("judges the prefix that is listed", async () => {
    const below = clientWith(
      allow("s3:ListBucket", "arn:aws:s3:::reports", { StringLike: { "s3:prefix": "dir/*" } }),
    );
    const list = (Prefix?: string): Promise<unknown> =>
      below.send(new ListObjectsV2Command({ Bucket: "reports", ...(Prefix !== undefined && { Prefix }) }));
    expect(await codeOf(list("dir/"))).toBe("none");
    expect(await codeOf(list("dir2/"))).toBe("AccessDenied");
    expect(await codeOf(list())).toBe("AccessDenied");
  });
});

describe("buckets", () => {
  it("creates, locates, finds, lists and deletes", async () => {
    await all.send(
      new CreateBucketCommand({
        Bucket: "fresh",
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      }),
    );
    expect((await all.send(new GetBucketLocationCommand({ Bucket: "fresh" }))).LocationConstraint).toBe(
      "eu-west-1",
    );
    expect(await codeOf(all.send(new HeadBucketCommand({ Bucket: "fresh" })))).toBe("none");
    const names = (await all.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name);
    expect(names).toEqual(expect.arrayContaining(["fresh", "reports"]));
    expect(names).not.toContain("foreign");
    expect(await codeOf(all.send(new DeleteBucketCommand({ Bucket: "reports" })))).toBe("BucketNotEmpty");
    await all.send(new DeleteBucketCommand({ Bucket: "fresh" }));
    expect(await codeOf(all.send(new GetBucketLocationCommand({ Bucket: "fresh" })))).toBe("NoSuchBucket");
  });

  it("does not reach a bucket of another account, whatever the role may do", async () => {
    expect(await codeOf(textOf(all, "foreign", "k"))).toBe("AccessDenied");
    expect(
      await codeOf(
        all.send(
          new CreateBucketCommand({
            Bucket: "foreign",
            CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
          }),
        ),
      ),
    ).toBe("BucketAlreadyExists");
  });
});

describe("IAM", () => {
  const OBJECT = "arn:aws:s3:::reports/a.txt";
  it.each([
    ["s3:GetObject", new GetObjectCommand({ Bucket: "reports", Key: "a.txt" })],
    ["s3:GetObject", new HeadObjectCommand({ Bucket: "reports", Key: "a.txt" })],
    ["s3:PutObject", new PutObjectCommand({ Bucket: "reports", Key: "a.txt", Body: "body of a.txt" })],
    ["s3:DeleteObject", new DeleteObjectCommand({ Bucket: "reports", Key: "a.txt" })],
  ])("asks for %s on the object", async (action, command) => {
    const denied = clientWith({ Effect: "Allow", NotAction: action, Resource: "*" });
    expect(await codeOf(denied.send(command as never))).not.toBe("none");
    expect(lab.aws.requests.at(-1)).toMatchObject({
      action,
      resource: OBJECT,
      decision: "denied",
      status: 403,
    });
    expect(await codeOf(clientWith(allow(action, OBJECT)).send(command as never))).toBe("none");
  });

  it("asks a copy for the source, the target and both keys", async () => {
    const copy = new CopyObjectCommand({ Bucket: "sealed", Key: "copy", CopySource: "reports/dir/1" });
    const source = allow("s3:GetObject", "arn:aws:s3:::reports/dir/1");
    const target = allow("s3:PutObject", "arn:aws:s3:::sealed/copy");
    const dataKey = allow("kms:GenerateDataKey", KEY.arn);
    expect(await codeOf(clientWith(source, target, dataKey).send(copy))).toBe("none");
    expect(await codeOf(clientWith(target, dataKey).send(copy))).toBe("AccessDenied");
    expect(await codeOf(clientWith(source, dataKey).send(copy))).toBe("AccessDenied");
    expect(await codeOf(clientWith(source, target).send(copy))).toBe("AccessDenied");
  });

  it("asks for the key of an object under SSE-KMS, through S3", async () => {
    const object = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::sealed/*");
    const key = (action: string): Json =>
      allow(action, KEY.arn, { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } });
    expect(await codeOf(textOf(clientWith(object), "sealed", "k"))).toBe("AccessDenied");
    expect(await textOf(clientWith(object, key("kms:Decrypt")), "sealed", "k")).toBe("secret");
    const put = new PutObjectCommand({ Bucket: "sealed", Key: "new", Body: "n" });
    expect(await codeOf(clientWith(object, key("kms:Decrypt")).send(put))).toBe("AccessDenied");
    expect(await clientWith(object, key("kms:GenerateDataKey")).send(put)).toMatchObject({
      SSEKMSKeyId: KEY.arn,
    });
  });

  it("tells of a missing key only to who may list the bucket", async () => {
    const get = allow("s3:GetObject", "*");
    expect(await codeOf(textOf(clientWith(get), "reports", "none"))).toBe("AccessDenied");
    expect(await codeOf(textOf(clientWith(get, allow("s3:ListBucket", "*")), "reports", "none"))).toBe(
      "NoSuchKey",
    );
  });
});
