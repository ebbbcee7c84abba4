// `countersign show`: one recorded session, a line or two for each call.

import { sessionText } from "../session-text.ts";
import { onlyWord, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { latestSession, sessionRecords } from "./records.ts";

export const show: Command = {
  help: `countersign show [session] [options]

  One recorded session on a screen, the latest one by default; \`replay\` tells it in full.

  --json                     its records as JSON lines
  --url <url>                of the gateway: the one where you signed in by default
`,
  run: async (args, { terminal, api }) => {
    const options = { json: { type: "boolean" }, url: { type: "string" } } as const;
    const { values, positionals } = parseWords(args, options);
    const client = api(values.url);
    const id = onlyWord(positionals, "session") ?? (await latestSession(client));
    const records = await sessionRecords(client, id);
    if (values.json === true) for (const one of records) terminal.print(JSON.stringify(one));
    else for (const line of sessionText(id, records).split("\n")) terminal.print(line);
    return EXIT.ok;
  },
};
