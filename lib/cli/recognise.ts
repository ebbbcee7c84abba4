// `countersign recognise`: wires stdin and the models to lib/recognise-lines.ts. Needs a checkout: the models lie there.

import { join } from "node:path";
import { createInterface } from "node:readline";
import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import { recogniseLine } from "../recognise-lines.ts";
import { noWords, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";

const MODELS = join(import.meta.dirname, "../../lambdas/recognition/models");

export const recognise: Command = {
  help: `countersign recognise < requests.jsonl

  JSON lines of requests from stdin, what AWS would understand of each to stdout.
  {"method","path","query","headers","body" (base64)}; signatures are not checked
`,
  run: async (args, { terminal }) => {
    noWords(parseWords(args, {}).positionals);
    const models = modelFiles(MODELS);
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
      if (line.trim() !== "") terminal.print(recogniseLine(line, models));
    }
    return EXIT.ok;
  },
};
