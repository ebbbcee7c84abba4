// What stands between a permit and a call, through the whole local cloud with unmodified SDKs: each refusal tells the
// agent's developer what to change, and nothing of it reaches AWS.

import { join } from "node:path";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { DescribeParametersCommand, GetParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { forbidCommand } from "../../lib/forbid-command.ts";
import { ADMIN_ROLE, READER_ROLE, REGION, TARGET_ACCOUNT } from "../../lib/local/demo-world.ts";
import { localRecords } from "../../lib/local/records-client.ts";
import { agentClients, assumed, failureOf, forwarded, useDemo } from "./demo.ts";

const demo = useDemo(() => ({ policies: join(import.meta.dirname, "engine-policies") }));

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

describe("a condition", () => {
  const put = (Key: string) => new PutObjectCommand({ Bucket: "reports", Key, Body: "x" });
  const item = (id: string) => new GetItemCommand({ TableName: "orders", Key: { id: { S: id } } });
  const parameter = (Name: string) => new GetParameterCommand({ Name });

  async function refusalOf(call: Promise<unknown>): Promise<string> {
    const since = demo().cloud.aws.requests.length;
    const { name, message, attempts } = await failureOf(call);
    expect(name).toMatch(/^AccessDenied/);
    expect(attempts).toBe(1);
    const lookUps = ["GetBucketTagging", "GetResources"];
    expect(forwarded(demo(), since).filter(({ operation }) => !lookUps.includes(operation ?? ""))).toEqual(
      [],
    );
    return message;
  }

  it("on a parameter lets objects be written below a prefix only", async () => {
    const { s3 } = agentClients(demo());
    await s3.send(put("agents/1.txt"));
    for (const key of ["2026/q3.csv", "agents", "Agents/1.txt", "x/agents/1.txt"])
      expect(await refusalOf(s3.send(put(key)))).toBe("write below `agents/` only: begin the key with it");
  });

  it("on two parameters lets small instances run, and few of them", async () => {
    const { s3 } = agentClients(demo(), { role: ADMIN_ROLE });
    const ec2 = new EC2Client({
      endpoint: `${demo().cloud.gatewayUrl}/aws`,
      region: REGION,
      credentials: s3.config.credentials,
      maxAttempts: 1,
    });
    const run = (InstanceType: "t3.micro" | "t3.large", MaxCount: number) =>
      failureOf(ec2.send(new RunInstancesCommand({ ImageId: "ami-1", InstanceType, MinCount: 1, MaxCount })));
    const told = "run `t3.micro` only, and at most 2 at once";
    expect((await run("t3.large", 1)).message).toBe(told);
    expect((await run("t3.micro", 3)).message).toBe(told);
    // The local cloud has no EC2: what is permitted is sent, and finds nobody there.
    const since = demo().cloud.aws.requests.length;
    expect((await run("t3.micro", 2)).message).not.toBe(told);
    expect(assumed(demo(), since)).toHaveLength(1);
  });

  it("on a parameter lets an agent read its own item only", async () => {
    const { dynamodb } = agentClients(demo());
    await dynamodb.send(item("mcp-server-reports"));
    expect(await refusalOf(dynamodb.send(item("A-0")))).toContain("its `id` is your subject");
  });

  it("on a tag keeps writes out of critical buckets, and asks for the tags under the call's own role", async () => {
    const { seed, requests } = demo().cloud.aws;
    seed.tags(TARGET_ACCOUNT, "arn:aws:s3:::ledger", { tier: "critical" });
    seed.tags(TARGET_ACCOUNT, "arn:aws:s3:::vault", { tier: "usual", owner: "a&b <c>" });
    const write = (Bucket: string) =>
      agentClients(demo()).s3.send(new PutObjectCommand({ Bucket, Key: "agents/2.txt", Body: "x" }));
    const since = requests.length;
    await write("vault");
    const { name, message } = await failureOf(write("ledger"));
    expect(`${name}: ${message}`).toBe(
      "AccessDenied: buckets tagged `tier=critical` are not for agents to write to: choose another bucket",
    );
    const sent = forwarded(demo(), since).map(({ operation }) => operation);
    expect(sent).toEqual(["GetBucketTagging", "PutObject", "GetBucketTagging"]);
  });

  it("on a tag of a parameter asks the tagging API", async () => {
    const { ssm } = agentClients(demo());
    const arn = "arn:aws:ssm:eu-west-1:444455556666:parameter/orders/sealed";
    demo().cloud.aws.seed.parameter(TARGET_ACCOUNT, { name: "/orders/sealed", value: "x" });
    demo().cloud.aws.seed.tags(TARGET_ACCOUNT, arn, { sealed: "yes" });
    expect((await failureOf(ssm.send(parameter("/orders/sealed")))).message).toContain("tagged `sealed`");
  });

  it("on a tag that cannot be read refuses, and names what the role lacks", async () => {
    demo().cloud.aws.fail({ service: "tagging", how: "500" });
    const { ssm } = agentClients(demo());
    const { message } = await failureOf(ssm.send(parameter("/orders/currency")));
    demo().cloud.aws.heal();
    expect(message).toMatch(/could not be read under this role: allow the role `tag:GetResources`$/);
  });

  it("on the time ends", async () => {
    const { ssm } = agentClients(demo());
    await ssm.send(parameter("/orders/currency"));
    expect(await refusalOf(ssm.send(parameter("/orders/token")))).toBe(
      "the migration ended on 2020-01-01: read `/orders/currency` instead",
    );
  });

  it("on the source's address names the network", async () => {
    const { ssm } = agentClients(demo());
    expect(await refusalOf(ssm.send(new DescribeParametersCommand({})))).toBe(
      "list parameters from the office network, 203.0.113.0/24",
    );
  });

  it("on the number of calls runs out, over sessions, and says when it begins anew", async () => {
    const describeSecret = (clients = agentClients(demo())) =>
      clients.secrets.send(new DescribeSecretCommand({ SecretId: "orders/api" }));
    await describeSecret();
    await describeSecret();
    expect(await refusalOf(describeSecret())).toMatch(
      /^the budget of the policy `few-secrets` is used up: 2 calls in 999d; it begins anew at \d{4}-/,
    );
  });
});
