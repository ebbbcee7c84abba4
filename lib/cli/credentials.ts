// `countersign credentials`: exchanges an agent's token and prints the keys for a `credential_process`.

import { parseAgentSettings } from "../agent-environment.ts";
import { AGENT_OPTIONS, AGENT_OPTIONS_HELP } from "./agent-options.ts";
import { noWords, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";

export const credentials: Command = {
  help: `countersign credentials [options]

  Exchanges the agent's token and prints the keys, as \`credential_process\` of an AWS profile.

${AGENT_OPTIONS_HELP}
`,
  run: async (args, { terminal, environment }) => {
    const { values, positionals } = parseWords(args, AGENT_OPTIONS);
    noWords(positionals);
    const { ANY_REGION, processCredentials } = await import("../credential-process.ts");
    const settings = parseAgentSettings({ ...values, region: ANY_REGION }, environment);
    terminal.print(JSON.stringify(await processCredentials(settings)));
    return EXIT.ok;
  },
};
