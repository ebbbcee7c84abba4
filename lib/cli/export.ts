// `countersign export`: wires the operator's access to lib/export-command.ts and writes its lines.

import type { SealedAccess, SealedPlace } from "../export-command.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { ownDynamodb, unreachable } from "./operator.ts";

export const exportRecords: Command = {
  help: `countersign export [options] > export.jsonl

  What is recorded and sealed, as JSON lines to stdout: for \`verify\`, jq and archives.

  --from, --until <time>     2026-01-31T12:00:00Z; everything by default
  --table <name> --bucket <name>   of a deployed gateway, read with your own AWS credentials
                             (default: the local cloud that runs here)
`,
  run: async (args, { terminal }) => {
    const { exportCommand } = await import("../export-command.ts");
    let records = 0;
    try {
      for await (const line of exportCommand(args, sealedAccess)) {
        terminal.print(line.slice(0, -1)); // each ends with a line feed of its own
        if (!line.startsWith('{"type":"record"')) continue;
        records += 1;
        terminal.progress(`${records} records ...`);
      }
    } catch (error) {
      unreachable(error);
    }
    return EXIT.ok;
  },
};

async function sealedAccess(deployed: SealedPlace | undefined): Promise<SealedAccess> {
  if (deployed !== undefined) {
    const dynamodb = await ownDynamodb();
    const { S3Client } = await import("@aws-sdk/client-s3");
    return { dynamodb, s3: new S3Client(), ...deployed };
  }
  const { localSealed } = await import("../local/records-client.ts");
  const { DATA_DIRECTORY } = await import("../local/data-directory.ts");
  return localSealed(DATA_DIRECTORY);
}
