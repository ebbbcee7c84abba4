// Catches the mails and Slack messages of the local cloud: keeps them, tells the terminal a line for each, and shows them
// on one small page. Trusts nothing in them: they hold what an agent wrote, so the page escapes all and runs no script.

import type { IncomingMessage, ServerResponse } from "node:http";

const KEPT = 200; // of each kind; the oldest go first

interface CaughtMail {
  readonly at: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface CaughtSlackMessage {
  readonly at: number;
  readonly channel: string;
  /** Slack's timestamp: the message's name in its channel. */
  readonly ts: string;
  /** The message above it, where this one stands in a thread. */
  readonly thread: string | null;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** How often it was replaced. */
  readonly updates: number;
}

export type Caught =
  | { readonly kind: "mail"; readonly mail: CaughtMail }
  | { readonly kind: "slack"; readonly message: CaughtSlackMessage };

export interface Catchers {
  /** Oldest first. */
  readonly mails: readonly CaughtMail[];
  readonly messages: readonly CaughtSlackMessage[];
  mail(mail: CaughtMail): void;
  /** Adds the message, or replaces the one of the same channel and timestamp. */
  message(message: CaughtSlackMessage): void;
  /** Called at once for each that is caught; returns how to stop. */
  listen(listener: (caught: Caught) => void): () => void;
  clear(): void;
}

export function createCatchers(): Catchers {
  const mails: CaughtMail[] = [];
  const messages: CaughtSlackMessage[] = [];
  const listeners = new Set<(caught: Caught) => void>();
  const tell = (caught: Caught): void => {
    for (const listener of listeners) listener(caught);
  };
  return {
    mails,
    messages,
    mail(mail) {
      mails.push(mail);
      mails.splice(0, mails.length - KEPT);
      tell({ kind: "mail", mail });
    },
    message(message) {
      const at = messages.findIndex(({ channel, ts }) => channel === message.channel && ts === message.ts);
      if (at < 0) messages.push(message);
      else messages[at] = message;
      messages.splice(0, messages.length - KEPT);
      tell({ kind: "slack", message });
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear() {
      mails.length = 0;
      messages.length = 0;
    },
  };
}

/** The gateway's links in a caught text, each once: what a person would follow. */
export function linksOf(caught: Caught): readonly string[] {
  const text = caught.kind === "mail" ? caught.mail.text : JSON.stringify(caught.message.blocks);
  return [...new Set(text.match(/https?:\/\/[\w.:-]+\/approvals\/[A-Z2-7]{26}/g) ?? [])];
}

/** One line for the terminal. What an agent wrote cannot move the cursor or begin a line of its own. */
export function terminalLine(caught: Caught): string {
  const links = linksOf(caught).join(" ");
  const line =
    caught.kind === "mail"
      ? `mail to ${caught.mail.to.join(", ")}: ${caught.mail.subject}  ${links}`
      : `slack ${caught.message.channel}${caught.message.updates > 0 ? " (updated)" : ""}: ${caught.message.text}  ${links}`;
  return line.replace(/\p{C}/gu, "?");
}

/** Answers `GET` with the page of everything caught, newest first. */
export function catchersPage(
  catchers: Catchers,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    });
    response.end(request.method === "HEAD" ? undefined : pageOf(catchers));
  };
}

const STYLE = `:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:15px/1.45 system-ui,sans-serif;max-width:760px;margin:0 auto;padding:24px 16px}
h1{font-size:20px;margin:0 0 4px}p.hint{margin:0 0 20px;opacity:.75}
article{border:1px solid var(--line);border-radius:8px;padding:12px 14px;margin:0 0 12px}
header{display:flex;gap:8px;flex-wrap:wrap;font-size:13px;opacity:.8;margin-bottom:6px}
h2{font-size:16px;margin:0 0 8px;overflow-wrap:anywhere}
pre{margin:8px 0 0;padding:10px;background:var(--soft);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
a{overflow-wrap:anywhere}`;

function pageOf({ mails, messages }: Catchers): string {
  const caught: Caught[] = [
    ...mails.map((mail): Caught => ({ kind: "mail", mail })),
    ...messages.map((message): Caught => ({ kind: "slack", message })),
  ];
  const entries = caught.toSorted((one, other) => atOf(other) - atOf(one)).map(articleOf);
  const none = "<p>Nothing was sent yet. Make a call that a policy holds for approval.</p>";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Caught mail and Slack messages</title><style>${STYLE}</style></head><body><h1>Caught mail and Slack messages</h1><p class="hint">The local cloud sends nothing out. Reload for news.</p>${entries.length === 0 ? none : entries.join("")}</body></html>`;
}

function articleOf(caught: Caught): string {
  const [kind, to, title, text] =
    caught.kind === "mail"
      ? ["Mail", caught.mail.to.join(", "), caught.mail.subject, caught.mail.text]
      : ["Slack", caught.message.channel, caught.message.text, slackText(caught.message)];
  const links = linksOf(caught).map((link) => `<a href="${escapeHtml(link)}">${escapeHtml(link)}</a>`);
  const time = new Date(atOf(caught)).toISOString().slice(11, 19);
  return `<article><header><strong>${kind}</strong><span>${escapeHtml(to)}</span><span>${time}</span></header><h2>${escapeHtml(title)}</h2>${links.join("<br>")}<pre>${escapeHtml(text)}</pre></article>`;
}

/** The texts of a message's blocks in order; buttons in brackets. */
function slackText({ blocks }: CaughtSlackMessage): string {
  return blocks
    .map(blockText)
    .filter((text) => text !== "")
    .join("\n\n");
}

function blockText(block: unknown): string {
  const { type, text, elements } = block as { type?: unknown; text?: unknown; elements?: unknown };
  if (Array.isArray(elements)) {
    return elements
      .map((element) => (type === "actions" ? `[${textIn(element)}]` : textIn(element)))
      .join(" ");
  }
  return text === undefined ? "" : textIn(block);
}

function textIn(element: unknown): string {
  const { text } = element as { text?: unknown };
  if (typeof text === "string") return unescapeSlack(text);
  const inner = (text as { text?: unknown } | undefined)?.text;
  return typeof inner === "string" ? unescapeSlack(inner) : "";
}

function unescapeSlack(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function atOf(caught: Caught): number {
  return caught.kind === "mail" ? caught.mail.at : caught.message.at;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
