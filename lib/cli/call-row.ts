// A recorded call as one row of a table: when, who, what, how it was decided, how it ended, on what.

import type { Outcome } from "../../lambdas/model/record.ts";
import { visible } from "../session-text.ts";
import type { FoundRecord } from "./records.ts";
import { type Column, headerOf, rowOf } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const COLUMNS: readonly Column[] = [
  { title: "TIME", width: 23 },
  { title: "SESSION", width: 26 },
  { title: "AGENT", width: 18 },
  { title: "OPERATION", width: 26 },
  { title: "DECIDED", width: 8 },
  { title: "ENDED", width: 12 },
  { title: "RESOURCE", width: 0 },
];
const DECIDED = 4;
const STYLES = { permit: "green", hold: "yellow", deny: "red" } as const;

export function callHeader(terminal: Terminal): string {
  return headerOf(COLUMNS, terminal);
}

export function callRow({ record }: FoundRecord<Outcome>, terminal: Terminal): string {
  const { at, caller, call, decision, ending, status } = record;
  const resources = [...new Set(call?.actions.flatMap((action) => action.resources) ?? [])];
  const cells = [
    at.slice(0, 23).replace("T", " "),
    caller?.session ?? "-",
    caller?.agent ?? "unknown",
    call === null ? "(not recognised)" : `${call.service}:${call.operation}`,
    `${decision?.enforced === false ? "~" : ""}${decision?.decision ?? "refuse"}`,
    ending === "in_doubt" ? "in doubt" : `${ending === "refused" ? "refused " : ""}${status}`,
    resources.join(" "),
  ].map(visible);
  return rowOf(cells, COLUMNS, terminal, (cell, index) =>
    index === DECIDED ? terminal.paint(decision === null ? "red" : STYLES[decision.decision], cell) : cell,
  );
}
