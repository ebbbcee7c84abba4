// `countersign env`: prints the variables with which an agent's SDK uses the gateway.

import { environmentOf, parseAgentSettings, writeEnvironment } from "../agent-environment.ts";
import { AGENT_OPTIONS, AGENT_OPTIONS_HELP } from "./agent-options.ts";
import { noWords, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";

export const env: Command = {
  help: `countersign env [options]

  Prints the variables with which an agent's SDK uses the gateway.

  --format <form>            shell (default, for \`eval\` or a file to source), dotenv or json
${AGENT_OPTIONS_HELP}
  --region <region>          AWS_REGION
`,
  run: async (args, { terminal, environment }) => {
    const options = { ...AGENT_OPTIONS, region: { type: "string" }, format: { type: "string" } } as const;
    const { values, positionals } = parseWords(args, options);
    noWords(positionals);
    const variables = environmentOf(parseAgentSettings(values, environment));
    terminal.print(writeEnvironment(variables, values.format ?? "shell").trimEnd());
    return EXIT.ok;
  },
};
