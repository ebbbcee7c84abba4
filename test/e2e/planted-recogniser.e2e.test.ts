// R2: AWS checks our parse. When recognition is wrong, the session policy that follows from it makes AWS refuse.

import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentClients, type Demo, failureOf, forwarded, openTestSite, type TestSite } from "./demo.ts";
import { entriesOf, outcomesOf } from "./ledger.ts";
import { plantRecogniser } from "./planted-recogniser.ts";

let site: TestSite | undefined;
let demo: Demo | undefined;
beforeAll(async () => {
  const planted = plantRecogniser();
  try {
    site = await openTestSite({ entry: planted.entry });
    demo = await site.deploy();
  } finally {
    planted.remove();
  }
});
afterAll(async () => {
  await demo?.cloud.stop();
  await site?.close();
});

describe("a recogniser that takes DeleteObject for GetObject", () => {
  test("gets the call past policy, and AWS refuses it by the session policy: the object stays", async () => {
    if (demo === undefined) throw new Error("the demo cloud has not started");
    const { s3 } = agentClients(demo);
    const since = demo.cloud.aws.requests.length;
    const object = { Bucket: "reports", Key: "2026/q3.csv" };
    const failure = await failureOf(s3.send(new DeleteObjectCommand(object)));
    expect(failure).toMatchObject({ name: "AccessDenied", status: 403 });

    // Policy was deceived, or this test would show nothing.
    const [outcome] = outcomesOf(await entriesOf(demo));
    expect(outcome).toMatchObject({
      ending: "answered",
      call: { operation: "GetObject" },
      decision: { decision: "permit" },
    });
    expect(forwarded(demo, since)).toMatchObject([
      {
        operation: "DeleteObject",
        action: "s3:DeleteObject",
        resource: "arn:aws:s3:::reports/2026/q3.csv",
        sessionPolicy: true,
        decision: "denied",
        why: expect.stringContaining("session policy"),
      },
    ]);
    const { Body } = await s3.send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toContain("north,124");
  });
});
