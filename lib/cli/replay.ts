// `countersign replay`: one recorded session as a story, its records as JSON lines, its answers too where they are asked for.

import { onlyWord, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { latestSession, sessionRecords } from "./records.ts";
import { tellSession } from "./tell-session.ts";

export const replay: Command = {
  help: `countersign replay [session] [options]

  One recorded session as a story, the latest one by default: who came and how; each call with its time, who
  decided and why, what AWS answered and what of it was hidden; what was ordered; how it ended.

  --answers                  prints the recorded answers and large parameters too
  --json                     its records as JSON lines, as they are stored
  --url <url>                of the gateway: the one where you signed in by default
`,
  run: async (args, { terminal, api, now }) => {
    const options = {
      answers: { type: "boolean" },
      json: { type: "boolean" },
      url: { type: "string" },
    } as const;
    const { values, positionals } = parseWords(args, options);
    const client = api(values.url);
    const id = onlyWord(positionals, "session") ?? (await latestSession(client));
    if (values.json === true) {
      for (const one of await sessionRecords(client, id)) terminal.print(JSON.stringify(one));
      return EXIT.ok;
    }
    const telling = { paint: terminal.paint, nowMs: now(), answers: values.answers === true };
    for (const line of await tellSession(client, id, telling)) terminal.print(line);
    return EXIT.ok;
  },
};
