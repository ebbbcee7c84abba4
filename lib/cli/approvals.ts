// `countersign approvals`: wires the operator's access to lib/approvals-command.ts.

import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { localAccess, ownDynamodb, unreachable } from "./operator.ts";

export const approvals: Command = {
  help: `countersign approvals [options]
countersign approvals show <id> [options]

  What waits for people: link, agent, operation, time left; or one approval whole: the call, who was told,
  votes, how it ended. Nobody decides here: open the link.

  --json                     as JSON           --url <url>   of the gateway, for the links
  --state-table <name>       of a deployed gateway, read with your own AWS credentials
                             (default: the local cloud that runs here)
`,
  run: async (args, { terminal, now }) => {
    const { approvalsCommand } = await import("../approvals-command.ts");
    const placeOf = async (table: string | undefined) => {
      if (table !== undefined) return { client: await ownDynamodb(), table, publicUrl: undefined };
      const { client, stateTable, publicUrl } = await localAccess();
      return { client, table: stateTable, publicUrl };
    };
    const lines = await approvalsCommand(args, placeOf, now()).catch(unreachable);
    for (const line of lines) terminal.print(line);
    return EXIT.ok;
  },
};
