// Who asks, why it is held, who voted, and what happens after.

import type { Approval, Vote } from "../../model/approval.ts";
import { type Content, type Html, html } from "./html.ts";
import type { Standing } from "./standing.ts";
import { spanOf, timeOf } from "./times.ts";
import { visible } from "./visible.ts";

export function agentSection(approval: Approval): Html {
  const { agent, owner, session, sourceIp, userAgent, issuer, subject, openedAt } = approval;
  return html`<section><h2>Who asks</h2><dl>
<dt>Agent</dt><dd>${visible(agent)}</dd>
<dt>Its owner</dt><dd>${owner === null ? html`<span class="soft">none is configured</span>` : html`${visible(owner)} <span class="soft">(may not vote)</span>`}</dd>
<dt>Identity</dt><dd class="mono">${visible(subject)}<br><span class="soft">of ${visible(issuer)}</span></dd>
<dt>Session</dt><dd class="mono">${visible(session)}</dd>
<dt>From</dt><dd class="mono">${visible(sourceIp)}</dd>
<dt>Asked at</dt><dd>${timeOf(openedAt)}</dd>
<dt>In the agent's own words</dt><dd><span class="mono">${visible(userAgent)}</span><p class="hint">The user agent that it sent. Nobody has checked it.</p></dd>
</dl></section>`;
}

export function policySection({ policies, policyVersion, demand }: Approval): Html {
  return html`<section><h2>Why it is held</h2><dl>
<dt>${policies.length === 1 ? "Policy" : "Policies"}</dt><dd>${policies.map((name) => html`<div class="mono">${visible(name)}</div>`)}</dd>
<dt>Version</dt><dd class="mono">${visible(policyVersion)}</dd>
<dt>Demands</dt><dd>${demand.groups.length === 1 ? "approval by the group " : "approval by each of the groups "}${demand.groups.map((name, at) => html`${at > 0 && ", "}<strong>${visible(name)}</strong>`)}, ${demand.quorum === 1 ? "one person" : `${demand.quorum} different people`}, within ${spanOf(demand.withinSeconds)}</dd>
<dt>If nobody decides</dt><dd>${demand.otherwise === "reject" ? "It is refused." : "It keeps waiting, with reminders, until it ends."}</dd>
</dl></section>`;
}

export function votesSection({ votes, status }: Approval, standing: Standing): Html {
  const { people, quorum } = standing;
  return html`<section><h2>Votes <span class="soft small">(${people} of ${quorum} ${quorum === 1 ? "approval" : "approvals"})</span></h2>
${votes.length === 0 ? html`<p class="soft">Nobody has voted yet.</p>` : html`<ul class="plain">${votes.map(voteRow)}</ul>`}
${status === "pending" && missing(standing)}</section>`;
}

function missing({ groups, people, quorum, satisfied }: Standing): Content {
  if (satisfied) return null;
  const waiting = groups.filter(({ approved }) => !approved);
  if (waiting.length > 0) {
    const names = waiting.map(
      ({ name, escalatedTo }, at) =>
        html`${at > 0 && ", "}somebody of <strong>${visible(name)}</strong>${escalatedTo !== null && html` (or of <strong>${visible(escalatedTo)}</strong>)`}`,
    );
    return html`<p class="hint">Still missing: ${names}.</p>`;
  }
  if (people < quorum)
    return html`<p class="hint">Still missing: ${quorum - people} more, by another person.</p>`;
  return html`<p class="hint">Still missing: another person, since one who is in several groups counts for one of them.</p>`;
}

function voteRow({ person, choice, comment, at, via, grant }: Vote): Html {
  return html`<li><strong>${visible(person.name)}</strong> ${choice === "approve" ? "approved" : "rejected"} <span class="soft small">${timeOf(at)}, ${via === "page" ? "on this page" : "in Slack"}</span>
${comment !== null && html`<blockquote>${visible(comment)}</blockquote>`}
${grant !== null && html`<p class="hint">With leave for ${grant.calls} further ${grant.calls === 1 ? "call" : "calls"} within ${spanOf(grant.seconds)}.</p>`}</li>`;
}

/** Whether somebody waits for it, and what an approval sets in motion. */
export function runSection({ demand, callerWaitsUntil, status, kind }: Approval, now: number): Html {
  const waits: Content =
    status !== "pending" && status !== "approved"
      ? null
      : callerWaitsUntil > now
        ? html`<p><strong>The caller is waiting</strong> on an open connection right now.</p>`
        : html`<p>The caller is <strong>not connected</strong> at the moment. Clients usually ask again by themselves.</p>`;
  return html`<section><h2>What happens when it is approved</h2>${waits}
<p>${meaning(kind === "session", demand.run)}</p></section>`;
}

function meaning(holdsSession: boolean, run: Approval["demand"]["run"]): string {
  if (holdsSession) {
    return "Nothing runs by itself: the session may use its role from then on, and each call is decided by the policies.";
  }
  return run === "attended"
    ? "It runs once, and only while the caller waits or when it comes back with the very same call before the time is over. If it never comes back, nothing runs."
    : "The gateway runs it once by itself, at once, even if the caller is gone and its session has ended, unless the agent or the session was revoked.";
}
