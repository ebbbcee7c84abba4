// A session read back from a real table: whole, in order, a page at a time, and never another one.

import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSessionRecords } from "../../lambdas/aws/session-records.ts";
import type { SessionId } from "../../lambdas/model/ids.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import { type DynaliteTables, dynaliteTables, SESSIONS_TABLE } from "../fakes/dynalite-tables.ts";

let tables: DynaliteTables;
const session = newSessionId();
const other = newSessionId();
const CALLS = 450;

beforeAll(async () => {
  tables = await dynaliteTables();
  const keys = Array.from({ length: CALLS }, (_, n) => `CALL#${String(n).padStart(4, "0")}#OUTCOME`);
  for (const sk of [...keys, "OPEN", "ORDER#2026#r", "REFUSAL#2026#r"]) await put(session, sk);
  for (const sk of ["CALL#0000#OUTCOME", "OPEN"]) await put(other, sk);
});
afterAll(() => tables.close());

async function put(id: SessionId, sk: string): Promise<void> {
  const item = { pk: { S: `SESSION#${id}` }, sk: { S: sk }, record: { S: JSON.stringify({ id, sk }) } };
  await tables.client.send(new PutItemCommand({ TableName: SESSIONS_TABLE, Item: item }));
}

const records = () => createSessionRecords({ client: tables.client, table: SESSIONS_TABLE });

/** The page, which must be one. */
async function page(id: SessionId, cursor: string | null) {
  const found = await records().page(id, cursor);
  if (found.kind !== "page") throw new Error(found.kind);
  return found;
}

describe("a session's records", () => {
  it("come in the order of their keys, 200 at a time, each once", async () => {
    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null = null;
    do {
      const found: Awaited<ReturnType<typeof page>> = await page(session, cursor);
      seen.push(...found.records.map(({ sk }) => sk));
      sizes.push(found.records.length);
      cursor = found.next;
    } while (cursor !== null);
    expect(sizes).toEqual([200, 200, 53]);
    expect(seen).toEqual([...new Set(seen)].toSorted());
    expect(seen).toHaveLength(CALLS + 3);
  });

  it("begin with an opening, wherever it stands", async () => {
    expect(await records().opening(session)).toEqual({
      pk: `SESSION#${session}`,
      sk: "OPEN",
      record: JSON.stringify({ id: session, sk: "OPEN" }),
    });
    expect(await records().opening(newSessionId())).toBeUndefined();
  });

  it("are none for a session that never was", async () => {
    expect(await page(newSessionId(), null)).toEqual({ kind: "page", records: [], next: null });
  });

  it("stay within the session, whatever the cursor says", async () => {
    const { next } = await page(session, null);
    const forged = ["SESSION#", `SESSION#${other}`, "\u0000", "OPEN", "CALL#0449#OUTCOME"];
    for (const cursor of [next ?? "", ...forged.map((text) => Buffer.from(text).toString("base64url"))]) {
      for (const id of [session, other]) {
        const { records: found } = await page(id, cursor);
        expect(found.filter(({ pk }) => pk !== `SESSION#${id}`)).toEqual([]);
      }
    }
  });

  it.each(["", "=", "a b", "Q", "_w", "Q0FMTA==", "a".repeat(2_000)])(
    "refuse the cursor `%s`",
    async (cursor) => {
      expect(await records().page(session, cursor)).toEqual({ kind: "bad_cursor" });
    },
  );
});
