// `countersign reconcile-cloudtrail`: reads the operator's arguments and the files, joins them, and says what does not
// fit. Decides nothing. Text of events and records is whatever somebody wrote there, so it is printed made visible.

import { parseArgs } from "node:util";
import { UsageError } from "./cli/exit.ts";
import { type TrailEvent, trailEvents } from "./cloudtrail-events.ts";
import { type Reconciliation, reconcile } from "./cloudtrail-reconcile.ts";
import { type SentCall, sentCalls } from "./cloudtrail-records.ts";
import { fileLines } from "./file-lines.ts";
import { visible } from "./session-text.ts";

const RECONCILE_OPTIONS = {
  records: { type: "string" },
  role: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

const SHOWN = 50; // of each kind; --json has all

/** The lines to print, and 1 where somebody went around or a pair does not fit. @throws an Error that says what to correct. */
export async function cloudtrailCommand(
  args: readonly string[],
): Promise<{ readonly lines: readonly string[]; readonly exitCode: 0 | 1 }> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: RECONCILE_OPTIONS,
    allowPositionals: true,
  });
  if (positionals.length === 0)
    throw new UsageError("name CloudTrail's files: `countersign reconcile-cloudtrail <file>...`");
  if (values.records === undefined)
    throw new UsageError("name the export of the same time: --records <export>");
  const events: TrailEvent[] = [];
  for (const path of positionals) for await (const event of trailEvents(fileLines(path))) events.push(event);
  const found = reconcile(events, await sentCalls(fileLines(values.records)), values.role);
  const isWrong = found.around.length + found.mismatches.length > 0;
  return { lines: values.json ? [JSON.stringify(found)] : textOf(found), exitCode: isWrong ? 1 : 0 };
}

function textOf(found: Reconciliation): readonly string[] {
  const { around, mismatches, withoutEvent, notLogged, settled, lookUps, byServices, outside } = found;
  return [
    `${found.matched} calls are in both`,
    ...section("events WITHOUT A RECORD: somebody went around", around.map(eventText)),
    ...section(
      "pairs that TELL OF DIFFERENT CALLS",
      mismatches.map(
        ({ event, call, differs }) => `${eventText(event)} (${differs.join(", ")}), ${callText(call)}`,
      ),
    ),
    ...section("calls without an event, though the trail logs such calls", withoutEvent.map(callText)),
    ...section(
      "calls in doubt that AWS got",
      settled.map(({ event, call }) => `${callText(call)}, ${eventText(event)}`),
    ),
    ...section("calls of operations that the trail has no event of: it may not log them", counts(notLogged)),
    ...section("events that may be the gateway's own look-ups", counts(lookUps.map(named))),
    ...section("events of services in a session's name", counts(byServices.map(named))),
    `outside the time that both cover: ${outside.events} events, ${outside.calls} calls`,
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN ? [`  and ${lines.length - SHOWN} more: --json has all`] : [];
  return [`${lines.length} ${title}`, ...lines.slice(0, SHOWN).map((line) => `  ${visible(line)}`), ...more];
}

function eventText({ atMs, source, name, sourceIdentity, session, role, id }: TrailEvent): string {
  const who = `${sourceIdentity ?? "no SourceIdentity"} in ${session ?? "no session"}`;
  return `${new Date(atMs).toISOString()} ${source} ${name} by ${who} under ${role ?? "no role"}, event ${id}`;
}

function callText({ atMs, service, operation, pk, sk }: SentCall): string {
  return `${new Date(atMs).toISOString()} ${service}:${operation} recorded as \`${pk}\` \`${sk}\``;
}

function named({ source, name }: TrailEvent): { readonly service: string; readonly operation: string } {
  return { service: source, operation: name };
}

function counts(
  calls: readonly { readonly service: string; readonly operation: string }[],
): readonly string[] {
  const groups = Map.groupBy(calls, ({ service, operation }) => `${service}:${operation}`);
  return [...groups].map(([name, { length }]) => `${name}  ${length}`);
}
