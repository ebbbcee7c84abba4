// `countersign calls`: recorded calls of all sessions, by filters.

import type { Outcome } from "../../lambdas/model/record.ts";
import { countOf } from "./arguments.ts";
import { callHeader, callRow } from "./call-row.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { searched, streamed } from "./records.ts";
import { FILTERS_HELP, filtersQuery, parseSearch, spanQuery } from "./search-options.ts";

const MOST_ROWS = "50"; // a screen or two

export const calls: Command = {
  help: `countersign calls [options]

  Recorded calls, newest first, each with how it was decided and how it ended.

${FILTERS_HELP}
  --limit <number>           rows, 50 by default   --oldest             oldest first
  --json                     JSON lines, all of them where no --limit is given
  --url <url>                of the gateway: the one where you signed in by default
`,
  run: async (args, { terminal, api, now }) => {
    const values = parseSearch(args);
    const order = values.oldest === true ? "oldest" : undefined;
    const query = { ...filtersQuery(values), ...spanQuery(values, now()), order };
    const limit = values.limit === undefined ? undefined : countOf("limit", values.limit);
    const client = api(values.url);
    if (values.json === true) {
      const found =
        limit === undefined
          ? streamed<Outcome>(client, "/calls", query)
          : searched<Outcome>(client, "/calls", query, limit);
      let count = 0;
      for await (const one of found) {
        terminal.print(JSON.stringify(one));
        terminal.progress(`${++count} calls ...`);
      }
      return EXIT.ok;
    }
    const most = limit ?? Number(MOST_ROWS);
    let rows = 0;
    for await (const one of searched<Outcome>(client, "/calls", query, most)) {
      if (rows++ === 0) terminal.print(callHeader(terminal));
      terminal.print(callRow(one, terminal));
    }
    if (rows === 0) terminal.remark("no call was recorded that fits");
    else if (rows === most)
      terminal.remark(`there may be more than these ${rows}: --limit, or --json for all`);
    return EXIT.ok;
  },
};
