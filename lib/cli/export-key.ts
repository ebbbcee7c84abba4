// `countersign export-key`: wires the operator's access to lib/export-command.ts.

import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { unreachable } from "./operator.ts";

export const exportKey: Command = {
  help: `countersign export-key [options] > countersign.pem

  The public key in PEM that \`verify\` takes: once, into a file that auditors keep.

  --key-arn <arn>            of a deployed gateway, asked with your own AWS credentials
                             (default: the local cloud that runs here)
`,
  run: async (args, { terminal }) => {
    const { exportKeyCommand } = await import("../export-command.ts");
    const pem = await exportKeyCommand(args, async (keyArn) => {
      if (keyArn !== undefined) {
        delete process.env.AWS_ENDPOINT_URL;
        const { KMSClient } = await import("@aws-sdk/client-kms");
        return { kms: new KMSClient(), keyArn };
      }
      const { localCheckpointKey } = await import("../local/records-client.ts");
      const { DATA_DIRECTORY } = await import("../local/data-directory.ts");
      return localCheckpointKey(DATA_DIRECTORY);
    }).catch(unreachable);
    terminal.print(pem.trimEnd());
    return EXIT.ok;
  },
};
