// `countersign tail`: recorded calls as they come, until Ctrl-C. Asks again and again where the last answer ended, so
// nothing is missed and nothing comes twice.

import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome } from "../../lambdas/model/record.ts";
import { noWords, parseWords } from "./arguments.ts";
import { callHeader, callRow } from "./call-row.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { pageOf } from "./records.ts";
import { CALL_FILTERS, FILTERS_HELP, filtersQuery, SPAN_OPTIONS, spanQuery } from "./search-options.ts";

const OPTIONS = {
  ...CALL_FILTERS,
  since: SPAN_OPTIONS.since,
  json: { type: "boolean" },
  url: { type: "string" },
} as const;

const LOOK_EVERY_MS = 2_000; // each look is a record too

export const tail: Command = {
  help: `countersign tail [options]

  Recorded calls as they come, from now on, until Ctrl-C.

${FILTERS_HELP.replace("--since, --until <time>    ", "--since <time>             ")}
  --json                     JSON lines
  --url <url>                of the gateway: the one where you signed in by default
`,
  run: async (args, { terminal, api, now, signal }) => {
    const { values, positionals } = parseWords(args, OPTIONS);
    noWords(positionals);
    const from = { since: values.since ?? "0s" };
    const query = { ...filtersQuery(values), ...spanQuery(from, now()), order: "oldest", limit: "100" };
    const client = api(values.url);
    const asJson = values.json === true;
    if (!asJson) terminal.print(callHeader(terminal));
    let cursor: string | undefined;
    try {
      for (;;) {
        const page = await pageOf<Outcome>(client, "/calls", { ...query, cursor });
        for (const one of page.records) terminal.print(asJson ? JSON.stringify(one) : callRow(one, terminal));
        cursor = page.next ?? page.resume ?? cursor;
        if (page.next === null) await sleep(LOOK_EVERY_MS, undefined, { signal });
      }
    } catch (error) {
      if (signal.aborted) return EXIT.ok; // Ctrl-C is how it ends
      throw error;
    }
  },
};
