// The two forms that a press may open: the comment that a rejection needs, and why a vote did not count. Pure.
// https://docs.slack.dev/reference/views/modal-views

import type { Approval } from "../../model/approval.ts";
import { headlineOf } from "../notices/facts.ts";
import type { SlackBlock } from "../notices/ports.ts";
import { visibleText } from "../notices/visible-text.ts";
import { plain } from "./message.ts";

export const REJECT_FORM = "countersign_reject_form";
export const COMMENT_BLOCK = "countersign_comment";
export const COMMENT_ACTION = "countersign_comment_text";

const MAX_TEXT = 2_900; // of a section: 3,000
export const MAX_COMMENT = 1_000;

/** Asks for the comment; the approval's id comes back with it, under Slack's signature. */
export function rejectForm(approval: Approval): SlackBlock {
  return {
    type: "modal",
    callback_id: REJECT_FORM,
    private_metadata: approval.id,
    title: plain("Reject"), // 24 characters at most
    submit: plain("Reject"),
    close: plain("Back"),
    blocks: [
      { type: "section", text: plain(headlineOf(approval).slice(0, MAX_TEXT)) },
      {
        type: "input",
        block_id: COMMENT_BLOCK,
        label: plain("Why? The agent is told."),
        element: {
          type: "plain_text_input",
          action_id: COMMENT_ACTION,
          multiline: true,
          min_length: 1,
          max_length: MAX_COMMENT,
        },
      },
    ],
  };
}

/** Says why nothing happened. */
export function refusalNote(reason: string): SlackBlock {
  return {
    type: "modal",
    title: plain("Not counted"),
    close: plain("Close"),
    blocks: [{ type: "section", text: plain(visibleText(reason, 300)) }],
  };
}
