// What a deployment must do about calls and approvals whose function was cut off: checks as in checks.ts. What such a
// function leaves behind is put into the tables; the cursors stand a few minutes back, so that each part of a walk is made.

import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { createApprovalStore } from "../../lambdas/aws/approval-store.ts";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import type { ApprovalId } from "../../lambdas/model/approval.ts";
import { newApprovalId, newNonce, newSessionId } from "../../lambdas/net/randomness.ts";
import { callItemKey, callKeyOf } from "../../lambdas/recording/keys.ts";
import { MINUTE_MS, startOfMinute } from "../../lambdas/recording/minutes.ts";
import { approvalOf } from "../approval/approvals.ts";
import { callerIn, intent } from "../recording/facts.ts";
import type { Check, Subject } from "./checks.ts";
import { entriesOf, insider } from "./ledger.ts";

const BACK_MS = 4 * MINUTE_MS;
const LOST_MS = 200_000;
const FORGOTTEN_MS = 100_000;

export const RECONCILE_CHECKS: readonly Check[] = [
  {
    name: "the schedule closes a call that was cut off, and starts an approval that was",
    area: "closed",
    run: async (subject) => {
      const { session, sk } = await leaveBehind(subject);
      expect(await reconciled(subject)).toMatchObject({ closed: 1, started: 1, minutesBehind: 0 });
      const ends = (await entriesOf(subject.demo)).filter((one) => one.pk === `SESSION#${session}`);
      expect(ends.find((one) => one.sk === sk)?.record).toMatchObject({
        ...{ ending: "in_doubt", mayHaveRun: true, closedBy: "reconciler" },
      });
    },
  },
];

async function leaveBehind({ demo }: Subject): Promise<{ readonly session: string; readonly sk: string }> {
  const { client } = insider(demo, "insider", ["dynamodb:*"]);
  const { stack } = demo.cloud;
  const environment = stack.functions.map((one) => one.environment).find((one) => "WAITING_PLACES" in one);
  const table = environment?.STATE_TABLE ?? "";
  const now = Date.now();
  for (const walk of ["calls", "approvals"]) {
    const startMs = { N: String(startOfMinute(now) - BACK_MS) };
    await client.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: `RECONCILE#${walk}` }, startMs } }),
    );
  }
  const session = newSessionId();
  const key = callKeyOf(session, { kind: "invocation", id: "1" }, "f");
  const lost = { nowMs: () => now - LOST_MS };
  const log = createCallLog({ client, table: demo.sessionsTable, retentionDays: 1, clock: lost });
  await log.appendIntent(key, intent({ atMs: lost.nowMs(), caller: callerIn(session) }));
  const clock = { nowMs: () => now };
  const store = createApprovalStore({
    client,
    table,
    clock,
    newNonce,
    random: () => 0,
    pause: async () => {},
  });
  const id = newApprovalId() as ApprovalId;
  const openedAt = Math.floor((now - FORGOTTEN_MS) / 1_000);
  // Over in a second: nobody has to decide on it.
  await store.open(
    approvalOf({ id, fingerprint: id, notices: [], openedAt, expiresAt: openedAt + 101 }),
    null,
  );
  client.destroy();
  return { session, sk: callItemKey(key, "OUTCOME").sk };
}

/** What the scheduled function said of its run. */
async function reconciled({ demo: { cloud } }: Subject): Promise<unknown> {
  const ran = await cloud.runSchedules();
  const payloads = ran.flatMap((one) => (one.kind === "payload" ? [one.payload] : []));
  const payload = payloads.find((one) => typeof one === "object" && one !== null && "started" in one);
  if (payload === undefined) throw new Error(`nothing was reconciled: ${JSON.stringify(ran)}`);
  return payload;
}
