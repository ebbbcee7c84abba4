// What agents did, sealed by the scheduled function, exported with the operator's rights and proved offline.

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { exportCommand, exportKeyCommand } from "../../lib/export-command.ts";
import type { Invocation } from "../../lib/local/aws/contract.ts";
import { localCheckpointKey, localSealed } from "../../lib/local/records-client.ts";
import { verifyCommand } from "../../lib/verify-command.ts";
import { agentClients, failureOf, useDemo } from "./demo.ts";
import { entriesOf } from "./ledger.ts";

const checkpoint = fileURLToPath(new URL("./later-checkpoint.ts", import.meta.url));
const demo = useDemo(() => ({ entries: { checkpoint } }));

let ran: readonly Invocation[];
let recorded: number;
let exported: string;
let pemFile: string;

beforeAll(async () => {
  const { dynamodb, s3 } = agentClients(demo());
  const Key = { id: { S: `sealed 🦊\u2028 ${randomBytes(4).toString("hex")}` } };
  await dynamodb.send(new PutItemCommand({ TableName: "orders", Item: Key }));
  await dynamodb.send(new GetItemCommand({ TableName: "orders", Key }));
  await failureOf(s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "2026/q3.csv" })));
  recorded = (await entriesOf(demo())).length;
  // Two at once, as an EventBridge that delivers twice would do.
  ran = (await Promise.all([demo().cloud.runSchedules(), demo().cloud.runSchedules()])).flat();
  exported = (await collect([])).join("");
  pemFile = join(demo().directory, "countersign.pem");
  writeFileSync(pemFile, await exportKeyCommand([], async () => localCheckpointKey(demo().directory)));
});

async function collect(args: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportCommand(args, async () => localSealed(demo().directory))) lines.push(line);
  return lines;
}

function verified(text: string, ...more: string[]): ReturnType<typeof verifyCommand> {
  const file = join(demo().directory, `${randomBytes(8).toString("hex")}.jsonl`);
  writeFileSync(file, text);
  return verifyCommand([file, "--key", pemFile, ...more]);
}

function numberOf(part: string): number {
  const lines = exported.split("\n");
  return lines.findIndex((line) => line.startsWith('{"type":"record"') && line.includes(part)) + 1;
}

describe("the scheduled function", () => {
  test("seals every record once, though it is started twice", () => {
    const payloads = ran.map((one) => (one.kind === "payload" ? one.payload : one.errorMessage));
    expect(payloads).toContainEqual(expect.objectContaining({ checkpoints: 1, minutesBehind: 0 }));
    expect(payloads).toContainEqual(expect.objectContaining({ checkpoints: 0, minutesBehind: 0 }));
    expect(recorded).toBeGreaterThanOrEqual(5);
    expect(exported.match(/^{"type":"record"/gm)).toHaveLength(recorded);
  });

  test("does not sign what no minute asks for", async () => {
    const { requests } = demo().cloud.aws;
    const since = requests.length;
    await demo().cloud.runSchedules();
    expect(requests.slice(since).filter(({ operation }) => operation === "PutObject")).toEqual([]);
  });
});

describe("an export", () => {
  test("is proved by the public key alone", async () => {
    const { lines, exitCode } = await verified(exported);
    expect([exitCode, lines[0]]).toEqual([0, expect.stringContaining(`as recorded: ${recorded} records`)]);
  });

  test("with one byte changed is refused, by the record's line", async () => {
    const line = numberOf("PutItem");
    const changed = exported
      .split("\n")
      .map((text, index) => (index + 1 === line ? text.replace("PutItem", "GetItem") : text));
    const { lines, exitCode } = await verified(changed.join("\n"));
    expect([exitCode, lines[0]]).toEqual([1, "NOT AS RECORDED (changed)"]);
    expect(lines[1]).toContain(`line ${line},`);
  });

  test("without one record is refused", async () => {
    const line = numberOf("DeleteObject");
    const left = exported.split("\n").filter((_, index) => index + 1 !== line);
    const { lines, exitCode } = await verified(left.join("\n"));
    expect([exitCode, lines[0]]).toEqual([1, "NOT AS RECORDED (dropped)"]);
  });

  test("of a time that is not sealed says so", async () => {
    await expect(collect(["--from", "2100-01-01T00:00:00Z"])).rejects.toThrow(
      "nothing of this time is sealed",
    );
  });
});
