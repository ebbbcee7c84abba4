// A local cloud that is stopped while a call is held: after its next start the same approval counts on, and ends.

import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { pressButton } from "../../lib/local/aws/slack-presses.ts";
import { ADMIN_ROLE, CLEANUP_AGENT, DEMO_APPROVER } from "../../lib/local/demo-world.ts";
import { tokenFileIn } from "../../lib/local/exports.ts";
import { restartLeftOpen } from "../../lib/local/left-open.ts";
import { localRecords } from "../../lib/local/records-client.ts";
import { readApproval } from "../../lib/open-approvals.ts";
import { agentClients, type Demo, failureOf, openTestSite } from "./demo.ts";

const REQUEST = { Bucket: "reports", Key: "2026/q2.csv" };

it("resumes an approval that was open when the cloud stopped, and closes it", {
  timeout: 180_000,
}, async () => {
  const site = await openTestSite({ persist: true });
  try {
    const first = await site.deploy();
    const gaveUp = await failureOf(cleanupOf(first, 2_000).s3.send(new DeleteObjectCommand(REQUEST))).finally(
      () => first.cloud.stop(),
    );
    expect(gaveUp.status).toBeUndefined();

    const second = await site.deploy();
    try {
      const [open, ...more] = await restartLeftOpen(second.directory);
      expect([open?.status, open?.subject, more]).toEqual(["pending", CLEANUP_AGENT.subject, []]);
      const id = open?.id ?? "";
      await press(second, id);
      const { s3 } = cleanupOf(second);
      const answer = await s3.send(new DeleteObjectCommand(REQUEST));
      expect(answer.$metadata.httpStatusCode).toBe(204);
      const { client, stateTable } = localRecords(second.directory);
      expect((await readApproval({ client, table: stateTable }, id))?.status).toBe("done");
      expect(await restartLeftOpen(second.directory)).toEqual([]);
    } finally {
      await second.cloud.stop();
    }
  } finally {
    await site.close();
  }
});

function cleanupOf(demo: Demo, patience?: number) {
  return agentClients(demo, {
    role: ADMIN_ROLE,
    attempts: "once",
    tokenFile: tokenFileIn(demo.directory, CLEANUP_AGENT.subject),
    ...(patience !== undefined && { patience }),
  });
}

async function press({ cloud }: Demo, id: string): Promise<void> {
  const button = { actionId: "countersign_approve", value: id };
  const { headers, body } = pressButton(DEMO_APPROVER.slack, button, Date.now());
  const response = await fetch(`${cloud.gatewayUrl}/slack/actions`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
}
