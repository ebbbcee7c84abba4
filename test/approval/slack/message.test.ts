import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heldMessage, reminderMessage, settledMessage } from "../../../lambdas/approval/slack/message.ts";
import { refusalNote, rejectForm } from "../../../lambdas/approval/slack/modals.ts";
import type { Approval } from "../../../lambdas/model/approval.ts";
import { blockFault } from "../../../lib/local/aws/slack-blocks.ts";
import { approvalOf, ID, NOW, URL, voteOf } from "../approvals.ts";

const facts = (approval: Approval) => ({ approval, step: "ask" as const, publicUrl: URL, now: NOW });

/** Texts an agent would try: markup, mentions, links, breaks, other scripts. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "<!channel>",
        "<https://evil.example|ok>",
        "`",
        "*",
        "_",
        "&lt;",
        "\n",
        "\u202e",
        "\0",
        "а",
      ),
      fc.string({ unit: "grapheme", maxLength: 30 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

const hostileApproval = fc.record({ text: hostile, many: fc.nat(60) }).map(({ text, many }): Approval => {
  const base = approvalOf();
  const resources = Array.from({ length: many + 1 }, (_, index) => `${text}${index}`);
  return approvalOf({
    agent: text,
    owner: text,
    policies: resources,
    ending: text,
    votes: Array.from({ length: many }, () => ({ ...voteOf(text, "approve", text) })),
    call: {
      ...base.call,
      operation: text,
      account: text,
      actions: [{ action: text, resources }],
      resourceSets: resources,
    },
  });
});

describe("the Slack message", () => {
  it("has a link and two buttons that name the approval and nothing else", () => {
    const { blocks } = heldMessage(facts(approvalOf()));
    const actions = blocks.at(-1) as { elements: { action_id: string; value?: string; url?: string }[] };
    expect(actions.elements.map(({ action_id, value, url }) => [action_id, value, url])).toEqual([
      ["countersign_open", undefined, `${URL}/approvals/${ID}`],
      ["countersign_approve", ID, undefined],
      ["countersign_reject", ID, undefined],
    ]);
    expect(JSON.stringify(blocks)).toContain("arn:aws:s3:::orders");
  });

  it("lets no value become markup, a mention or a link, and stays within Block Kit's bounds", () => {
    fc.assert(
      fc.property(hostileApproval, (approval) => {
        for (const { text, blocks } of [heldMessage(facts(approval)), settledMessage(facts(approval))]) {
          expect(blockFault(blocks)).toBeUndefined();
          expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|[^\x20-\x7e]/);
          for (const shown of textsOf(blocks, "mrkdwn")) {
            expect(shown).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|[^\n\x20-\x7e]/);
            for (const line of shown.split("\n")) {
              // what stands outside of code spans is ours: no value can close its span
              expect((line.match(/`/g) ?? []).length % 2).toBe(0);
            }
          }
        }
        expect(blockFault(reminderMessage(facts(approval)).blocks)).toBeUndefined();
        expect(blockFault(rejectForm(approval).blocks)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it.each<[Approval["status"], string]>([
    ["done", "Approved and sent to AWS. AWS answered 204."],
    ["rejected", "Rejected."],
    ["in_doubt", "Look before you repeat it."],
  ])("says in the end that it is %s, without a button that decides", (status, sentence) => {
    const approval = approvalOf({
      status,
      answer: status === "done" ? { status: 204, awsRequestId: null } : null,
    });
    const shown = JSON.stringify(settledMessage(facts(approval)));
    expect(shown).toContain(sentence);
    expect(shown).not.toMatch(/countersign_(approve|reject)/);
  });

  it("tells why a vote did not count within bounds", () => {
    expect(blockFault(refusalNote("x".repeat(9_999)).blocks)).toBeUndefined();
  });
});

function textsOf(value: unknown, type: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, type));
  if (typeof value !== "object" || value === null) return [];
  const { type: own, text } = value as { type?: unknown; text?: unknown };
  const mine = own === type && typeof text === "string" ? [text] : [];
  return [...mine, ...Object.values(value).flatMap((item) => textsOf(item, type))];
}
