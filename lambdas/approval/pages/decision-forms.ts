// The two forms of a decision. Separate, so that a rejection can require its comment without a script.

import type { Approval } from "../../model/approval.ts";
import { type Html, html } from "./html.ts";
import type { Viewer } from "./layout.ts";

/** Characters of a comment: it is told to the caller in one line of an error. */
export const MOST_COMMENT = 500;
export const MOST_GRANT_CALLS = 5;
export const GRANT_MINUTES = [5, 15, 30, 60] as const;

export function decisionForms({ id, kind }: Approval, { csrf }: Viewer): Html {
  const hidden = (choice: "approve" | "reject") =>
    html`<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="choice" value="${choice}">`;
  return html`<div class="decide" id="decide">
<section class="yes-side"><form method="post" action="/approvals/${id}/vote">${hidden("approve")}
<label for="approve-comment">Comment <span class="soft">(optional)</span></label>
<textarea id="approve-comment" name="comment" maxlength="${MOST_COMMENT}" rows="2"></textarea>
${kind === "call" && grantFields()}
<button class="yes">Approve this ${kind === "call" ? "call" : "session"}</button></form></section>
<section class="no-side"><form method="post" action="/approvals/${id}/vote">${hidden("reject")}
<label for="reject-comment">Reason <span class="soft">(required, told to the agent)</span></label>
<textarea id="reject-comment" name="comment" maxlength="${MOST_COMMENT}" rows="2" required></textarea>
<button class="no">Reject</button></form></section></div>`;
}

function grantFields(): Html {
  const calls = Array.from({ length: MOST_GRANT_CALLS }, (_, at) => at + 1);
  return html`<details><summary>Also allow further calls like this one</summary>
<p class="hint">The same operation, on the same resources, by the same agent. Nothing else.</p>
<div class="row"><fieldset><label for="grant-calls">Further calls</label><select id="grant-calls" name="grantCalls">
<option value="0" selected>None</option>${calls.map((count) => html`<option value="${count}">${count}</option>`)}</select></fieldset>
<fieldset><label for="grant-minutes">Within</label><select id="grant-minutes" name="grantMinutes">
${GRANT_MINUTES.map((minutes) => html`<option value="${minutes}">${minutes} minutes</option>`)}</select></fieldset></div></details>`;
}

/** The form that asks again for what a recorded decision sets in motion. */
export function wakeForm({ id }: Approval, { csrf }: Viewer): Html {
  return html`<form method="post" action="/approvals/${id}/wake"><input type="hidden" name="csrf" value="${csrf}"><button class="quiet">Try again</button></form>`;
}
