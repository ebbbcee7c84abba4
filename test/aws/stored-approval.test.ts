// What decides where the records of an execution are looked for comes back from the table as it was written.

import { describe, expect, it } from "vitest";
import { parseStoredApproval } from "../../lambdas/aws/stored-approval.ts";
import type { Approval } from "../../lambdas/model/approval.ts";
import { approvalOf, ID, NOW, SESSION } from "../approval/approvals.ts";

const claimAfter = (claim: unknown): Approval["claim"] =>
  parseStoredApproval(JSON.stringify({ ...approvalOf({ status: "running" }), claim }), ID).claim;

describe("a stored claim", () => {
  it.each<[string, NonNullable<Approval["claim"]>]>([
    ["with the session that runs it", { by: "call", at: NOW, session: SESSION }],
    ["without one, as an earlier version wrote it", { by: "run", at: NOW }],
  ])("comes back %s", (_, claim) => {
    expect(claimAfter(claim)).toEqual(claim);
  });

  it("of something that is no session is a fault", () => {
    expect(() => claimAfter({ by: "call", at: NOW, session: "x" })).toThrow("cannot be read");
  });
});
