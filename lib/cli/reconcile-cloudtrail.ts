// `countersign reconcile-cloudtrail`: wires lib/cloudtrail-command.ts. Offline: files are all that it reads.

import type { Command } from "./command.ts";

export const reconcileCloudtrail: Command = {
  help: `countersign reconcile-cloudtrail <file>... --records <export> [options]

  Events of AWS without a record, records without an event; exit code 1 when somebody went around the gateway.

  --records <export>         of the same time      --role <arn>   a further role that only the gateway may use
  --json                     everything that was found
`,
  run: async (args, { terminal }) => {
    const { cloudtrailCommand } = await import("../cloudtrail-command.ts");
    const { lines, exitCode } = await cloudtrailCommand(args);
    for (const line of lines) terminal.print(line);
    return exitCode;
  },
};
