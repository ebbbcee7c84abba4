// `countersign hold`: an administrator's order to keep a session's records beyond their retention, or to let them go.

import { visible } from "../session-text.ts";
import { onlyWord, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";

export const hold: Command = {
  help: `countersign hold <session> --reason <text>
countersign hold --release <session> --reason <text>

  Copies a session's records and payloads under a legal hold (S3 Object Lock), which no retention ends;
  administrators only. The order is recorded with who gave it and why.

  --reason <text>            one line that stays on record
  --release                  lets them go again, by their own retention
  --url <url>                of the gateway: the one where you signed in by default
`,
  run: async (args, { terminal, api }) => {
    const options = {
      reason: { type: "string" },
      release: { type: "boolean" },
      url: { type: "string" },
    } as const;
    const { values, positionals } = parseWords(args, options);
    const session = onlyWord(positionals, "session");
    if (session === undefined) throw new UsageError("name the session: countersign hold <session>");
    const { reason } = values;
    if (reason === undefined || reason.trim() === "") throw new UsageError("say why: --reason <text>");
    const isRelease = values.release === true;
    await api(values.url).post(isRelease ? "/holds/release" : "/holds", { session, reason });
    const name = visible(session);
    terminal.print(isRelease ? `released: session ${name}` : `held: session ${name}, whatever its retention`);
    return EXIT.ok;
  },
};
