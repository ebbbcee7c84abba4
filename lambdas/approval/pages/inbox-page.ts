// The list of what waits for this person's groups, the oldest first.

import type { Approval } from "../../model/approval.ts";
import { type Html, html } from "./html.ts";
import { layout, type Viewer } from "./layout.ts";
import { spanOf } from "./times.ts";
import { visible } from "./visible.ts";

interface InboxRow {
  readonly approval: Approval;
  /** True when this person could vote on it now. */
  readonly open: boolean;
}

export interface InboxView {
  readonly rows: readonly InboxRow[];
  readonly viewer: Viewer;
  /** Epoch seconds. */
  readonly now: number;
  /** Where the rest begins, when there is more than a page shows. */
  readonly next: string | null;
}

const REFRESH_SECONDS = 30;

export function inboxPage({ rows, viewer, now, next }: InboxView): Html {
  const count = rows.filter(({ open }) => open).length;
  const title = count === 0 ? "Nothing waits for you" : `${count} ${count === 1 ? "waits" : "wait"} for you`;
  return layout(
    { title, viewer, refresh: { seconds: REFRESH_SECONDS } },
    html`<h1>${title}</h1><p class="lead">Calls that agents may make only after people have approved them, as far as your groups are asked.</p>
${rows.length > 0 && html`<section><ul class="plain">${rows.map((row) => inboxRow(row, now))}</ul></section>`}
${next !== null && html`<p><a href="/approvals?after=${encodeURIComponent(next)}">More</a></p>`}`,
  );
}

function inboxRow({ approval, open }: InboxRow, now: number): Html {
  const { id, call, agent, kind, expiresAt, role } = approval;
  const [first = "*"] = kind === "session" ? [role] : call.actions.flatMap(({ resources }) => resources);
  const left = expiresAt - now;
  return html`<li><a href="/approvals/${id}"><strong>${visible(kind === "session" ? "Use of a role" : `${call.service}:${call.operation}`)}</strong></a> <span class="soft">by ${visible(agent)}</span>
<div class="mono small">${visible(first)}</div>
<div class="small soft">${open ? "waits for you" : stateWords(approval)} · ${left > 0 ? `${spanOf(left)} left` : "time is over"}</div></li>`;
}

function stateWords({ status }: Approval): string {
  return status === "pending" ? "waits for others" : status;
}
