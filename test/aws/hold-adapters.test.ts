// What a legal hold needs of AWS: copies that are added once and under hold, and marks that say which session is looked at
// when. One contract each, held by the adapters, with the grants that their functions have, and by the fakes.

import { GetObjectLegalHoldCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createHoldCopies } from "../../lambdas/aws/hold-copies.ts";
import { createHoldMarks } from "../../lambdas/aws/hold-marks.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import type { HoldCopies, HoldMark, HoldMarks } from "../../lambdas/recording/holds.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { fakeHolds } from "../fakes/holds.ts";
import { allow, codeOf, GATEWAY, type Json, type Lab, openLab } from "../local/aws/harness.ts";

const BUCKET = "holds-bucket";
const OBJECTS = `arn:aws:s3:::${BUCKET}/holds/*`;
// As lib/holds-function.ts grants them: the API both, the function that copies each minute the first four.
const COPIES = [
  allow(["s3:GetObject", "s3:PutObject"], OBJECTS),
  allow("s3:ListBucket", `arn:aws:s3:::${BUCKET}`, { StringLike: { "s3:prefix": "holds/*" } }),
];
const HOLDS = allow("s3:PutObjectLegalHold", OBJECTS, {
  StringEquals: { "s3:object-lock-legal-hold": "ON" },
});
const ORDERS = allow("s3:PutObjectLegalHold", OBJECTS);

const BYTES = Buffer.from([0xff, 0x00, 0x0a]);

let lab: Lab;
let tables: DynaliteTables;
beforeAll(async () => {
  lab = await openLab();
  lab.aws.seed.bucket(GATEWAY, { name: BUCKET, objectLock: true, objects: [] });
  tables = await dynaliteTables();
});
afterEach(() => lab.aws.heal());
afterAll(async () => {
  await lab.stop();
  await tables.close();
});

const client = (...grants: Json[]): S3Client => new S3Client(lab.client(lab.roleWith(GATEWAY, ...grants)));
const ordering = (): HoldCopies => createHoldCopies({ client: client(...COPIES, ORDERS), bucket: BUCKET });
const copying = (): HoldCopies => createHoldCopies({ client: client(...COPIES, HOLDS), bucket: BUCKET });

/** A place of its own in the bucket that all tests share. */
const place = (): string => `holds/${newSessionId()}/`;

async function holdOf(Key: string): Promise<string | undefined> {
  const seeing = client(allow("s3:GetObjectLegalHold", OBJECTS));
  const { LegalHold } = await seeing.send(new GetObjectLegalHoldCommand({ Bucket: BUCKET, Key }));
  return LegalHold?.Status;
}

describe.each<[string, () => HoldCopies]>([
  ["the adapter of orders", ordering],
  ["the adapter of the function", copying],
  ["the fake", () => fakeHolds().copies],
])("copies: %s", (_, make) => {
  it("are read back byte for byte, and listed below their prefix alone", async () => {
    const [copies, here, elsewhere] = [make(), place(), place()];
    await copies.add(`${here}records/a`, BYTES);
    await copies.add(`${here}payloads/b`, BYTES);
    await copies.add(`${elsewhere}records/a`, BYTES);
    expect((await copies.keysBelow(here)).toSorted()).toEqual([`${here}payloads/b`, `${here}records/a`]);
    expect(await copies.keysBelow(`${here}records/`)).toEqual([`${here}records/a`]);
    expect(Buffer.from(await copies.read(`${here}records/a`))).toEqual(BYTES);
  });

  it("that are there stay as they are when they are added again", async () => {
    const [copies, here] = [make(), place()];
    await copies.add(`${here}a`, BYTES);
    await copies.add(`${here}a`, Buffer.from("another"));
    expect(Buffer.from(await copies.read(`${here}a`))).toEqual(BYTES);
    expect(await copies.keysBelow(here)).toHaveLength(1);
  });

  it("that are not there cannot be held", async () => {
    await expect(make().lock(`${place()}a`, "ON")).rejects.toThrow();
  });
});

describe("copies in the bucket", () => {
  it("are under hold from the first, until an order lifts it", async () => {
    const [copies, key] = [ordering(), `${place()}a`];
    await copies.add(key, BYTES);
    expect(await holdOf(key)).toBe("ON");
    await copies.lock(key, "OFF");
    expect(await holdOf(key)).toBe("OFF");
    await copies.lock(key, "ON");
    expect(await holdOf(key)).toBe("ON");
  });

  it("arrive with a checksum of their own, whatever the SDK does by default", async () => {
    const options = { ...lab.client(lab.roleWith(GATEWAY, ...COPIES, HOLDS)) };
    const bare = new S3Client({ ...options, requestChecksumCalculation: "WHEN_REQUIRED" });
    const key = `${place()}a`;
    await createHoldCopies({ client: bare, bucket: BUCKET }).add(key, BYTES);
    expect(await holdOf(key)).toBe("ON");
  });

  it("are lifted by orders alone: the function that copies each minute may not", async () => {
    const [copies, key] = [copying(), `${place()}a`];
    await copies.add(key, BYTES);
    expect(await codeOf(copies.lock(key, "OFF"))).toBe("AccessDenied");
    expect(await holdOf(key)).toBe("ON");
  });

  it("are listed to the last page", async () => {
    const here = place();
    const objects = Array.from({ length: 1_001 }, (_, each) => ({ key: `${here}${each}`, body: "x" }));
    lab.aws.seed.bucket(GATEWAY, { name: "many", objects });
    const listing = client(allow("s3:ListBucket", "arn:aws:s3:::many"));
    const keys = await createHoldCopies({ client: listing, bucket: "many" }).keysBelow(here);
    expect(new Set(keys).size).toBe(1_001);
  });

  it.each<[string, (copies: HoldCopies) => Promise<unknown>]>([
    ["keysBelow", (copies) => copies.keysBelow(place())],
    ["read", (copies) => copies.read(`${place()}a`)],
    ["add", (copies) => copies.add(`${place()}a`, BYTES)],
    ["lock", (copies) => copies.lock(`${place()}a`, "ON")],
  ])("throw when the bucket is down: %s", async (_, act) => {
    lab.aws.fail({ service: "s3", how: "500", times: Number.POSITIVE_INFINITY });
    await expect(act(ordering())).rejects.toThrow();
  });
});

