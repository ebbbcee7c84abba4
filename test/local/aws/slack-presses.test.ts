import { describe, expect, it } from "vitest";
import { rejectForm } from "../../../lambdas/approval/slack/modals.ts";
import { parsePress } from "../../../lambdas/approval/slack/payload.ts";
import { verifySlackSignature } from "../../../lambdas/approval/slack/signature.ts";
import { pressButton, type SlackDelivery, submitForm } from "../../../lib/local/aws/slack-presses.ts";
import { approvalOf, ID, NOW } from "../../approval/approvals.ts";

const ACTOR = { teamId: "T00TEAM", appId: "A00APP", signingSecret: "signing-secret", user: "U00ADA" };

const received = ({ headers, body }: SlackDelivery) => ({
  headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]] as const)),
  body: Buffer.from(body),
});

describe("a press as Slack would send it", () => {
  it("is signed for the app, and read as what was pressed", () => {
    const press = pressButton(ACTOR, { actionId: "countersign_approve", value: ID }, NOW * 1_000);
    expect(verifySlackSignature(received(press), ACTOR.signingSecret, NOW).kind).toBe("signed");
    expect(parsePress(received(press).body, ACTOR)).toMatchObject({
      kind: "approve",
      id: ID,
      user: "U00ADA",
    });
  });

  it("carries what was typed into the form that was opened", () => {
    const sent = submitForm(ACTOR, { view: rejectForm(approvalOf()), text: "no" }, NOW * 1_000);
    expect(verifySlackSignature(received(sent), ACTOR.signingSecret, NOW).kind).toBe("signed");
    expect(parsePress(received(sent).body, ACTOR)).toMatchObject({ kind: "reject", id: ID, comment: "no" });
  });
});
