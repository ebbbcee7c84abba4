// A key that is not there, through the whole local cloud: S3 tells it to those who may list, and so does the gateway.

import { join } from "node:path";
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { ADMIN_ROLE } from "../../lib/local/demo-world.ts";
import { agentClients, assumed, failureOf, useDemo } from "./demo.ts";

const demo = useDemo(() => ({ policies: join(import.meta.dirname, "host-policies") }));

describe("a missing key", () => {
  it("is told to be missing where policy permits to list the bucket, by a credential for this key only", async () => {
    const { s3 } = agentClients(demo(), { role: ADMIN_ROLE, attempts: "once" });
    const missing = { Bucket: "ledger", Key: "no such key" };
    const since = demo().cloud.aws.requests.length;
    expect(await failureOf(s3.send(new GetObjectCommand(missing)))).toMatchObject({
      name: "NoSuchKey",
      status: 404,
    });
    expect(await failureOf(s3.send(new HeadObjectCommand(missing)))).toMatchObject({
      name: "NotFound",
      status: 404,
    });
    expect(assumed(demo(), since)).not.toEqual([]);
  });

  it("stays 403 where policy permits to read and not to list", async () => {
    const { s3 } = agentClients(demo(), { role: ADMIN_ROLE, attempts: "once" });
    const missing = { Bucket: "reports", Key: "no such key" };
    expect(await failureOf(s3.send(new GetObjectCommand(missing)))).toMatchObject({ status: 403 });
  });
});