const overTable = (): HoldMarks => createHoldMarks({ client: tables.client, table: STATE_TABLE });
const unclaimed = { claimedUntilMs: null };
const mark = (changed: Partial<HoldMark> = {}): HoldMark => ({
  session: newSessionId(),
  status: "held",
  expiresMs: 1_800_000_000_000,
  dueAt: 1_000,
  ...changed,
});

describe.each<[string, () => HoldMarks]>([
  ["the adapter", overTable],
  ["the fake", () => fakeHolds().marks],
])("marks: %s", (_, make) => {
  it("are found as they were put last, and of a session that was never held there is none", async () => {
    const [marks, held] = [make(), mark()];
    expect(await marks.find(held.session)).toBeUndefined();
    await marks.put(held);
    expect(await marks.find(held.session)).toEqual({ ...held, ...unclaimed });
    const released = { ...held, status: "released", dueAt: null } as const;
    await marks.put(released);
    expect(await marks.find(held.session)).toEqual({ ...released, ...unclaimed });
  });

  it("are due from their time on, the longest waiting first, and only while they are held", async () => {
    const marks = make();
    const [later, sooner, lifted] = [mark({ dueAt: 30 }), mark({ dueAt: 20 }), mark({ dueAt: 10 })];
    for (const one of [later, sooner, lifted]) await marks.put(one);
    await marks.put({ ...lifted, status: "releasing", dueAt: null });
    const due = async (now: number) =>
      (await marks.due(now)).filter((session) =>
        [later, sooner, lifted].some((one) => one.session === session),
      );
    expect(await due(19)).toEqual([]);
    expect(await due(20)).toEqual([sooner.session]);
    expect(await due(30)).toEqual([sooner.session, later.session]);
  });

  it("are looked at next when they are told, and one that is lifted is not looked at again", async () => {
    const [marks, held] = [make(), mark()];
    await marks.put(held);
    await marks.lookNext(held.session, 2_000);
    expect(await marks.find(held.session)).toEqual({ ...held, dueAt: 2_000, ...unclaimed });
    const lifted = { ...held, status: "released", dueAt: null } as const;
    await marks.put(lifted);
    await marks.lookNext(held.session, 3_000);
    expect(await marks.find(held.session)).toEqual({ ...lifted, ...unclaimed });
    expect(await marks.due(9_999)).not.toContain(held.session);
  });

  it("are claimed by one at a time, until that one ends it or its time is over", async () => {
    const [marks, { session }] = [make(), mark()];
    const until = async () => (await marks.find(session))?.claimedUntilMs;
    await marks.put(mark({ session }));
    expect(await marks.claim(session, 100, 200)).toBe(true);
    expect(await marks.claim(session, 100, 200)).toBe(true); // a try whose answer was lost
    expect(await marks.claim(session, 199, 300)).toBe(false);
    expect(await until()).toBe(200);
    expect(await marks.claim(session, 200, 300)).toBe(true);
    await marks.endClaim(session, 200); // too late: it is another's
    expect(await until()).toBe(300);
    await marks.endClaim(session, 300);
    expect(await until()).toBeNull();
    expect(await marks.claim(session, 0, 400)).toBe(true);
  });

  it("are claimed only while they are held, and keep their claim when they are put anew", async () => {
    const [marks, held] = [make(), mark()];
    expect(await marks.claim(held.session, 100, 200)).toBe(false);
    await marks.put(held);
    await marks.claim(held.session, 100, 200);
    const releasing = { ...held, status: "releasing", dueAt: null } as const;
    await marks.put(releasing);
    expect(await marks.find(held.session)).toEqual({ ...releasing, claimedUntilMs: 200 });
    expect(await marks.claim(held.session, 300, 400)).toBe(false);
    await marks.endClaim(held.session, 200);
    expect(await marks.find(held.session)).toEqual({ ...releasing, ...unclaimed });
  });

  it("of a session that was never held are not made by a look or a claim", async () => {
    const [marks, session] = [make(), newSessionId()];
    await marks.lookNext(session, 1);
    await marks.endClaim(session, 1);
    expect(await marks.find(session)).toBeUndefined();
    expect(await marks.due(9_999)).not.toContain(session);
  });
});
