// The reconciler beside one crashed call: its real flow and adapters over the call's own records, since each such test has
// a time of its own. (The time index and the cursor over DynamoDB: test/aws/reconcile-adapters.test.ts.)

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createOpenedApprovals } from "../../lambdas/aws/approval-inbox.ts";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import { createOpenIntents } from "../../lambdas/aws/open-intents.ts";
import { reconcile } from "../../lambdas/flow/reconcile.ts";
import type { MinuteCursor } from "../../lambdas/flow/walk-minutes.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import { APPROVALS } from "../approval/approvals.ts";
import { SESSIONS_TABLE, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { itemsOfSession } from "./kill-tables.ts";

/** @returns one run at that time */
export function reconcilerOf(
  session: Session,
  client: DynamoDBClient,
  workflow: { readonly start: (approval: string, input: object) => void },
): (nowMs: number) => Promise<unknown> {
  const cursor = cursorInMemory();
  const records = { client, table: SESSIONS_TABLE };
  const opened = createOpenedApprovals({ client, table: STATE_TABLE });
  const { subject } = session.principal;
  return async (nowMs) => {
    const clock = { nowMs: () => nowMs };
    const items = (await itemsOfSession(client, session)).map((item) => ({
      minute: item.minute?.S ?? "",
      record: { pk: item.pk?.S ?? "", sk: item.sk?.S ?? "", at: item.at?.S ?? "", leaf: item.leaf?.S ?? "" },
    }));
    return reconcile({
      ...{ clock, cursor, workflow: { start: async (id, input) => workflow.start(id, input) } },
      index: {
        writtenIn: async (startMs) => {
          const minute = `m#${new Date(startMs).toISOString().slice(0, 16)}#`;
          return items.flatMap((item) => (item.minute.startsWith(minute) ? [item.record] : []));
        },
      },
      intents: createOpenIntents(records),
      log: createCallLog({ ...records, retentionDays: 1, clock }),
      opened: {
        openedBetween: async (from, to) =>
          (await opened.openedBetween(from, to)).filter((approval) => approval.subject === subject),
      },
      deployment: { approvals: APPROVALS },
    });
  };
}

function cursorInMemory(): MinuteCursor {
  const at = new Map<string, number>();
  return {
    at: async (walk) => at.get(walk) ?? "none",
    moveTo: async (walk, startMs) => void at.set(walk, Math.max(startMs, at.get(walk) ?? 0)),
  };
}
