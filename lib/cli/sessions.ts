// `countersign sessions`: recorded sessions, by agent and time.

import type { Opening } from "../../lambdas/model/record.ts";
import { visible } from "../session-text.ts";
import { countOf, noWords, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { type FoundRecord, searched, sessionIdOf, streamed } from "./records.ts";
import { SPAN_OPTIONS, spanQuery } from "./search-options.ts";
import { type Column, headerOf, rowOf } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const OPTIONS = {
  ...SPAN_OPTIONS,
  agent: { type: "string" },
  limit: { type: "string" },
  oldest: { type: "boolean" },
  json: { type: "boolean" },
  url: { type: "string" },
} as const;

const COLUMNS: readonly Column[] = [
  { title: "OPENED", width: 23 },
  { title: "SESSION", width: 26 },
  { title: "AGENT", width: 22 },
  { title: "OWNER", width: 16 },
  { title: "FROM", width: 15 },
  { title: "ROLE", width: 0 },
];
const MOST_ROWS = 50; // a screen or two

export const sessions: Command = {
  help: `countersign sessions [options]

  Recorded sessions, newest first: what an agent did between one exchange of its token and the next.

  --agent <issuer|subject>   of one agent
  --since, --until <time>    2026-01-31T12:00:00Z, or 30m, 4h, 2d ago
  --limit <number>           rows, 50 by default   --oldest             oldest first
  --json                     JSON lines, all of them where no --limit is given
  --url <url>                of the gateway: the one where you signed in by default
`,
  run: async (args, { terminal, api, now }) => {
    const { values, positionals } = parseWords(args, OPTIONS);
    noWords(positionals);
    const order = values.oldest === true ? "oldest" : undefined;
    const query = { agent: values.agent, ...spanQuery(values, now()), order };
    const limit = values.limit === undefined ? undefined : countOf("limit", values.limit);
    const client = api(values.url);
    if (values.json === true) {
      const found =
        limit === undefined
          ? streamed<Opening>(client, "/sessions", query)
          : searched<Opening>(client, "/sessions", query, limit);
      for await (const one of found) terminal.print(JSON.stringify(one));
      return EXIT.ok;
    }
    const most = limit ?? MOST_ROWS;
    let rows = 0;
    for await (const one of searched<Opening>(client, "/sessions", query, most)) {
      if (rows++ === 0) terminal.print(headerOf(COLUMNS, terminal));
      terminal.print(sessionRow(one, terminal));
    }
    if (rows === 0) terminal.remark("no session was recorded that fits");
    else if (rows === most)
      terminal.remark(`there may be more than these ${rows}: --limit, or --json for all`);
    return EXIT.ok;
  },
};

function sessionRow(found: FoundRecord<Opening>, terminal: Terminal): string {
  const { at, caller, role } = found.record;
  const cells = [
    at.slice(0, 23).replace("T", " "),
    sessionIdOf(found),
    caller?.agent ?? "unknown",
    caller?.owner ?? "-",
    caller?.sourceIp ?? "-",
    role ?? "-",
  ];
  return rowOf(cells.map(visible), COLUMNS, terminal);
}
