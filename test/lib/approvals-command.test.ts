// What `countersign approvals` prints of approvals that lie in a table.

import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { approvalsCommand } from "../../lib/approvals-command.ts";
import { approvalOf, ID, NOW, voteOf } from "../approval/approvals.ts";

const TABLE = "state";

/** A table with these approvals in it. */
function placeOf(approvals: ReturnType<typeof approvalOf>[], publicUrl?: string) {
  const items = approvals.map((approval) => ({
    pk: { S: `APPROVAL#${approval.id}` },
    record: { S: JSON.stringify(approval) },
    version: { N: "1" },
    writes: { S: "nonce" },
  }));
  const send = async (command: unknown) => {
    if (command instanceof QueryCommand) return { Items: items.map(({ pk }) => ({ pk })) };
    if (command instanceof BatchGetItemCommand) return { Responses: { [TABLE]: items } };
    if (command instanceof GetItemCommand) {
      return { Item: items.find(({ pk }) => pk.S === command.input.Key?.pk?.S) };
    }
    throw new Error("only reads are expected");
  };
  const client = { send } as unknown as DynamoDBClient;
  return () => ({ client, table: TABLE, publicUrl });
}

const run = (args: string[], place: ReturnType<typeof placeOf>) => approvalsCommand(args, place, NOW * 1_000);

describe("countersign approvals", () => {
  it("lists what is open with operation, agent, votes, time left and the link to decide", async () => {
    const lines = await run(
      [],
      placeOf([approvalOf({ expiresAt: NOW + 7_260 })], "https://gateway.example.com"),
    );
    expect(lines).toEqual([
      `${ID}  s3 DeleteBucket by deploy-bot, account 111122223333`,
      "  pending, 0 of 1 approved by prod-approvers, 2 h 1 min left",
      `  https://gateway.example.com/approvals/${ID}`,
    ]);
  });

  it("says so when nothing is open", async () => {
    expect(await run([], placeOf([]))).toEqual(["nothing waits for an approval"]);
  });

  it("makes links of the address that --url gives, as an agent's endpoint too", async () => {
    const [line = ""] = await run(["--json", "--url", "https://g.example.com/aws"], placeOf([approvalOf()]));
    expect(JSON.parse(line)).toMatchObject([{ id: ID, link: `https://g.example.com/approvals/${ID}` }]);
  });

  it("shows one approval with every vote: who, when, how and why", async () => {
    const votes = [{ ...voteOf("Ada", "reject"), comment: "not today", at: NOW, via: "slack" as const }];
    const lines = await run(["show", ID], placeOf([approvalOf({ status: "rejected", votes })]));
    expect(lines).toContain("  state     rejected, 0 approved");
    expect(lines).toContain(
      `  vote      reject by Ada at ${new Date(NOW * 1_000).toISOString()} (slack): not today`,
    );
    expect(lines).toContain("  needs     s3:DeleteBucket on arn:aws:s3:::orders");
  });

  it("lets no text of an agent draw on the terminal", async () => {
    const call = {
      ...approvalOf().call,
      parameters: [{ path: "Bucket", value: "a\u001b[2Jb\nstate  approved" }],
    };
    const lines = await run(["show", ID], placeOf([approvalOf({ call })]));
    expect(lines).toContain("  with      Bucket = a\\u{1b}[2Jb\\u{a}state  approved");
  });

  it("refuses what is no approval's id, one that is not there, and verbs that do not exist", async () => {
    await expect(run(["show", "x"], placeOf([]))).rejects.toThrow(/26 characters/);
    await expect(run(["show", ID], placeOf([]))).rejects.toThrow(/there is no approval/);
    await expect(run(["approve", ID], placeOf([]))).rejects.toThrow(/approvals show <id>/);
  });
});
