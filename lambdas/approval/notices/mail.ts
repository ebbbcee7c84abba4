// The mail to one approver: a subject, a text and the same as HTML, with one link. Pure. It holds no token and nothing that
// acts when it is opened or followed: scanners follow every link (SECURITY.md 8). The page behind it asks who is there.

import type { Approval, NoticeStep } from "../../model/approval.ts";
import { approvalUrl, type Fact, factsOf, headlineOf, openingOf } from "./facts.ts";
import type { Mail } from "./ports.ts";

const MAX_SUBJECT = 150; // RFC 5322 wants lines under 998, people want less

export interface MailFacts {
  readonly approval: Approval;
  readonly step: NoticeStep;
  readonly from: string;
  readonly to: string;
  readonly publicUrl: string;
  /** Epoch seconds. */
  readonly now: number;
}

const PREFIXES: Record<NoticeStep, string> = {
  ask: "Approval needed",
  remind: "Reminder: approval needed",
  escalate: "Escalated: approval needed",
  queue: "Still waiting for approval",
};

const REASONS =
  "You get this mail because you are an approver of this gateway. Following the link changes nothing: you sign in, see the whole call, and decide there.";

export function mailOf({ approval, step, from, to, publicUrl, now }: MailFacts): Mail {
  const url = approvalUrl(publicUrl, approval.id);
  const opening = openingOf(step, approval, now);
  const facts = factsOf(approval, now);
  return {
    from,
    to,
    // INVARIANT: printable ASCII only, so no line can begin another header.
    subject: `${PREFIXES[step]}: ${headlineOf(approval)}`.slice(0, MAX_SUBJECT),
    text: [opening, "", ...facts.flatMap(textOf), "", `Look and decide: ${url}`, "", REASONS, ""].join("\n"),
    html: htmlOf({ headline: headlineOf(approval), opening, facts, url }),
  };
}

function textOf({ label, lines }: Fact): readonly string[] {
  return lines.length === 1 ? [`${label}: ${lines[0]}`] : [`${label}:`, ...lines.map((line) => `  ${line}`)];
}

interface Parts {
  readonly headline: string;
  readonly opening: string;
  readonly facts: readonly Fact[];
  readonly url: string;
}

function htmlOf({ headline, opening, facts, url }: Parts): string {
  const rows = facts.map(
    ({ label, lines }) =>
      `<tr><th align="left" valign="top" style="padding:4px 16px 4px 0;font-weight:600;white-space:nowrap">${escapeHtml(label)}</th>` +
      `<td style="padding:4px 0;font-family:ui-monospace,Menlo,Consolas,monospace;word-break:break-word">${lines.map(escapeHtml).join("<br>")}</td></tr>`,
  );
  const link = escapeHtml(url);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(headline)}</title></head>`,
    '<body style="font-family:system-ui,sans-serif;font-size:15px;line-height:1.45;max-width:640px;margin:0 auto;padding:16px">',
    `<h1 style="font-size:18px;margin:0 0 8px">${escapeHtml(headline)}</h1><p style="margin:0 0 16px">${escapeHtml(opening)}</p>`,
    `<table role="presentation" style="border-collapse:collapse;font-size:14px">${rows.join("")}</table>`,
    `<p style="margin:20px 0"><a href="${link}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#1f5fbf;color:#ffffff;text-decoration:none;font-weight:600">Look and decide</a></p>`,
    `<p style="font-size:13px;word-break:break-all">${link}</p><p style="font-size:13px">${escapeHtml(REASONS)}</p></body></html>`,
  ].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
