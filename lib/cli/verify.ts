// `countersign verify`: wires lib/verify-command.ts. Offline: files are all that it reads.

import type { Command } from "./command.ts";

export const verify: Command = {
  help: `countersign verify <export> --key <pem> [options]

  Proves offline that an export is what was recorded, or names the first line that is not: exit code 1.

  --key <pem>                the gateway's public key (docs/record-format.md)
  --from, --until <time>     what the export must cover     --checkpoint <hash>   one that must be in it
`,
  run: async (args, { terminal }) => {
    const { verifyCommand } = await import("../verify-command.ts");
    const onLine = (count: number): void => terminal.progress(`${count} lines checked ...`);
    const { lines, exitCode } = await verifyCommand(args, onLine);
    for (const line of lines) terminal.print(line);
    return exitCode;
  },
};
