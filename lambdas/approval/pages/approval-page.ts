// The page of one approval: what is asked, by whom, why it is held and how it stands, with the forms of a decision for
// those who may vote. Everything in it comes from the stored approval; nothing from the address or the request.

import type { Approval, ApprovalStatus } from "../../model/approval.ts";
import { isFinal, type VoteReason } from "../transitions.ts";
import { callSection, parametersSection, previewSection, riskChips } from "./call-parts.ts";
import { decisionForms, wakeForm } from "./decision-forms.ts";
import { type Content, type Html, html } from "./html.ts";
import { layout, type Viewer } from "./layout.ts";
import type { Standing } from "./standing.ts";
import { spanOf, timeOf } from "./times.ts";
import { visible } from "./visible.ts";
import { VOTE_WORDS } from "./vote-words.ts";
import { agentSection, policySection, runSection, votesSection } from "./who-parts.ts";

export interface ApprovalView {
  readonly approval: Approval;
  readonly viewer: Viewer;
  /** Epoch seconds. */
  readonly now: number;
  readonly standing: Standing;
  /** Why this person cannot vote, or `null` when they can. */
  readonly bar: VoteReason | null;
  /** What came of the vote that was just sent. */
  readonly notice: PageNotice | null;
}

export type PageNotice =
  | { readonly kind: "recorded" }
  /** Recorded, but the workflow could not be told. */
  | { readonly kind: "asleep" }
  | { readonly kind: "refused"; readonly sentence: string };

const REFRESH_SECONDS = 10;

export function approvalPage(view: ApprovalView): Html {
  const { approval, viewer, now, standing, bar } = view;
  const { call, agent, kind } = approval;
  const title = kind === "session" ? "Use of a role" : `${call.service}:${call.operation}`;
  // Nobody types on a page without forms, so it may follow what happens by itself.
  const follows = bar !== null && !isFinal(approval.status) && now < approval.expiresAt;
  return layout(
    { title, viewer, ...(follows && { refresh: { seconds: REFRESH_SECONDS } }) },
    html`<p class="soft small">${kind === "session" ? "Held use of a role" : "Held call"} · ${timeLine(approval, now)}</p>
<h1>${visible(title)}</h1>
<p class="lead"><strong>${visible(agent)}</strong> ${kind === "session" ? "asks to use a role" : "asks to run this"} on ${target(approval)}</p>
${riskChips(approval)}
${bar === null && html`<p class="jump"><a href="#decide">Go to the decision</a></p>`}
${noticeBox(view)}${statusBox(approval)}
${callSection(approval)}${parametersSection(approval)}${previewSection(approval)}
${agentSection(approval)}${policySection(approval)}${!isFinal(approval.status) && runSection(approval, now)}${votesSection(approval, standing)}
${bar === null ? decisionForms(approval, viewer) : barBox(approval, bar)}`,
  );
}

function target({ call, role, kind }: Approval): Html {
  if (kind === "session") return html`<span class="mono">${visible(role)}</span>`;
  const all = [...new Set(call.actions.flatMap(({ resources }) => resources))];
  const [first = "*"] = all;
  return html`<span class="mono">${visible(first)}</span>${all.length > 1 && html` and ${all.length - 1} more, listed below`}`;
}

function timeLine({ status, expiresAt, decidedAt }: Approval, now: number): string {
  if (status === "pending" || status === "approved") {
    const left = expiresAt - now;
    return left > 0
      ? `${spanOf(left)} left, until ${timeOf(expiresAt)}`
      : `time was over at ${timeOf(expiresAt)}`;
  }
  return decidedAt === null ? "closed" : `decided at ${timeOf(decidedAt)}`;
}

type Look = "good" | "bad" | "warn";

const STATUS: Readonly<Record<Exclude<ApprovalStatus, "pending">, readonly [Look, string]>> = {
  approved: ["good", "Approved. It has not run yet."],
  running: ["warn", "Approved, and running now."],
  done: ["good", "Approved and carried out: AWS has answered."],
  failed: ["bad", "Approved, but certainly not carried out."],
  in_doubt: [
    "warn",
    "Approved and sent, but no answer of AWS is known. Look at the target before anything is repeated.",
  ],
  rejected: ["bad", "Rejected. It will not run."],
  expired: ["bad", "Nobody decided in time. It will not run."],
  cancelled: ["bad", "Withdrawn by the requester. It will not run."],
};

function statusBox({ status, ending, answer }: Approval): Content {
  if (status === "pending") return null;
  const [look, words] = STATUS[status];
  return html`<div class="notice ${look}" role="status"><p><strong>${words}</strong></p>
${ending !== null && html`<p>${visible(ending)}</p>`}
${answer !== null && html`<p class="small">AWS answered with status ${answer.status}${answer.awsRequestId !== null && html`, request <span class="mono">${visible(answer.awsRequestId)}</span>`}.</p>`}</div>`;
}

function noticeBox({ notice, approval, viewer, standing }: ApprovalView): Content {
  switch (notice?.kind) {
    case undefined:
      return null;
    case "recorded":
      return html`<div class="notice good" role="status"><p><strong>Your vote is recorded.</strong>${approval.status === "pending" && html` ${standing.people} of ${standing.quorum} needed have approved so far.`}</p></div>`;
    case "asleep":
      return html`<div class="notice warn" role="alert"><p><strong>Your vote is recorded</strong>, but what follows it could not be started just now. Nothing is lost: try again, or leave it to the gateway, which looks again by itself.</p>${wakeForm(approval, viewer)}</div>`;
    case "refused":
      return html`<div class="notice bad" role="alert"><p><strong>Not counted.</strong> ${visible(notice.sentence)}</p></div>`;
  }
}

function barBox({ status }: Approval, bar: VoteReason): Content {
  // What became of a decided one stands above.
  return status === "pending" && html`<div class="notice"><p>${VOTE_WORDS[bar]}</p></div>`;
}
