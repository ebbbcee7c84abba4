// Tells a recorded session as a story: who came, from where and under which role; each call in its order; what was ordered
// about it; how it ended. Decides nothing and asks nobody. Every value passes `visible`.

import type { Caller, Opening, Order } from "../../lambdas/model/record.ts";
import { visible } from "../session-text.ts";
import { momentText, sinceText } from "./moments.ts";
import { callsOf, openingOf, ordersOf, type RecordedPair } from "./recorded-calls.ts";
import type { FoundRecord } from "./records.ts";
import { type CallTelling, callStory } from "./story-call.ts";
import type { Paint } from "./terminal.ts";

export interface Telling extends Pick<CallTelling, "paint" | "payloads"> {
  readonly nowMs: number;
  /** Orders that were not about this session by its name, but about its agent, its role or everything. */
  readonly further: readonly Order[];
}

export function storyOf(id: string, records: readonly FoundRecord[], telling: Telling): readonly string[] {
  const opening = openingOf(records);
  const calls = callsOf(records);
  const orders = [...ordersOf(records), ...telling.further];
  const sinceMs = Date.parse(opening?.at ?? records[0]?.record.at ?? "");
  const call = { ...telling, sinceMs };
  const events = [
    ...calls.map((pair, index) => ({ ms: pair.startMs, lines: callStory(pair, index + 1, call) })),
    ...orders.map((order) => ({
      ms: Date.parse(order.at),
      lines: [orderStory(order, sinceMs, telling.paint)],
    })),
  ].sort((one, other) => one.ms - other.ms);
  return [
    ...headOf(id, opening, calls, telling.paint),
    "",
    ...events.flatMap(({ lines }) => [...lines, ""]),
    ...endOf(opening, calls, orders, telling),
  ];
}

function headOf(
  id: string,
  opening: Opening | undefined,
  calls: readonly RecordedPair[],
  paint: Paint,
): readonly string[] {
  const caller = opening?.caller ?? calls[0]?.either.caller ?? null;
  const role = opening?.role ?? calls[0]?.either.role ?? null;
  const title = paint("bold", `Session ${visible(id)}`);
  if (caller === null) return [title, "Nobody knows who came: its opening is not recorded."];
  const when = opening === undefined ? "" : ` on ${momentText(Date.parse(opening.at))}`;
  const policies = opening?.decision?.policies ?? [];
  const rows: readonly (readonly [string, string])[] = [
    ["who", `${caller.subject} at ${caller.issuer}`],
    ["owner", caller.owner ?? "nobody is named"],
    ["groups", caller.groups.join(", ") || "none"],
    ["client", caller.userAgent || "did not say"],
    ["in AWS", `${caller.sourceIdentity}: CloudTrail's SourceIdentity of its calls`],
    ...(policies.length === 0 ? [] : [["let in", `by ${policies.join(", ")}`] as const]),
  ];
  return [
    title,
    `${paint("bold", visible(caller.agent))} came${when} from ${visible(caller.sourceIp)} and took the role`,
    `${visible(role ?? "none")}.`,
    ...rows.map(([label, text]) => `  ${paint("dim", label.padEnd(7))} ${visible(text)}`),
  ];
}

const ORDERED: Readonly<Record<Order["order"], string>> = {
  revoke: "REVOKED",
  restore: "lifted the revocation of",
  hold: "put under legal hold",
  release: "released from legal hold",
};

function orderStory({ at, reader, order, target, reason }: Order, sinceMs: number, paint: Paint): string {
  const what = target.kind === "session" ? "this session" : `${target.kind} ${target.id ?? ""}`.trim();
  const who = `${reader.name} (${reader.as}, from ${reader.sourceIp})`;
  const verb = order === "revoke" ? paint("red", ORDERED[order]) : ORDERED[order];
  const place = `    ${sinceText(Date.parse(at) - sinceMs).padEnd(6)}  `;
  return `${paint("dim", place)}${visible(who)} ${verb} ${visible(what)}: "${visible(reason)}"`;
}

function endOf(
  opening: Opening | undefined,
  calls: readonly RecordedPair[],
  orders: readonly Order[],
  { nowMs, paint }: Telling,
): readonly string[] {
  const lines = [countsText(calls, paint)];
  const last = orders.filter(({ order }) => order === "revoke" || order === "restore").at(-1);
  if (last?.order === "revoke") {
    lines.push(`${visible(last.reader.name)} ended the session; nothing that came later was let through.`);
  } else if (opening !== undefined) {
    const expiresMs = Date.parse(opening.expires);
    const until = momentText(expiresMs);
    lines.push(
      expiresMs > nowMs ? `The session may go on until ${until}.` : `The session ended on ${until}.`,
    );
  }
  return lines;
}

function countsText(calls: readonly RecordedPair[], paint: Paint): string {
  if (calls.length === 0) return "It made no calls.";
  const counts = Map.groupBy(calls, ({ intent, outcome }) =>
    endingWord(intent !== undefined, outcome?.ending),
  );
  const parts = [...counts].map(([word, { length }]) => `${length} ${word}`);
  const total = calls.length === 1 ? "1 call" : `${calls.length} calls`;
  return paint("bold", `${total}: ${parts.join(", ")}.`);
}

function endingWord(isSent: boolean, ending: "answered" | "refused" | "in_doubt" | undefined): string {
  if (ending === "answered") return "answered by AWS";
  if (ending === "refused") return isSent ? "not sent" : "refused";
  return "in doubt";
}

/** Whether an order, wherever it lies, was about this session. */
export function concerns({ target }: Order, { caller, role }: Pick<Opening, "caller" | "role">): boolean {
  switch (target.kind) {
    case "everything":
      return true;
    case "role":
      return target.id === role;
    case "agent":
      return caller !== null && target.id === agentName(caller);
    case "session":
      return false; // lies among its records
  }
}

/** As the API's filter and orders name an agent. */
export function agentName({ issuer, subject }: Pick<Caller, "issuer" | "subject">): string {
  return `${issuer}|${subject}`;
}
