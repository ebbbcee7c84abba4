// `countersign forbid`: wires the operator's access to lib/forbid-command.ts.

import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { stateAccess, unreachable } from "./operator.ts";

export const forbid: Command = {
  help: `countersign forbid [--action <pattern>] [--resource <prefix>] [--agent <issuer|subject>] --reason <text>
countersign forbid --all --reason <text>
countersign forbid --list
countersign forbid --lift <id|all>

  Stops calls at once, whatever the policies say; reason and id stand in each refusal's record.

  --action <pattern>         IAM action or operation, \`s3:Delete*\`; \`countersign:AssumeRole\`: the use of a role
  --resource <prefix>        how the ARNs begin         --agent <issuer|subject>   one agent
  --all                      every call of everybody    --reason <text>            told to the agent (needed)
  --for <time>               \`30m\`, \`4h\`, \`2d\`; until it is lifted by default       --by <name>
  --list                     what is forbidden          --lift <id|all>
  --state-table <name>       of a deployed gateway, written with your own AWS credentials
                             (default: the local cloud that runs here)
`,
  run: async (args, { terminal, now }) => {
    const { forbidCommand } = await import("../forbid-command.ts");
    const lines = await forbidCommand(args, stateAccess, now()).catch(unreachable);
    for (const line of lines) terminal.print(line);
    return EXIT.ok;
  },
};
