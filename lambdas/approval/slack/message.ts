// The Slack message about one held call, and what it becomes once that is over. Pure. Every value stands in a code span,
// or in a plain text, where Slack reads no markup, made visible; `&`, `<` and `>` are escaped in markup. Lengths stay below
// Block Kit's bounds.
// https://docs.slack.dev/reference/block-kit/blocks

import type { Approval, NoticeStep, Vote } from "../../model/approval.ts";
import { approvalUrl, type Fact, factsOf, headlineOf, openingOf } from "../notices/facts.ts";
import type { SlackBlock, SlackMessage } from "../notices/ports.ts";
import { visibleText } from "../notices/visible-text.ts";

/** The names of our buttons; slack/payload.ts reads them. */
export const APPROVE_ACTION = "countersign_approve";
export const REJECT_ACTION = "countersign_reject";
export const OPEN_ACTION = "countersign_open";

const MAX_HEADER = 150;
const MAX_SECTION = 3_000;
const MAX_VOTES = 10;
const MAX_COMMENT = 200;

export interface SlackFacts {
  readonly approval: Approval;
  readonly step: NoticeStep;
  readonly publicUrl: string;
  /** Epoch seconds. */
  readonly now: number;
}

/** The message with its buttons. */
export function heldMessage({ approval, step, publicUrl, now }: SlackFacts): SlackMessage {
  const opening = openingOf(step, approval, now);
  return {
    text: escapeSlack(`${opening} ${headlineOf(approval)}`),
    blocks: [
      header(`Approval needed: ${headlineOf(approval)}`),
      section(escapeSlack(opening)),
      ...factsOf(approval, now).map(factBlock),
      ...votesBlocks(approval.votes),
      {
        type: "actions",
        block_id: "countersign_decide",
        elements: [
          linkButton(approvalUrl(publicUrl, approval.id)),
          button("Approve", APPROVE_ACTION, approval, {
            style: "primary",
            confirm: confirmation(approval),
          }),
          button("Reject", REJECT_ACTION, approval, { style: "danger" }),
        ],
      },
    ],
  };
}

/** A line below the first message, shown in the channel too: no buttons of its own to be cleared away later. */
export function reminderMessage({ approval, step, publicUrl, now }: SlackFacts): SlackMessage {
  const text = `${openingOf(step, approval, now)} ${headlineOf(approval)}`;
  const elements = [linkButton(approvalUrl(publicUrl, approval.id))];
  return {
    text: escapeSlack(text),
    blocks: [
      { type: "section", text: plain(text) },
      { type: "actions", block_id: "countersign_look", elements },
    ],
  };
}

/** What the message becomes when the call is decided or over: the same facts, no buttons, how it ended. */
export function settledMessage({ approval, publicUrl, now }: Omit<SlackFacts, "step">): SlackMessage {
  const outcome = outcomeOf(approval);
  const facts = factsOf(approval, now).filter(({ label }) => label !== "Time left" && label !== "Needs");
  return {
    text: escapeSlack(`${outcome} ${headlineOf(approval)}`),
    blocks: [
      header(headlineOf(approval)),
      { type: "section", text: plain(outcome) },
      ...facts.map(factBlock),
      ...votesBlocks(approval.votes),
      {
        type: "actions",
        block_id: "countersign_look",
        elements: [linkButton(approvalUrl(publicUrl, approval.id))],
      },
    ],
  };
}

const OUTCOMES: Record<Approval["status"], string> = {
  pending: "Waits for approval.",
  approved: "Approved. It has not run yet.",
  running: "Approved. It is being carried out.",
  done: "Approved and sent to AWS.",
  failed: "Approved, and not carried out.",
  in_doubt: "Approved and sent, but no answer of AWS is known. Look before you repeat it.",
  rejected: "Rejected.",
  expired: "Expired: it was not carried out.",
  cancelled: "Cancelled by its requester.",
};

function outcomeOf({ status, answer, ending }: Approval): string {
  const told = answer === null ? "" : ` AWS answered ${answer.status}.`;
  // Endings are our own sentences, but may quote: made visible like everything else.
  return `${OUTCOMES[status]}${told}${ending === null ? "" : ` ${visibleText(ending, MAX_COMMENT)}`}`;
}

function votesBlocks(votes: readonly Vote[]): readonly SlackBlock[] {
  if (votes.length === 0) return [];
  const shown = votes.slice(-MAX_VOTES).map(({ person, choice, comment, via }) => {
    const said = comment === null || comment === "" ? "" : `: ${code(visibleText(comment, MAX_COMMENT))}`;
    return `${choice === "approve" ? "Approved" : "Rejected"} by ${code(visibleText(person.name, 80))} (${via})${said}`;
  });
  return [{ type: "context", elements: shown.map((text) => ({ type: "mrkdwn", text, verbatim: true })) }];
}

function factBlock({ label, lines }: Fact): SlackBlock {
  const head = `*${escapeSlack(label)}*`;
  let room = MAX_SECTION - head.length;
  const kept: string[] = [];
  for (const line of lines.map(code)) {
    room -= line.length + 1;
    // A line goes whole or not at all: a cut could open what was closed. The page shows every one.
    if (room < 0) return section([head, ...kept.slice(0, -1), "... more on the page"].join("\n"));
    kept.push(line);
  }
  return section([head, ...kept].join("\n"));
}

/** In a code span, from which a value cannot break out: backticks become what they look like in an escape. */
function code(line: string): string {
  return `\`${escapeSlack(line.replaceAll("`", "\\u{60}"))}\``;
}

function section(text: string): SlackBlock {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

function header(text: string): SlackBlock {
  const short = text.length <= MAX_HEADER ? text : `${text.slice(0, MAX_HEADER - 3)}...`;
  return { type: "header", text: { type: "plain_text", text: short, emoji: false } };
}

function linkButton(url: string): SlackBlock {
  return { type: "button", action_id: OPEN_ACTION, text: plain("Look at the whole call"), url };
}

function button(label: string, action: string, { id }: Approval, more: SlackBlock): SlackBlock {
  return { type: "button", action_id: action, value: id, text: plain(label), ...more };
}

function confirmation(approval: Approval): SlackBlock {
  const text = `${headlineOf(approval)} in account ${approval.call.account}`.slice(0, 290);
  return {
    title: plain("Approve this call?"),
    text: plain(text),
    confirm: plain("Approve"),
    deny: plain("Back"),
  };
}

export function plain(text: string): SlackBlock {
  return { type: "plain_text", text, emoji: false };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
