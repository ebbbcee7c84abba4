// What a deployment must do with what is too large for a record, and with sessions under legal hold: checks as in checks.ts.

import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { createHoldMarks } from "../../lambdas/aws/hold-marks.ts";
import { parseSessionId, type SessionId } from "../../lambdas/model/ids.ts";
import type { Check, Subject } from "./checks.ts";
import { insider } from "./ledger.ts";
import { asked, told } from "./people-checks.ts";

const text = "x".repeat(10_000);

export const PAYLOAD_CHECKS: readonly Check[] = [
  {
    name: "parameters and answers that are too large for a record go to the bucket of payloads",
    area: "calls",
    run: async ({ clients: { dynamodb } }) => {
      const Item = { id: { S: "large" }, text: { S: text } };
      await dynamodb.send(new PutItemCommand({ TableName: "orders", Item }));
      const asked = new GetItemCommand({ TableName: "orders", Key: { id: { S: "large" } } });
      expect((await dynamodb.send(asked)).Item).toEqual(Item);
    },
  },
  {
    name: "what a session under legal hold records is copied, and found again at the next look",
    area: "held",
    run: async ({ demo, clients }) => {
      const session = await largeCall(clients);
      const { client } = insider(demo, "holder", ["dynamodb:*"]);
      const marks = createHoldMarks({ client, table: demo.stateTable });
      for (let look = 0; look < 2; look += 1) {
        await marks.put({ session, status: "held", expiresMs: Date.now() + 3_600_000, dueAt: 1 });
        const failed = (await demo.cloud.runSchedules()).find(({ kind }) => kind === "error");
        if (failed?.kind === "error") throw new Error(`a schedule failed: ${failed.errorMessage}`);
        const due = (await marks.find(session))?.dueAt ?? 0;
        if (due <= 1) throw new Error("nothing looked at the held session");
      }
    },
  },
  {
    name: "an administrator reads a payload, holds its session, twice, and releases it",
    area: "explained",
    run: async (subject) => {
      const session = await largeCall(subject.clients);
      const { records } = await told(subject, "GET", `/sessions/${session}`);
      const names = ({ record }: { record: { call?: { parametersAt?: string } } }) =>
        record.call?.parametersAt ?? [];
      const [at = ""] = records.flatMap(names);
      expect(await told(subject, "GET", `/${at}`)).toMatchObject({ TableName: "orders" });
      const gone = await asked(subject, "GET", `/payloads/${session}/${"0".repeat(64)}`);
      expect(gone.status, "without s3:ListBucket S3 does not say that one is gone").toBe(404);
      const order = { session, reason: "check" };
      const { copied } = await told(subject, "POST", "/holds", order);
      expect(copied).toMatchObject({ missing: [], whole: true });
      expect(copied.payloads).toBeGreaterThan(0);
      // What is there already is found: of the records only the second order is new.
      expect((await told(subject, "POST", "/holds", order)).copied).toMatchObject({
        records: 1,
        payloads: 0,
      });
      expect((await told(subject, "POST", "/holds/release", order)).released).toBeGreaterThan(2);
    },
  },
];

/** A call that is too large for its record, and the session that it was made in. */
async function largeCall({ dynamodb }: Subject["clients"]): Promise<SessionId> {
  const Item = { id: { S: crypto.randomUUID() }, text: { S: text } };
  await dynamodb.send(new PutItemCommand({ TableName: "orders", Item }));
  const { accessKeyId } = await dynamodb.config.credentials();
  const session = parseSessionId(accessKeyId.replace(/^CSGN/, ""));
  if (session === undefined) throw new Error("the key names no session");
  return session;
}
