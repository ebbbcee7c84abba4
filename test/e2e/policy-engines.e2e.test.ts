// What stands between a permit and a call, through the whole local cloud with unmodified SDKs: each refusal tells the
// agent's developer what to change, and nothing of it reaches AWS.

import { GetObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { forbidCommand } from "../../lib/forbid-command.ts";
import { READER_ROLE } from "../../lib/local/demo-world.ts";
import { localRecords } from "../../lib/local/records-client.ts";
import { agentClients, failureOf, forwarded, useDemo } from "./demo.ts";

const demo = useDemo();

const report = () => new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" });

describe("the emergency forbid", () => {
  const order = (...args: string[]) => {
    const { client, stateTable } = localRecords(demo().directory);
    return forbidCommand(args, () => ({ client, table: stateTable }), Date.now());
  };

  it("stops the next call of an open session and is gone when it is lifted", async () => {
    const { s3 } = agentClients(demo());
    await s3.send(report());
    const [line = ""] = await order(
      "--action",
      "s3:GetObject",
      "--reason",
      "leak under inquiry",
      "--by",
      "ana",
    );
    const since = demo().cloud.aws.requests.length;
    expect(await failureOf(s3.send(report()))).toEqual({
      name: "AccessDenied",
      message: "forbidden in an emergency, until an administrator lifts it: leak under inquiry",
      status: 403,
      attempts: 1,
    });
    expect(forwarded(demo(), since)).toEqual([]);
    await order("--lift", line.split(" ")[0] ?? "");
    await s3.send(report());
  });

  it("stops exchanges for a role", async () => {
    const [line = ""] = await order(
      ...[
        "--action",
        "countersign:AssumeRole",
        "--resource",
        READER_ROLE,
        "--reason",
        "stand by",
        "--by",
        "ana",
      ],
    );
    const { name, message } = await failureOf(agentClients(demo()).s3.send(report()));
    expect(`${name}: ${message}`).toContain("stand by");
    await order("--lift", line.split(" ")[0] ?? "");
    await agentClients(demo()).s3.send(report());
  });
});
