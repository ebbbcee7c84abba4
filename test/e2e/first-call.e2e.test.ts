// The first real calls: an unmodified SDK in a process of its own that has a token file and a role's name, and no keys.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_ROLE, READER_ROLE } from "../../lib/local/demo-world.ts";
import type { AgentStep } from "../../lib/local/first-agent.ts";
import { runFirstAgent } from "../../lib/local/first-run.ts";
import { agentClients, failureOf, forwarded, useDemo } from "./demo.ts";
import type { SdkCall } from "./sdk-child.ts";
import { encodingsOf, hitsIn } from "./search.ts";
import { openTap, type Tap } from "./tap.ts";

const demo = useDemo();
let tap: Tap;
beforeAll(async () => {
  tap = await openTap(demo().cloud.gatewayUrl);
});
afterAll(() => tap.close());

const ANSWERS: Readonly<Record<Exclude<SdkCall, "environment">, string>> = {
  list: "2026/q2.csv 2026/q3.csv",
  read: "region,revenue\nnorth,124\nsouth,103\n",
  "read-encrypted": "encrypted under a key of this account\n",
  item: "42.5", // DynamoDB keeps numbers, not their digits
  // Values of secrets are hidden from agents, by the shipped policy and by what is known of the parameter's type.
  secret: "[masked:countersign]",
  parameter: "[masked:countersign]",
  write: "a,b\n1,2\n",
  "write-bytes": Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)).toString("hex"),
};

/** The calls' answers, made by a process with these variables only. */
async function answersOf(
  calls: readonly SdkCall[],
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const script = join(import.meta.dirname, "sdk-child.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...calls], { env: environment });
  const lines = stdout.trim().split("\n");
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, string]));
}

describe("an unmodified SDK with only environment variables", () => {
  test("lists, reads and writes in S3, DynamoDB, Secrets Manager and SSM, also what is encrypted", async () => {
    const environment = { ...demo().environment(READER_ROLE), AWS_ENDPOINT_URL: `${tap.url}/aws` };
    const { environment: seen = "", ...answers } = await answersOf(
      [...(Object.keys(ANSWERS) as SdkCall[]), "environment"],
      environment,
    );
    expect(answers).toEqual(ANSWERS);
    expect(Object.keys(JSON.parse(seen)).toSorted()).toEqual(Object.keys(environment).toSorted());
  });

  test("makes the same calls over TLS, where it sends S3's bodies in another form", async () => {
    const { cloud, environment } = demo();
    const calls = ["read", "read-encrypted", "write", "write-bytes"] as const;
    const { list, ...answers } = await answersOf(["list", ...calls], {
      ...environment(READER_ROLE),
      AWS_ENDPOINT_URL: `${cloud.tlsUrl}/aws`,
      NODE_EXTRA_CA_CERTS: cloud.caFile,
    });
    expect(answers).toEqual(Object.fromEntries(calls.map((call) => [call, ANSWERS[call]])));
    expect(list).toContain(ANSWERS.list);
  });

  test("runs the first agent of `npm start`: five calls permitted, one denied, one role refused", async () => {
    const steps: AgentStep[] = [];
    await runFirstAgent(demo().environment(READER_ROLE), "reader", (step) => steps.push(step));
    await runFirstAgent(demo().environment(ADMIN_ROLE), "admin", (step) => steps.push(step));
    expect(steps.map(({ refused }) => refused)).toEqual([false, false, false, false, false, true, true]);
    expect(steps.slice(5).map(({ answer }) => answer)).toEqual([
      "AccessDenied: objects and buckets are deleted by people; ask the owner of the bucket",
      expect.stringMatching(/^AccessDenied: .*mcp-admin/),
    ]);
  });
});

describe("a call that policy denies", () => {
  test("is answered AccessDenied with the policy's reason, and nothing reaches AWS", async () => {
    const { s3 } = agentClients(demo());
    const since = demo().cloud.aws.requests.length;
    const failure = await failureOf(
      s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" })),
    );
    expect(failure).toEqual({
      name: "AccessDenied",
      message: "objects and buckets are deleted by people; ask the owner of the bucket",
      status: 403,
      attempts: 1,
    });
    expect(forwarded(demo(), since)).toEqual([]);
    await s3.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" }));
  });

  test("under a role that the agent may not use fails at the exchange already", async () => {
    const { s3 } = agentClients(demo(), { role: ADMIN_ROLE });
    const failure = await failureOf(s3.send(new ListObjectsV2Command({ Bucket: "reports" })));
    expect(failure).toMatchObject({ name: "AccessDenied", status: 403 });
    expect(failure.message).toContain("mcp-admin");
  });
});

describe("no AWS credential", () => {
  test("is in the agent's environment, its token file, or any byte that came back to it", async () => {
    const answered = Buffer.concat(tap.answers());
    const { credentials } = demo().cloud.aws.secrets();
    const secrets = credentials.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) =>
      [accessKeyId, secretAccessKey, sessionToken].filter((text) => text !== ""),
    );
    // One for the function and one for each narrowed call, three texts each.
    expect(secrets.length).toBeGreaterThan(20);
    expect(answered.length).toBeGreaterThan(2_000);
    expect(answered.toString("latin1")).toContain("<AccessKeyId>CSGN");

    const environment = demo().environment(READER_ROLE);
    const held = [
      answered,
      Buffer.from(JSON.stringify(environment)),
      readFileSync(environment.AWS_WEB_IDENTITY_TOKEN_FILE),
    ];
    for (const place of held) {
      expect(place.toString("latin1")).not.toMatch(/A(?:KIA|SIA)[A-Z2-7]{16}/);
      expect(secrets.flatMap((secret) => hitsIn(place, encodingsOf(secret)))).toEqual([]);
    }
  });
});
