// Legal holds of the small S3: what is held stays, whole and as it is, until the hold is lifted.

import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  type ObjectLockLegalHoldStatus,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allow, codeOf, type Json, type Lab, openLab, TARGET } from "./harness.ts";

const Bucket = "held";

let lab: Lab;
let all: S3Client;
let keys = 0;
beforeAll(async () => {
  lab = await openLab();
  lab.aws.seed.bucket(TARGET, { name: Bucket, objectLock: true, objects: [{ key: "source", body: "b" }] });
  lab.aws.seed.bucket(TARGET, { name: "plain", objects: [{ key: "k", body: "b" }] });
  all = clientWith(allow("s3:*", "*"));
});
afterAll(() => lab.stop());

function clientWith(...statements: Json[]): S3Client {
  return new S3Client(lab.client(lab.roleWith(TARGET, ...statements)));
}

async function heldObject(status: ObjectLockLegalHoldStatus = "ON"): Promise<string> {
  keys += 1;
  const Key = `object-${keys}`;
  await all.send(new PutObjectCommand({ Bucket, Key, Body: "first", ObjectLockLegalHoldStatus: status }));
  return Key;
}

const lock = (Key: string, Status: ObjectLockLegalHoldStatus, client = all) =>
  client.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status } }));

const TAKING_AWAY = {
  "be deleted": (Key: string) => all.send(new DeleteObjectCommand({ Bucket, Key })),
  "be written over": (Key: string) => all.send(new PutObjectCommand({ Bucket, Key, Body: "second" })),
  "be copied over": (Key: string) =>
    all.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source` })),
};

describe.each(Object.entries(TAKING_AWAY))("an object under hold can not %s", (_, takeAway) => {
  it.each([
    ["from its upload", () => heldObject()],
    [
      "by an order afterwards",
      async () => {
        const Key = await heldObject("OFF");
        await lock(Key, "ON");
        return Key;
      },
    ],
  ])("%s", async (_, made) => {
    const Key = await made();
    expect(await codeOf(takeAway(Key))).toBe("AccessDenied");
    const { Body } = await all.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe("first");
  });

  it("until it is lifted", async () => {
    const Key = await heldObject();
    await lock(Key, "OFF");
    expect(await codeOf(takeAway(Key))).toBe("none");
  });
});

describe("a hold", () => {
  it("is told as it is, and as none where there never was one", async () => {
    const told = async (Key: string) =>
      (await all.send(new GetObjectLegalHoldCommand({ Bucket, Key }))).LegalHold?.Status;
    const Key = await heldObject();
    expect(await told(Key)).toBe("ON");
    await lock(Key, "OFF");
    expect(await told(Key)).toBe("OFF");
    expect(await codeOf(told("source"))).toBe("NoSuchObjectLockConfiguration");
  });

  it("needs a bucket with Object Lock, an object, and a status that there is", async () => {
    const Body = "b";
    const inPlain = new PutObjectCommand({
      Bucket: "plain",
      Key: "n",
      Body,
      ObjectLockLegalHoldStatus: "ON",
    });
    expect(await codeOf(all.send(inPlain))).toBe("InvalidRequest");
    const ofPlain = new PutObjectLegalHoldCommand({
      Bucket: "plain",
      Key: "k",
      LegalHold: { Status: "ON" },
    });
    expect(await codeOf(all.send(ofPlain))).toBe("InvalidRequest");
    expect(await codeOf(lock("nothing", "ON"))).toBe("NoSuchKey");
    expect(await codeOf(lock("source", "on" as "ON"))).toBe("MalformedXML");
    const odd = new PutObjectCommand({
      Bucket,
      Key: "n",
      Body,
      ObjectLockLegalHoldStatus: "on" as "ON",
    });
    expect(await codeOf(all.send(odd))).toBe("InvalidArgument");
  });

  it("is placed by an upload only with a checksum of it", async () => {
    const options = {
      ...lab.client(lab.roleWith(TARGET, allow("s3:*", "*"))),
      requestChecksumCalculation: "WHEN_REQUIRED",
    } as const;
    const upload = { Bucket, Key: "unsummed", Body: "b" };
    const bare = new S3Client(options);
    const held = { ...upload, ObjectLockLegalHoldStatus: "ON" } as const;
    expect(await codeOf(bare.send(new PutObjectCommand(held)))).toBe("InvalidRequest");
    expect(await codeOf(bare.send(new PutObjectCommand(upload)))).toBe("none");
    expect(
      await codeOf(bare.send(new PutObjectCommand({ ...held, ContentMD5: "kutf/uauL+w61xx3dTFXjw==" }))),
    ).toBe("none");
  });

  it("asks for its own action, with the status as a condition", async () => {
    const grants = allow("s3:PutObjectLegalHold", "*", {
      StringEquals: { "s3:object-lock-legal-hold": "ON" },
    });
    const Body = "b";
    const only = clientWith(allow("s3:PutObject", "*"));
    const wanted = { Bucket, Key: "granted", Body, ObjectLockLegalHoldStatus: "ON" } as const;
    expect(await codeOf(only.send(new PutObjectCommand(wanted)))).toBe("AccessDenied");
    const holder = clientWith(allow("s3:PutObject", "*"), grants);
    expect(await codeOf(holder.send(new PutObjectCommand(wanted)))).toBe("none");
    expect(await codeOf(lock("granted", "OFF", holder))).toBe("AccessDenied");
    expect(
      await codeOf(
        holder.send(new PutObjectCommand({ ...wanted, Key: "n", ObjectLockLegalHoldStatus: "OFF" })),
      ),
    ).toBe("AccessDenied");
  });
});
